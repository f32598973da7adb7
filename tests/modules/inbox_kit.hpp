// SPDX-License-Identifier: MIT
// Asking for an inbox (XEP-0430), and what it said.
#pragma once

#include "tests/modules/archive_kit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::test::archive {

inline constexpr std::string_view inbox_ns = "urn:xmpp:inbox:1";

struct Talk {
    std::string jid, unread, id, query, result, body;
};
struct Inbox {
    std::vector<Talk> talks;
    std::string total, unread, all_unread, first, last, index, count, error;

    /// "romeo 2 hello, nurse 0 -"
    std::string text() const {
        std::string all;
        for (const auto& talk : talks)
            all += (all.empty() ? "" : ", ") + talk.jid.substr(0, talk.jid.find('@')) + " " + talk.unread + " " +
                   (talk.result.empty() ? "-" : talk.body);
        return all;
    }
    std::string sums() const { return total + " " + unread + " " + all_unread; }
};

inline Inbox look(Client& client, const std::string& attributes = "", const std::string& page = "") {
    client.drain();
    client.send("<iq type='get' id='box'><inbox xmlns='urn:xmpp:inbox:1' " + attributes + ">" +
                (page.empty() ? "" : "<set xmlns='http://jabber.org/protocol/rsm'>" + page + "</set>") +
                "</inbox></iq>");
    Inbox inbox;
    for (const auto& received : client.receive_all()) {
        const auto fragment = received.fragment();
        const auto element = fragment.element();
        if (const auto entry = element.child("entry", inbox_ns)) {
            const auto result = element.child("result", mam);
            const auto message = result.child("forwarded", "urn:xmpp:forward:0").child("message", "jabber:client");
            inbox.talks.push_back({entry.attr("jid").str(), entry.attr("unread").str(), entry.attr("id").str(),
                                   result.attr("queryid").str(), result.attr("id").str(),
                                   message.child("body").text().str()});
        } else if (received.attr("id") == "box") {
            const auto fin = element.child("fin", inbox_ns);
            const auto set = fin.child("set", "http://jabber.org/protocol/rsm");
            inbox.total = fin.attr("total").str();
            inbox.unread = fin.attr("unread").str();
            inbox.all_unread = fin.attr("all-unread").str();
            inbox.first = set.child("first").text().str();
            inbox.index = set.child("first").attr("index").str();
            inbox.last = set.child("last").text().str();
            inbox.count = set.child("count").text().str();
            inbox.error = element.child("error").first().name();
        }
    }
    return inbox;
}

} // namespace epode::test::archive
