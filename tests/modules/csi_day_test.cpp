// SPDX-License-Identifier: MIT
// What XEP-0352 saves on a generated day: the same contacts, room, presence, chat states and messages reach a phone
// that says nothing of itself, and one that says when somebody looks at it. A radio that was woken stays on for 11
// seconds (XEP-0286 section 4). The table goes to the standard output.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;

namespace {

constexpr int contacts = 20, occupants = 12;
constexpr Duration radio_tail = 11s;
constexpr std::string_view room = "coven@conference.example.org";

struct Happening {
    Duration at;
    std::string who; ///< "" for the phone: it is taken up, or put away
    std::string xml;
};

std::string contact(int number) { return "contact" + std::to_string(number); }

/// A day, always the same one.
class Day {
public:
    Day() {
        for (int number = 0; number < contacts; ++number) presence(number);
        for (int talk = 0; talk < 25; ++talk) conversation();
        for (int word = 0; word < 60; ++word) room_talk();
        for (int number = 0; number < occupants; ++number) visits(number);
        for (int event = 0; event < 40; ++event) event_of(random(contacts));
        for (int look = 0; look < 15; ++look) {
            const auto at = hour(7 + look) + random(3000) * 1s;
            add(at, "", "<active xmlns='urn:xmpp:csi:0'/>");
            add(at + 2min, "", "<inactive xmlns='urn:xmpp:csi:0'/>");
        }
        std::ranges::stable_sort(all, {}, &Happening::at);
    }
    std::vector<Happening> all;

private:
    static Duration hour(int number) { return number * 1h; }
    int random(int below) { return static_cast<int>(numbers_() % static_cast<unsigned>(below)); }
    Duration sometime() { return hour(7) + random(15 * 3600) * 1s; }
    void add(Duration at, std::string who, std::string xml) { all.push_back({at, std::move(who), std::move(xml)}); }

    /// Clients go away after five minutes, and come back.
    void presence(int number) {
        static constexpr std::array shows = {"<presence/>", "<presence><show>away</show></presence>",
                                             "<presence><show>xa</show></presence>",
                                             "<presence><show>dnd</show><status>in a meeting</status></presence>"};
        for (int change = 0; change < 30; ++change)
            add(sometime(), contact(number), shows[static_cast<std::size_t>(random(4))]);
    }
    void chat(Duration at, int number, const std::string& inner) {
        add(at, contact(number), "<message to='juliet@example.org' type='chat'>" + inner + "</message>");
    }
    static std::string state(const char* name) {
        return "<" + std::string(name) + " xmlns='http://jabber.org/protocol/chatstates'/>";
    }
    void conversation() {
        const int number = random(contacts);
        auto at = sometime();
        for (int message = random(4); message >= 0; --message) {
            chat(at, number, state("composing"));
            chat(at + 8s, number, state("paused"));
            chat(at + 12s, number, state("composing"));
            at += 20s;
            chat(at, number,
                 "<body>message " + std::to_string(++said_) + " of the day, as long as messages are</body>" +
                     state("active") +
                     "<markable xmlns='urn:xmpp:chat-markers:0'/><request xmlns='urn:xmpp:receipts'/>");
            at += 45s;
        }
        chat(at, number, "<displayed xmlns='urn:xmpp:chat-markers:0' id='" + std::to_string(said_) + "'/>");
        chat(at + 90s, number, state("inactive"));
        chat(at + 10min, number, state("gone"));
    }
    void room_talk() {
        add(sometime(), contact(random(occupants)),
            "<message to='" + std::string(room) + "' type='groupchat'><body>word " + std::to_string(++said_) +
                " in the room</body></message>");
    }
    void visits(int number) {
        const auto place = "to='" + std::string(room) + "/" + contact(number) + "'";
        for (int visit = 0; visit < 4; ++visit) {
            const auto at = sometime();
            add(at, contact(number), "<presence " + place + " type='unavailable'/>");
            add(at + 20min, contact(number),
                "<presence " + place +
                    "><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
                    "</presence>");
        }
    }
    void event_of(int number) {
        add(sometime(), contact(number),
            "<message to='juliet@example.org/phone' type='headline'><event "
            "xmlns='http://jabber.org/protocol/pubsub#event'><items node='http://jabber.org/protocol/tune'><item "
            "id='current'><tune xmlns='http://jabber.org/protocol/tune'><title>air " +
                std::to_string(random(100)) + "</title></tune></item></items></event></message>");
    }

    std::mt19937 numbers_{20261124};
    int said_ = 0;
};

struct Kinds {
    std::size_t stanzas = 0, bytes = 0;
};

struct Outcome {
    std::map<std::string, Kinds> kinds;
    std::size_t stanzas = 0, bytes = 0, woken = 0;
    Duration radio{0};
    std::vector<std::string> bodies;              ///< in order
    std::map<std::string, std::string> presences; ///< the last one of each sender
};

std::string kind_of(xml::Element stanza) {
    if (stanza.name() == "presence") return "presence";
    if (stanza.child("body")) return "with body";
    if (stanza.child_in("http://jabber.org/protocol/chatstates")) return "chat states";
    return stanza.child_in("urn:xmpp:chat-markers:0") ? "markers" : "events";
}

/// Of a presence, what does not differ from one server to the next.
std::string said(xml::Element presence) {
    return presence.attr("type").str() + '/' + presence.child_text("show").str() + '/' +
           presence.child_text("status").str();
}

Outcome live(const Day& day, bool says_so) {
    TestServer server{"csi", "presence", "muc"};
    std::map<std::string, Client*> people;
    for (int number = 0; number < contacts; ++number) {
        server.befriend("juliet@example.org", contact(number) + "@example.org");
        people[contact(number)] = &server.login(contact(number) + "@example.org/home");
    }
    for (auto& [name, client] : people) client->available();
    auto& juliet = server.login("juliet@example.org/phone");
    muc::join(juliet, "juliet");
    muc::accept(juliet);
    for (int number = 0; number < occupants; ++number) muc::join(*people[contact(number)], contact(number));
    juliet.available();
    if (says_so) juliet.send("<inactive xmlns='urn:xmpp:csi:0'/>");
    juliet.drain();

    Outcome outcome;
    Duration now{0};
    bool looked_at = false;
    std::optional<Duration> on_until;
    for (const Happening& next : day.all) {
        server.advance(next.at - now);
        now = next.at;
        if (next.who.empty()) {
            looked_at = next.xml.starts_with("<active");
            if (says_so) juliet.send(next.xml);
        } else {
            people[next.who]->send(next.xml);
            people[next.who]->drain();
        }
        const auto got = juliet.receive_all();
        for (const Received& each : got) {
            const auto fragment = each.fragment();
            const auto stanza = fragment.element();
            if (stanza.name() == "presence") outcome.presences[each.attr("from")] = said(stanza);
            if (const auto body = stanza.child_text("body"); !body.empty()) outcome.bodies.push_back(body.str());
            if (looked_at) continue; // the screen takes more than the radio
            auto& kind = outcome.kinds[kind_of(stanza)];
            ++kind.stanzas, ++outcome.stanzas;
            kind.bytes += each.xml().size(), outcome.bytes += each.xml().size();
        }
        if (got.empty() || looked_at) continue;
        const bool asleep = !on_until || *on_until < now;
        outcome.woken += asleep ? 1 : 0;
        outcome.radio += asleep ? radio_tail : now + radio_tail - *on_until;
        on_until = now + radio_tail;
    }
    if (says_so) juliet.send("<active xmlns='urn:xmpp:csi:0'/>");
    for (const Received& each : juliet.receive_all()) {
        const auto fragment = each.fragment();
        if (fragment.element().name() == "presence") outcome.presences[each.attr("from")] = said(fragment.element());
    }
    return outcome;
}

void print(const Outcome& plain, const Outcome& spared) {
    const auto line = [](const std::string& what, std::size_t before, std::size_t after) {
        std::printf("| %s | %zu | %zu | %d%% |\n", what.c_str(), before, after,
                    before == 0 ? 0 : 100 - static_cast<int>(100 * after / before));
    };
    std::printf("| a day in a pocket | without | with csi | saved |\n|---|---|---|---|\n");
    for (const auto& [kind, before] : plain.kinds) {
        const auto after = spared.kinds.find(kind);
        line("stanzas: " + kind, before.stanzas, after == spared.kinds.end() ? 0 : after->second.stanzas);
    }
    line("stanzas", plain.stanzas, spared.stanzas);
    line("bytes", plain.bytes, spared.bytes);
    line("times woken", plain.woken, spared.woken);
    const auto seconds = [](Duration time) {
        return static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count());
    };
    line("seconds of radio", seconds(plain.radio), seconds(spared.radio));
}

} // namespace

TEST_CASE("csi: a phone in a pocket is woken for what is said, and misses nothing") {
    const Day day;
    const auto plain = live(day, false);
    const auto spared = live(day, true);
    print(plain, spared);
    REQUIRE(plain.bodies.size() > 80);
    CHECK(spared.bodies == plain.bodies);
    CHECK(spared.presences == plain.presences);
    CHECK(spared.kinds.at("with body").stanzas == plain.kinds.at("with body").stanzas);
    CHECK(spared.stanzas * 3 < plain.stanzas * 2);
    CHECK(spared.woken * 4 < plain.woken);
    CHECK(spared.radio * 4 < plain.radio);
}
