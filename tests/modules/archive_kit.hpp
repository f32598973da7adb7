// SPDX-License-Identifier: MIT
// Asking an archive (XEP-0313), and what it answered.
#pragma once

#include "tests/harness/test_server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::test::archive {

inline constexpr std::string_view mam = "urn:xmpp:mam:2";

struct Found {
    std::string id, stamp, body, query;
    std::string from, to, xml;
};

/// What an answer brought: the messages, and the end of it or the error.
struct Answer {
    std::vector<Found> messages;
    bool complete = false;
    std::string first, last, index, count, error;

    std::string bodies() const {
        std::string all;
        for (const auto& message : messages) all += (all.empty() ? "" : " ") + message.body;
        return all;
    }
};

inline void read_fin(Answer& answer, xml::Element fin) {
    answer.complete = fin.attr("complete") == "true";
    const auto set = fin.child("set", "http://jabber.org/protocol/rsm");
    answer.first = set.child("first").text().str();
    answer.index = set.child("first").attr("index").str();
    answer.last = set.child("last").text().str();
    answer.count = set.child("count").text().str();
}

inline Found found(const Received& received) {
    const auto fragment = received.fragment();
    const auto result = fragment.element().child("result", mam);
    const auto forwarded = result.child("forwarded", "urn:xmpp:forward:0");
    const auto message = forwarded.child("message", "jabber:client");
    Found one;
    one.id = result.attr("id").str();
    one.query = result.attr("queryid").str();
    one.stamp = forwarded.child("delay", "urn:xmpp:delay").attr("stamp").str();
    one.body = message.child("body").text().str();
    one.from = message.attr("from").str();
    one.to = message.attr("to").str();
    one.xml = message.str();
    return one;
}

inline Answer ask_raw(Client& client, const std::string& iq) {
    client.drain();
    client.send(iq);
    Answer answer;
    for (const auto& received : client.receive_all()) {
        const auto fragment = received.fragment();
        const auto element = fragment.element();
        if (element.name() == "message" && element.child("result", mam))
            answer.messages.push_back(found(received));
        else if (received.attr("id") == "ask") {
            if (received.attr("type") == "error")
                answer.error = element.child("error").first().name();
            else
                read_fin(answer, element.child("fin", mam));
        }
    }
    return answer;
}

inline std::string field(const std::string& var, const std::string& value) {
    return "<field var='" + var + "'><value>" + value + "</value></field>";
}

/// `fields` of the form, `page` inside of RSM's <set/>.
inline Answer ask(Client& client, const std::string& fields = "", const std::string& page = "",
                  const std::string& more = "", const std::string& to = "") {
    std::string query = "<query xmlns='urn:xmpp:mam:2' queryid='f27'>";
    if (!fields.empty())
        query += "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2"
                 "</value></field>" +
                 fields + "</x>";
    if (!page.empty()) query += "<set xmlns='http://jabber.org/protocol/rsm'>" + page + "</set>";
    return ask_raw(client, "<iq type='set' id='ask'" + (to.empty() ? "" : " to='" + to + "'") + ">" + query + more +
                               "</query></iq>");
}

} // namespace epode::test::archive
