// SPDX-License-Identifier: MIT
// XEP-0313 for accounts, XEP-0441, and the ids of XEP-0359.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/archive_kit.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;
using namespace epode::test::archive;

namespace {

std::string stanza_id(const Received& received, std::string_view by) {
    const auto fragment = received.fragment();
    for (xml::Element child : fragment.element().children())
        if (child.is("stanza-id", "urn:xmpp:sid:0") && child.attr("by") == by) return child.attr("id").str();
    return {};
}

struct Verona {
    TestServer server;
    Client* juliet;
    Client* romeo;

    explicit Verona(std::string_view options = "")
        : server({"archive", "carbons", "offline", "roster", "presence"}, options) {
        enter();
    }
    void enter() {
        juliet = &server.login("juliet@example.org/balcony");
        romeo = &server.login("romeo@example.net/orchard");
        juliet->available();
        romeo->available();
    }
    void say(Client& who, const std::string& to, const std::string& text, const std::string& more = "") {
        who.send("<message type='chat' to='" + to + "'><body>" + text + "</body>" + more + "</message>");
        server.advance(1s);
    }
    void romeo_says(const std::string& text) { say(*romeo, "juliet@example.org", text); }
    void juliet_says(const std::string& text) { say(*juliet, "romeo@example.net", text); }
};

} // namespace

TEST_CASE("archive: both sides of a conversation are kept, once, in both archives") {
    Verona verona;
    verona.romeo_says("one");
    const auto live = verona.juliet->receive();
    const auto id = stanza_id(live, "juliet@example.org");
    CHECK_FALSE(id.empty());
    verona.juliet_says("two");
    CHECK(verona.romeo->receive().xml().find("by='juliet@example.org'") == std::string::npos);
    const auto hers = ask(*verona.juliet);
    CHECK(hers.bodies() == "one two");
    REQUIRE(hers.messages.size() == 2);
    CHECK(hers.messages[0].id == id);
    CHECK(hers.messages[0].query == "f27");
    CHECK(hers.messages[0].from == "romeo@example.net/orchard");
    CHECK(hers.messages[0].to == "juliet@example.org");
    CHECK(hers.messages[1].from == "juliet@example.org/balcony");
    CHECK(hers.messages[0].stamp < hers.messages[1].stamp);
    CHECK(hers.complete);
    CHECK(hers.first == hers.messages[0].id);
    CHECK(hers.last == hers.messages[1].id);
    CHECK(hers.index == "0");
    CHECK(hers.count == "2");
    const auto his = ask(*verona.romeo);
    CHECK(his.bodies() == "one two");
    CHECK(his.messages[0].id != hers.messages[0].id);
}

TEST_CASE("archive: what its owner was not there for is in it, and comes with the same id when she is") {
    Verona verona;
    verona.juliet->close();
    verona.romeo_says("wake");
    verona.juliet = &verona.server.login("juliet@example.org/balcony");
    verona.juliet->send("<presence/>");
    std::string id;
    for (const auto& received : verona.juliet->receive_all())
        if (received.xml().find("wake") != std::string::npos) id = stanza_id(received, "juliet@example.org");
    const auto answer = ask(*verona.juliet);
    REQUIRE(answer.bodies() == "wake");
    CHECK(answer.messages[0].id == id);
}

TEST_CASE("archive: copies for other devices carry the archive's id") {
    Verona verona;
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    tablet.send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    tablet.drain();
    verona.juliet_says("sent");
    const auto copy = tablet.receive();
    const auto answer = ask(*verona.juliet);
    REQUIRE(answer.messages.size() == 1);
    CHECK(copy.xml().find("id='" + answer.messages[0].id + "'") != std::string::npos);
}

TEST_CASE("archive: an id in its owner's name is nobody else's to give (XEP-0359)") {
    Verona verona;
    verona.say(*verona.romeo, "juliet@example.org", "forged",
               "<stanza-id xmlns='urn:xmpp:sid:0' by='Juliet@example.org' id='mine'/>"
               "<stanza-id xmlns='urn:xmpp:sid:0' by='room@example.com' id='theirs'/>");
    const auto live = verona.juliet->receive();
    CHECK(live.xml().find("mine") == std::string::npos);
    CHECK(live.xml().find("theirs") != std::string::npos);
    CHECK(stanza_id(live, "juliet@example.org") == ask(*verona.juliet).messages.at(0).id);
}

TEST_CASE("archive: what one writes to oneself is kept once") {
    Verona verona;
    verona.say(*verona.juliet, "juliet@example.org", "note");
    verona.say(*verona.juliet, "juliet@example.org/balcony", "again");
    verona.romeo_says("other");
    CHECK(ask(*verona.juliet).bodies() == "note again other");
    CHECK(ask(*verona.juliet, field("with", "juliet@example.org")).bodies() == "note again");
}

TEST_CASE("archive: what is worth keeping, and what is not (section 6, XEP-0334)") {
    const std::pair<std::string, bool> rows[] = {
        {"<message type='chat'><body>b</body></message>", true},
        {"<message><body>b</body></message>", true},
        {"<message type='headline'><body>b</body></message>", false},
        {"<message type='groupchat'><body>b</body></message>", false},
        {"<message type='error'><body>b</body></message>", false},
        {"<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", false},
        {"<message type='chat'><body>b</body><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
         true},
        {"<message type='chat'><body>b</body><no-store xmlns='urn:xmpp:hints'/></message>", false},
        {"<message type='chat'><body>b</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>", false},
        {"<message type='chat'><a xmlns='b:c'/><store xmlns='urn:xmpp:hints'/></message>", true},
        {"<message type='chat'><a xmlns='b:c'/></message>", false},
        {"<message><received xmlns='urn:xmpp:receipts' id='1'/></message>", true},
        {"<message><request xmlns='urn:xmpp:receipts'/></message>", false},
        {"<message><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>", true},
        {"<message><reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>x</reaction></reactions></message>", true},
        {"<message><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>", true},
        {"<message><x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@b'/></x></message>", true},
        {"<message><x xmlns='jabber:x:conference' jid='a@b'/></message>", true},
        {"<message><event xmlns='http://jabber.org/protocol/pubsub#event'/></message>", false},
    };
    Verona verona;
    std::size_t kept = 0;
    for (const auto& [message, keeps] : rows) {
        CAPTURE(message);
        auto addressed = message;
        addressed.insert(std::string("<message").size(), " to='juliet@example.org/balcony'");
        verona.romeo->send(addressed);
        kept += keeps ? 1 : 0;
        CHECK(ask(*verona.romeo).messages.size() == kept);
        CHECK(ask(*verona.juliet).messages.size() == kept);
    }
}

TEST_CASE("archive: by the other side (4.1.1), its resource or all of them") {
    Verona verona;
    auto& home = verona.server.login("romeo@example.net/home");
    auto& nurse = verona.server.login("nurse@example.net/kitchen");
    verona.romeo_says("one");
    verona.say(nurse, "juliet@example.org", "two");
    verona.say(home, "juliet@example.org", "three");
    verona.juliet_says("four");
    verona.say(*verona.juliet, "romeo@example.net/home", "five");
    auto& juliet = *verona.juliet;
    CHECK(ask(juliet, field("with", "romeo@example.net")).bodies() == "one three four five");
    CHECK(ask(juliet, field("with", "ROMEO@example.net")).bodies() == "one three four five");
    CHECK(ask(juliet, field("with", "romeo@example.net/home")).bodies() == "three five");
    CHECK(ask(juliet, field("with", "nurse@example.net")).bodies() == "two");
    const auto nobody = ask(juliet, field("with", "tybalt@example.net"));
    CHECK(nobody.error.empty());
    CHECK(nobody.messages.empty());
    CHECK(nobody.complete);
    CHECK(nobody.first.empty());
    const auto page = ask(juliet, field("with", "romeo@example.net"), "<max>2</max>");
    CHECK(page.bodies() == "one three");
    CHECK_FALSE(page.complete);
    const auto next = ask(juliet, field("with", "romeo@example.net"), "<max>2</max><after>" + page.last + "</after>");
    CHECK(next.bodies() == "four five");
    CHECK(next.complete);
    CHECK(ask(juliet, field("with", "romeo@example.net"), "<max>2</max><before/>").bodies() == "four five");
    CHECK(ask(juliet, field("with", "romeo@example.net/home"), "<max>1</max><before/>").bodies() == "five");
}

TEST_CASE("archive: by time (4.1.2), both ends included") {
    Verona verona;
    for (const auto* text : {"one", "two", "three", "four"}) verona.romeo_says(text);
    auto& juliet = *verona.juliet;
    const auto all = ask(juliet).messages;
    REQUIRE(all.size() == 4);
    CHECK(ask(juliet, field("start", all[1].stamp)).bodies() == "two three four");
    CHECK(ask(juliet, field("end", all[1].stamp)).bodies() == "one two");
    CHECK(ask(juliet, field("start", all[1].stamp) + field("end", all[2].stamp)).bodies() == "two three");
    CHECK(ask(juliet, field("start", "2100-01-01T00:00:00Z")).messages.empty());
    CHECK(ask(juliet, field("end", "2000-01-01T00:00:00Z")).messages.empty());
    CHECK(ask(juliet, field("start", all[1].stamp) + field("with", "romeo@example.net")).bodies() == "two three four");
}

TEST_CASE("archive: by ids (4.1.3); one that is not there is an error") {
    Verona verona;
    for (const auto* text : {"one", "two", "three", "four"}) verona.romeo_says(text);
    auto& juliet = *verona.juliet;
    const auto all = ask(juliet).messages;
    REQUIRE(all.size() == 4);
    CHECK(ask(juliet, field("after-id", all[1].id)).bodies() == "three four");
    CHECK(ask(juliet, field("before-id", all[2].id)).bodies() == "one two");
    CHECK(ask(juliet, field("after-id", all[0].id) + field("before-id", all[3].id)).bodies() == "two three");
    CHECK(ask(juliet, field("after-id", all[0].id), "<max>1</max><before/>").bodies() == "four");
    CHECK(ask(juliet, "<field var='ids'><value>" + all[2].id + "</value><value>" + all[0].id + "</value></field>")
              .bodies() == "one three");
    CHECK(ask(juliet, "<field var='ids'><value>" + all[2].id + "</value><value>" + all[2].id + "</value></field>")
              .bodies() == "three");
    const auto theirs = ask(*verona.romeo).messages.at(0).id;
    for (const auto& id : {std::string("nothing"), theirs, std::string(26, '0')}) {
        CAPTURE(id);
        for (const auto* var : {"after-id", "before-id", "ids"})
            CHECK(ask(juliet, field(var, id)).error == "item-not-found");
        CHECK(ask(juliet, "", "<after>" + id + "</after>").error == "item-not-found");
        CHECK(ask(juliet, "", "<before>" + id + "</before>").error == "item-not-found");
    }
}

TEST_CASE("archive: pages both ways (4.3), flipped, the last one, and none") {
    Verona verona;
    for (int i = 1; i <= 7; ++i) verona.romeo_says(std::to_string(i));
    auto& juliet = *verona.juliet;
    const auto first = ask(juliet, "", "<max>3</max>");
    CHECK(first.bodies() == "1 2 3");
    CHECK_FALSE(first.complete);
    CHECK(first.index == "0");
    const auto second = ask(juliet, "", "<max>3</max><after>" + first.last + "</after>");
    CHECK(second.bodies() == "4 5 6");
    const auto third = ask(juliet, "", "<max>3</max><after>" + second.last + "</after>");
    CHECK(third.bodies() == "7");
    CHECK(third.complete);
    const auto fourth = ask(juliet, "", "<max>3</max><after>" + third.last + "</after>");
    CHECK(fourth.messages.empty());
    CHECK(fourth.complete);
    const auto last = ask(juliet, "", "<max>3</max><before/>");
    CHECK(last.bodies() == "5 6 7");
    CHECK_FALSE(last.complete);
    CHECK(last.index == "4");
    const auto before = ask(juliet, "", "<max>3</max><before>" + last.first + "</before>");
    CHECK(before.bodies() == "2 3 4");
    const auto rest = ask(juliet, "", "<max>3</max><before>" + before.first + "</before>");
    CHECK(rest.bodies() == "1");
    CHECK(rest.complete);
    const auto flipped = ask(juliet, "", "<max>3</max><before/>", "<flip-page/>");
    CHECK(flipped.bodies() == "7 6 5");
    CHECK(flipped.first == last.first);
    CHECK(flipped.last == last.last);
    CHECK(ask(juliet, "", "<max>3</max>", "<flip-page/>").bodies() == "3 2 1");
    const auto none = ask(juliet, "", "<max>0</max>");
    CHECK(none.messages.empty());
    CHECK(none.count == "7");
    CHECK_FALSE(none.complete);
    CHECK(ask(juliet, "", "<max>3</max><index>1</index>").bodies() == "2 3 4");
    CHECK(ask(juliet, field("{urn:example}subject", "love")).error == "feature-not-implemented");
    CHECK(ask(juliet, field("start", "noon")).error == "bad-request");
}

TEST_CASE("archive: an answer has as many messages as the server gives at once") {
    Verona verona("<archive page='10'/>");
    for (int i = 1; i <= 12; ++i) verona.romeo_says(std::to_string(i));
    for (const auto* page : {"", "<max>50</max>"}) {
        const auto answer = ask(*verona.juliet, "", page);
        CHECK(answer.messages.size() == 10);
        CHECK_FALSE(answer.complete);
    }
}

TEST_CASE("archive: many messages with many people, over restarts and kills") {
    Verona verona;
    auto& nurse = verona.server.login("nurse@example.net/kitchen");
    std::vector<std::string> said;
    for (int i = 0; i < 150; ++i) {
        auto& who = i % 3 == 0 ? nurse : *verona.romeo;
        who.send("<message type='chat' to='juliet@example.org'><body>" + std::to_string(i) + "</body></message>");
        if (i % 3 != 0) said.push_back(std::to_string(i));
    }
    const auto walk = [&] {
        std::string after;
        std::vector<std::string> got;
        for (bool complete = false; !complete;) {
            const auto page = ask(*verona.juliet, field("with", "romeo@example.net"),
                                  "<max>7</max>" + (after.empty() ? "" : "<after>" + after + "</after>"));
            REQUIRE(page.error.empty());
            for (const auto& message : page.messages) got.push_back(message.body);
            after = page.last;
            complete = page.complete;
        }
        return got;
    };
    SECTION("at once") {}
    SECTION("after a restart") {
        verona.server.restart();
        verona.enter();
    }
    SECTION("after a kill, in the middle of which the index was behind") {
        verona.server.kill();
        verona.enter();
    }
    SECTION("after the module was loaded again") { REQUIRE(verona.server.reload("archive").empty()); }
    CHECK(walk() == said);
    CHECK(ask(*verona.juliet, "", "<max>0</max>").count == "150");
}

TEST_CASE("archive: whenever one asks, by contact is found what was said") {
    std::mt19937 random(GENERATE(1U, 2U, 3U));
    Verona verona;
    std::map<std::string, std::vector<std::string>> said;
    Client* nurse = &verona.server.login("nurse@example.net/kitchen");
    for (int step = 0; step < 600; ++step) {
        const auto what = random() % 100;
        const auto text = std::to_string(step);
        if (what < 90) {
            const bool hers = random() % 3 == 0;
            auto& peer = random() % 2 == 0 ? *nurse : *verona.romeo;
            const std::string jid = &peer == nurse ? "nurse@example.net" : "romeo@example.net";
            const bool lost = random() % 40 == 0;
            if (lost) verona.server.fail_commit(1);
            auto& sender = hers ? *verona.juliet : peer;
            sender.send("<message type='chat' to='" + (hers ? jid : "juliet@example.org") + "'><body>" + text +
                        "</body></message>");
            verona.server.settle();
            if (!lost) said[jid].push_back(text);
        } else if (what < 98) {
            for (const std::string jid : {"nurse@example.net", "romeo@example.net"}) {
                const auto answer = ask(*verona.juliet, field("with", jid), "<max>7</max><before/>");
                std::string last;
                const auto& all = said[jid];
                for (std::size_t i = all.size() - std::min<std::size_t>(7, all.size()); i < all.size(); ++i)
                    last += (last.empty() ? "" : " ") + all[i];
                CHECK(answer.bodies() == last);
            }
        } else {
            if (what == 98)
                verona.server.kill();
            else
                verona.server.restart();
            verona.enter();
            nurse = &verona.server.login("nurse@example.net/kitchen");
        }
    }
}

TEST_CASE("archive: ids grow also where the clock went back between two runs") {
    Verona verona;
    verona.romeo_says("one");
    verona.server.advance(1h);
    verona.romeo_says("two");
    const auto before = ask(*verona.juliet).messages;
    verona.server.restart_with_clock_back(30min);
    verona.enter();
    verona.romeo_says("three");
    const auto after = ask(*verona.juliet);
    CHECK(after.bodies() == "one two three");
    REQUIRE(before.size() == 2);
    CHECK(ask(*verona.juliet, "", "<after>" + before[1].id + "</after>").bodies() == "three");
    CHECK(ask(*verona.juliet, field("with", "romeo@example.net")).bodies() == "one two three");
}

TEST_CASE("archive: metadata (section 5)") {
    Verona verona;
    const auto metadata = [&] {
        verona.juliet->drain();
        verona.juliet->send("<iq type='get' id='m'><metadata xmlns='urn:xmpp:mam:2'/></iq>");
        const auto received = verona.juliet->receive();
        return received.fragment().element().child("metadata", mam).str();
    };
    CHECK(metadata() == "<metadata xmlns='urn:xmpp:mam:2'/>");
    verona.romeo_says("one");
    verona.romeo_says("two");
    const auto all = ask(*verona.juliet).messages;
    REQUIRE(all.size() == 2);
    const auto end = [](const char* name, const Found& message) {
        return "<" + std::string(name) + " id='" + message.id + "' timestamp='" + message.stamp + "'/>";
    };
    CHECK(metadata() ==
          "<metadata xmlns='urn:xmpp:mam:2'>" + end("start", all[0]) + end("end", all[1]) + "</metadata>");
}

TEST_CASE("archive: the form names its fields (4.1.5), and the account announces it") {
    TestServer server{"archive", "disco"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send("<iq type='get' id='f'><query xmlns='urn:xmpp:mam:2'/></iq>");
    const auto form = juliet.receive().xml();
    for (const auto* var : {"with", "start", "end", "before-id", "after-id", "ids", "include-groupchat"})
        CHECK(form.find("var='" + std::string(var) + "'") != std::string::npos);
    CHECK(form.find("<required") == std::string::npos);
    juliet.send(
        "<iq type='get' id='d' to='juliet@example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    const auto info = juliet.receive().xml();
    for (const auto* feature :
         {"urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:mam:2#groupchat-field", "urn:xmpp:sid:0"})
        CHECK(info.find("<feature var='" + std::string(feature) + "'/>") != std::string::npos);
}

TEST_CASE("archive: is its owner's alone") {
    Verona verona;
    verona.romeo_says("secret");
    for (const auto* to : {"juliet@example.org", "nobody@example.org"}) {
        const auto answer = ask_raw(*verona.romeo, "<iq type='set' id='ask' to='" + std::string(to) +
                                                       "'><query xmlns='urn:xmpp:mam:2'/></iq>");
        CHECK(answer.messages.empty());
        CHECK(answer.error == "service-unavailable");
    }
    CHECK(
        ask_raw(*verona.juliet, "<iq type='set' id='ask' to='juliet@example.org'><query xmlns='urn:xmpp:mam:2'/></iq>")
            .bodies() == "secret");
}

TEST_CASE("archive: preferences (XEP-0441)") {
    Verona verona;
    auto& juliet = *verona.juliet;
    auto& nurse = verona.server.login("nurse@example.net/kitchen");
    const auto prefs = [&](const std::string& type, const std::string& inner) {
        juliet.drain();
        juliet.send("<iq type='" + type + "' id='p'>" + inner + "</iq>");
        return juliet.receive();
    };
    const auto set = [&](const std::string& otherwise, const std::string& always, const std::string& never) {
        const auto list = [](const std::string& name, const std::string& jid) {
            return jid.empty() ? "<" + name + "/>" : "<" + name + "><jid>" + jid + "</jid></" + name + ">";
        };
        const auto text = "<prefs xmlns='urn:xmpp:mam:2' default='" + otherwise + "'>" + list("always", always) +
                          list("never", never) + "</prefs>";
        CHECK(prefs("set", text).fragment().element().first().str() == text);
        CHECK(prefs("get", "<prefs xmlns='urn:xmpp:mam:2'/>").fragment().element().first().str() == text);
    };
    const auto heard = [&](Client& who, const std::string& text) {
        verona.say(who, "juliet@example.org", text);
        return ask(juliet).bodies().find(text) != std::string::npos;
    };
    CHECK(prefs("get", "<prefs xmlns='urn:xmpp:mam:2'/>").fragment().element().first().str() ==
          "<prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never/></prefs>");
    set("never", "romeo@example.net", "");
    CHECK(heard(*verona.romeo, "a1"));
    CHECK_FALSE(heard(nurse, "a2"));
    set("always", "", "romeo@example.net/orchard");
    CHECK_FALSE(heard(*verona.romeo, "b1"));
    CHECK(heard(nurse, "b2"));
    set("roster", "", "");
    CHECK_FALSE(heard(nurse, "c1"));
    juliet.send("<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='nurse@example.net'/></query></iq>");
    CHECK(heard(nurse, "c2"));
    SECTION("they outlive a restart") {
        verona.server.restart();
        verona.juliet = &verona.server.login("juliet@example.org/balcony");
        verona.juliet->send("<iq type='get' id='p'><prefs xmlns='urn:xmpp:mam:2'/></iq>");
        CHECK(verona.juliet->receive().xml().find("default='roster'") != std::string::npos);
    }
    SECTION("broken ones change nothing") {
        for (const auto* bad : {"<prefs xmlns='urn:xmpp:mam:2'/>", "<prefs xmlns='urn:xmpp:mam:2' default='x'/>",
                                "<prefs xmlns='urn:xmpp:mam:2' default='never'><always><jid>@</jid></always></prefs>"})
            CHECK(prefs("set", bad).xml().find("<bad-request") != std::string::npos);
        CHECK(prefs("get", "<prefs xmlns='urn:xmpp:mam:2'/>").xml().find("default='roster'") != std::string::npos);
    }
    SECTION("there may not be too many") {
        std::string all;
        for (int i = 0; i < 1001; ++i) all += "<jid>a" + std::to_string(i) + "@example.net</jid>";
        CHECK(prefs("set", "<prefs xmlns='urn:xmpp:mam:2' default='never'><always>" + all + "</always></prefs>")
                  .xml()
                  .find("<resource-constraint") != std::string::npos);
    }
}

TEST_CASE("archive: what is older than it is kept goes, and nothing else") {
    Verona verona("<archive keep='1h'/>");
    for (int i = 0; i < 250; ++i)
        verona.romeo->send("<message type='chat' to='juliet@example.org'><body>old</body></message>");
    verona.server.advance(90min);
    verona.romeo_says("young");
    const auto old = ask(*verona.juliet).first;
    verona.server.advance(1h);
    CHECK(ask(*verona.juliet).bodies() == "young");
    CHECK(ask(*verona.juliet, field("with", "romeo@example.net")).bodies() == "young");
    CHECK(ask(*verona.juliet, "", "<after>" + old + "</after>").error == "item-not-found");
    // Romeo's is of a host that keeps everything.
    CHECK(ask(*verona.romeo, "", "<max>0</max>").count == "251");
}

TEST_CASE("archive: a removed account's goes with it") {
    Verona verona;
    verona.romeo_says("secret");
    CHECK(ask(*verona.juliet, field("with", "romeo@example.net")).bodies() == "secret");
    const auto owner = verona.server.owner_of("juliet@example.org");
    verona.server.remove_account("juliet@example.org");
    for (const auto& [name, count] : verona.server.stored(owner)) {
        INFO(name);
        CHECK(count == 0);
    }
}

TEST_CASE("archive: a message is kept before its sender is told so") {
    Verona verona;
    verona.romeo->send("<enable xmlns='urn:xmpp:sm:3'/>");
    verona.romeo->drain();
    verona.server.fail_commit(1);
    verona.romeo->send("<message type='chat' id='m' to='juliet@example.org'><body>lost</body></message>"
                       "<r xmlns='urn:xmpp:sm:3'/>");
    const auto all = verona.romeo->receive_all();
    CHECK(std::ranges::any_of(all, [](const auto& one) {
        return one.attr("id") == "m" && one.attr("type") == "error" &&
               one.xml().find("<resource-constraint") != std::string::npos;
    }));
    CHECK(ask(*verona.juliet).messages.empty());
    CHECK(ask(*verona.romeo).messages.empty());
}

TEST_CASE("archive: is loaded again while what people say is under way; nothing waits for what is held") {
    TestServer server{"archive", "roster", "presence"};
    std::vector<Client*> people;
    for (int i = 0; i < 8; ++i) people.push_back(&server.login("p" + std::to_string(i) + "@example.org/here"));
    for (auto* who : people) who->available();
    std::size_t said = 0;
    for (int round = 0; round < 8; ++round) {
        for (auto* who : people)
            for (auto* other : people) {
                if (who == other) continue;
                who->post("<message type='chat' to='" + std::string(other->jid().text()) + "'><body>" +
                          std::to_string(round) + "</body></message>");
            }
        said += 2 * (people.size() - 1);
        REQUIRE(server.reload(round % 2 == 0 ? "archive" : "roster").empty());
    }
    for (auto* who : people) CHECK(ask(*who, "", "<max>0</max>").count == std::to_string(said));
}
