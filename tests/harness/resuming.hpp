// SPDX-License-Identifier: MIT
// A device of the test kit that uses stream management as real ones do: it counts what it gets, says so when it likes,
// and comes back to its session after its connection was cut.
#pragma once

#include "tests/harness/test_server.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace epode::test {

/// The bodies of messages: "text", or "copy of text" for a carbon, with a space between.
inline std::string bodies(const std::vector<Received>& all) {
    std::string text;
    for (const auto& received : all) {
        const auto fragment = received.fragment();
        auto message = fragment.element();
        if (message.name() != "message") continue;
        if (!text.empty()) text += ' ';
        if (const auto wrapper = message.child_in("urn:xmpp:carbons:2")) {
            text += "copy of ";
            message = wrapper.child("forwarded", "urn:xmpp:forward:0").child("message", "jabber:client");
        }
        text += message.child("body").text().str();
    }
    return text;
}

class Device {
public:
    /// Not connected yet.
    explicit Device(TestServer& server) : server_(&server) {}
    /// Logged in, with a session that can be resumed.
    Device(TestServer& server, const std::string& full, const std::string& attributes = "")
        : jid(full), server_(&server), client_(&server.login(full)) {
        client_->send("<enable xmlns='urn:xmpp:sm:3' resume='true' " + attributes + "/>");
        id = client_->receive().attr("id");
    }

    std::string id, jid;
    std::uint32_t handled = 0; ///< stanzas that it says it has had
    std::string outcome;       ///< "resumed" or "failed"
    Received answer;           ///< that element

    Client& client() const { return *client_; }
    Client* operator->() const { return client_; }
    void log_in(const std::string& bare) { client_ = &server_->authenticate(bare); }

    /// The stanzas that have arrived since, counted.
    std::vector<Received> stanzas() {
        std::vector<Received> all;
        for (auto& received : client_->receive_all()) {
            const auto& xml = received.xml();
            if (xml.starts_with("<a ")) last_h_ = received.attr("h");
            if (!xml.starts_with("<message") && !xml.starts_with("<presence") && !xml.starts_with("<iq")) continue;
            ++handled;
            all.push_back(std::move(received));
        }
        return all;
    }
    std::string heard() { return bodies(stanzas()); }
    /// Of the last <a/>.
    std::string last_h() {
        stanzas();
        return last_h_;
    }
    void ack() { client_->send("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(handled) + "'/>"); }
    void cut() { client_->cut(); }
    void resume() {
        outcome.clear();
        log_in(jid.substr(0, jid.find('/')));
        client_->send("<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='" + std::to_string(handled) + "'/>");
        answer = client_->receive();
        if (answer.xml().starts_with("<resumed ")) outcome = "resumed";
        if (answer.xml().starts_with("<failed ")) outcome = "failed";
    }

private:
    TestServer* server_;
    Client* client_ = nullptr;
    std::string last_h_;
};

} // namespace epode::test
