// SPDX-License-Identifier: MIT
// What tests of push begin with: Juliet's phone and tablet, and an app server that is a client of another host.
#pragma once

#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <string>
#include <string_view>

namespace epode::test::push {

constexpr std::string_view app = "app@example.net/server";

struct Verona {
    explicit Verona(std::string_view options = "")
        : server({"push", "offline", "presence", "carbons", "pep", "muc", "blocking"}, options),
          apps(&server.login("app@example.net/server")), romeo(&server.login("romeo@example.org/orchard")) {
        server.account("juliet@example.org");
    }

    /// A device of Juliet's comes, enables a node and goes.
    void registers(const std::string& device, std::string_view node, std::string_view form = "") {
        auto& client = server.login("juliet@example.org/" + device);
        CHECK(enable(client, node, form) == "<iq type='result' id='e'/>");
        client.close();
        server.settle();
    }
    static Received enable(Client& client, std::string_view node, std::string_view form = "",
                           std::string_view service = app) {
        client.send("<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' jid='" + std::string(service) + "' node='" +
                    std::string(node) + "'>" + std::string(form) + "</enable></iq>");
        return client.receive();
    }
    static Received disable(Client& client, std::string_view rest) {
        client.send("<iq type='set' id='d'><disable xmlns='urn:xmpp:push:0' jid='" + std::string(app) + "' " +
                    std::string(rest) + "/></iq>");
        return client.receive();
    }
    void says(std::string_view inner, std::string_view type = "chat") {
        romeo->send("<message to='juliet@example.org' type='" + std::string(type) + "'>" + std::string(inner) +
                    "</message>");
        romeo->drain();
    }

    /// The notification that the app server has got: "node: message-count=1 high"; "" for none. It waits for an answer.
    std::string told() {
        const auto received = apps->receive();
        if (!received) return {};
        asked = received.attr("id");
        const auto fragment = received.fragment();
        const auto publish = fragment.element().child("pubsub").child("publish");
        std::string all = publish.attr("node").str() + ":";
        const auto notification = publish.child("item").child("notification", "urn:xmpp:push:0");
        for (const auto field : notification.child("x", "jabber:x:data").children())
            if (!(field.attr("var") == "FORM_TYPE"))
                all += " " + field.attr("var").str() + "=" + field.child_text("value").str();
        if (const auto priority = notification.child("priority", "tigase:push:priority:0"))
            all += " " + priority.text().str();
        return all;
    }
    /// The same, and it is answered.
    std::string told_well() {
        auto all = told();
        if (!all.empty()) answer();
        return all;
    }
    void answer() { apps->send("<iq type='result' id='" + asked + "' to='juliet@example.org'/>"); }
    void refuse(std::string_view type, std::string_view condition) {
        apps->send("<iq type='error' id='" + asked + "' to='juliet@example.org'><error type='" + std::string(type) +
                   "'><" + std::string(condition) + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    }
    std::size_t registrations() { return server.stored(app)["store/push/registrations"]; }

    TestServer server;
    Client* apps;
    Client* romeo;
    std::string asked;
};

} // namespace epode::test::push
