// SPDX-License-Identifier: MIT
// XEP-0430: conversations, what is unread in them (XEP-0333), their last messages; XEP-0424: what was taken back.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/archive_kit.hpp"
#include "tests/modules/inbox_kit.hpp"

#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;
using namespace epode::test::archive;

namespace {

struct Verona {
    TestServer server;
    Client *juliet, *tablet, *romeo, *nurse;
    int number = 0;

    explicit Verona(std::string_view options = "") : server({"archive", "roster", "presence", "disco"}, options) {
        enter();
    }
    void enter() {
        juliet = &server.login("juliet@example.org/balcony");
        tablet = &server.login("juliet@example.org/tablet");
        romeo = &server.login("romeo@example.net/orchard");
        nurse = &server.login("nurse@example.net/kitchen");
        for (auto* who : {juliet, tablet, romeo, nurse}) who->available();
    }
    /// The id of what was said.
    std::string say(Client& who, const std::string& to, const std::string& text, const std::string& more = "") {
        const auto id = "m" + std::to_string(++number);
        who.send("<message type='chat' id='" + id + "' to='" + to + "'><body>" + text + "</body>" + more +
                 "</message>");
        server.advance(1s);
        return id;
    }
    std::string romeo_says(const std::string& text) { return say(*romeo, "juliet@example.org", text); }
    std::string nurse_says(const std::string& text) { return say(*nurse, "juliet@example.org", text); }
    std::string juliet_says(const std::string& text) { return say(*juliet, "romeo@example.net", text); }
    void seen(Client& who, const std::string& to, const std::string& id, const std::string& more = "") {
        who.send("<message type='chat' to='" + to + "'><displayed xmlns='urn:xmpp:chat-markers:0' id='" + id + "'/>" +
                 more + "</message>");
        server.advance(1s);
    }
    void retract(Client& who, const std::string& to, const std::string& what, const std::string& id = "r1") {
        who.send("<message type='chat' id='" + id + "' to='" + to +
                 "'><retract xmlns='urn:xmpp:message-retract:1' id='" + what +
                 "'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>I retracted a "
                 "message</body><store xmlns='urn:xmpp:hints'/></message>");
        server.advance(1s);
    }
};

} // namespace

TEST_CASE("inbox: conversations, the last one first, with what is unread and the last message") {
    Verona verona;
    CHECK(look(*verona.juliet).text() == "");
    CHECK(look(*verona.juliet).sums() == "0 0 0");
    verona.romeo_says("one");
    verona.nurse_says("two");
    verona.romeo_says("three");
    const auto box = look(*verona.juliet);
    CHECK(box.text() == "romeo 2 three, nurse 1 two");
    CHECK(box.sums() == "2 2 3");
    CHECK(box.count == "2");
    CHECK(box.index == "0");
    REQUIRE(box.talks.size() == 2);
    CHECK(box.talks[0].jid == "romeo@example.net");
    CHECK(box.talks[0].query == "box");
    CHECK(box.talks[0].id == box.talks[0].result);
    CHECK(box.talks[0].id == ask(*verona.juliet).messages.at(2).id);
    CHECK(box.first == box.talks[0].id);
    CHECK(box.last == box.talks[1].id);
    CHECK(look(*verona.romeo).text() == "juliet 0 three");
}

TEST_CASE("inbox: markers of any own device move what is unread, and only forward (XEP-0333)") {
    Verona verona;
    const auto one = verona.romeo_says("one");
    const auto two = verona.romeo_says("two");
    verona.romeo_says("three");
    verona.nurse_says("four");
    verona.seen(*verona.tablet, "romeo@example.net", two);
    auto box = look(*verona.juliet);
    CHECK(box.text() == "romeo 1 three, nurse 1 four");
    CHECK(box.talks.at(0).id != box.talks.at(0).result); // the marker is the last of all
    verona.seen(*verona.juliet, "romeo@example.net/orchard", one);
    verona.seen(*verona.juliet, "romeo@example.net", "nothing");
    verona.seen(*verona.romeo, "juliet@example.org", one);
    CHECK(look(*verona.juliet).sums() == "2 2 2");
    SECTION("also one that is not to be kept") {
        verona.seen(*verona.juliet, "romeo@example.net", "m3", "<no-store xmlns='urn:xmpp:hints'/>");
        CHECK(look(*verona.juliet).sums() == "2 1 1");
    }
    SECTION("also one that names the message by its place in the archive") {
        verona.seen(*verona.juliet, "romeo@example.net", ask(*verona.juliet).messages.at(2).id);
        CHECK(look(*verona.juliet).sums() == "2 1 1");
    }
    SECTION("and receipts do not") {
        verona.juliet->send("<message type='chat' to='romeo@example.net'><received xmlns='urn:xmpp:receipts' id='m3'/>"
                            "</message>");
        CHECK(look(*verona.juliet).sums() == "2 2 2");
    }
}

TEST_CASE("inbox: whoever answers has read, where the option says so") {
    for (const bool reads : {false, true}) {
        Verona verona(reads ? "<archive reply-reads='true'/>" : "");
        verona.romeo_says("one");
        verona.juliet_says("two");
        CHECK(look(*verona.juliet).text() == (reads ? "romeo 0 two" : "romeo 1 two"));
        CHECK(look(*verona.romeo).text() == "juliet 1 two");
    }
}

TEST_CASE("inbox: what is no message of its own is not unread") {
    Verona verona;
    const auto id = verona.romeo_says("one");
    for (const auto& more : std::vector<std::string>{"<replace xmlns='urn:xmpp:message-correct:0' id='" + id + "'/>",
                                                     "<reactions xmlns='urn:xmpp:reactions:0' id='" + id +
                                                         "'><reaction>x</reaction></reactions>"})
        verona.say(*verona.romeo, "juliet@example.org", "again", more);
    CHECK(look(*verona.juliet).text() == "romeo 1 one");
    verona.say(*verona.romeo, "juliet@example.org", "hidden", "<encrypted xmlns='urn:xmpp:omemo:2'/>");
    verona.romeo->send("<message to='juliet@example.org'><encrypted xmlns='urn:xmpp:omemo:2'/></message>");
    CHECK(look(*verona.juliet).sums() == "1 1 3");
    verona.say(*verona.juliet, "juliet@example.org", "note");
    CHECK(look(*verona.juliet, "unread-only='true'").text() == "romeo 3 ");
    CHECK(look(*verona.juliet).talks.at(0).jid == "juliet@example.org");
    CHECK(look(*verona.juliet).talks.at(0).unread == "0");
}

TEST_CASE("inbox: what is asked for: the unread ones, no messages, a page") {
    Verona verona;
    for (int i = 0; i < 5; ++i) {
        auto& friend_ = verona.server.login("f" + std::to_string(i) + "@example.net/here");
        verona.say(friend_, "juliet@example.org", "hello");
        if (i % 2 == 0)
            verona.seen(*verona.juliet, "f" + std::to_string(i) + "@example.net", "m" + std::to_string(i + 1));
    }
    auto& juliet = *verona.juliet;
    CHECK(look(juliet, "unread-only='true'").text() == "f3 1 hello, f1 1 hello");
    CHECK(look(juliet, "unread-only='true'").sums() == "5 2 2");
    CHECK(look(juliet, "messages='false'").text() == "f4 0 -, f3 1 -, f2 0 -, f1 1 -, f0 0 -");
    CHECK(look(juliet, "messages='perhaps'").error == "bad-request");
    const auto first = look(juliet, "messages='0'", "<max>2</max>");
    CHECK(first.text() == "f4 0 -, f3 1 -");
    CHECK(first.count == "5");
    const auto second = look(juliet, "messages='0'", "<max>2</max><after>" + first.last + "</after>");
    CHECK(second.text() == "f2 0 -, f1 1 -");
    CHECK(second.index == "2");
    CHECK(look(juliet, "messages='0'", "<max>2</max><before>" + second.first + "</before>").text() == first.text());
    CHECK(look(juliet, "messages='0'", "<max>2</max><before/>").text() == "f1 1 -, f0 0 -");
    CHECK(look(juliet, "messages='0'", "<max>1</max><index>3</index>").text() == "f1 1 -");
    CHECK(look(juliet, "messages='0'", "<max>1</max><index>9</index>").text() == "");
    CHECK(look(juliet, "messages='0'", "<max>0</max>").sums() == "5 2 2");
    CHECK(look(juliet, "messages='0'", "<max>2</max><after>x</after>").error == "item-not-found");
}

TEST_CASE("inbox: outlives a restart and a kill, also with more than is derived at once") {
    Verona verona;
    for (int i = 0; i < 300; ++i)
        verona.romeo->send("<message type='chat' id='x" + std::to_string(i) + "' to='juliet@example.org'><body>" +
                           std::to_string(i) + "</body></message>");
    verona.seen(*verona.juliet, "romeo@example.net", "x40"); // of those that are counted only
    SECTION("at once") {}
    SECTION("restart") {
        verona.server.restart();
        verona.enter();
    }
    SECTION("kill") {
        verona.server.kill();
        verona.enter();
    }
    SECTION("reload") { REQUIRE(verona.server.reload("archive").empty()); }
    CHECK(look(*verona.juliet).text() == "romeo 300 299");
    verona.seen(*verona.juliet, "romeo@example.net", "x250");
    CHECK(look(*verona.juliet).text() == "romeo 49 299");
    verona.server.kill();
    verona.enter();
    verona.seen(*verona.juliet, "romeo@example.net", "x299");
    CHECK(look(*verona.juliet).text() == "romeo 0 299");
}

TEST_CASE("inbox: a message that was not kept is not counted") {
    Verona verona;
    verona.romeo_says("one");
    verona.server.fail_commit(1);
    verona.romeo_says("lost");
    CHECK(look(*verona.juliet).text() == "romeo 1 one");
    CHECK(look(*verona.romeo).text() == "juliet 0 one");
}

TEST_CASE("inbox: a removed account's goes with it; the account announces it") {
    Verona verona;
    verona.romeo_says("secret");
    CHECK(look(*verona.juliet).sums() == "1 1 1");
    verona.juliet->send("<iq type='get' id='d' to='juliet@example.org'><query "
                        "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    const auto info = verona.juliet->receive().xml();
    for (const auto* feature : {"urn:xmpp:inbox:1", "urn:xmpp:fulltext:0", "urn:xmpp:message-retract:1",
                                "urn:xmpp:message-retract:1#tombstone"})
        CHECK(info.find("<feature var='" + std::string(feature) + "'/>") != std::string::npos);
    const auto owner = verona.server.owner_of("juliet@example.org");
    verona.server.remove_account("juliet@example.org");
    for (const auto& [name, count] : verona.server.stored(owner)) {
        INFO(name);
        CHECK(count == 0);
    }
}

// ---- XEP-0424 -----------------------------------------------------------------------------------------------------

TEST_CASE("archive: what was taken back leaves a tombstone, in both archives") {
    Verona verona;
    const auto before = verona.romeo_says("before");
    const auto wrong = verona.say(*verona.romeo, "juliet@example.org", "Have not saints lips, and holy palmers too?",
                                  "<origin-id xmlns='urn:xmpp:sid:0' id='mine'/>");
    SECTION("by its id") { verona.retract(*verona.romeo, "juliet@example.org", wrong, "retract-message-1"); }
    SECTION("by its origin-id, from another device") {
        auto& home = verona.server.login("romeo@example.net/home");
        verona.retract(home, "juliet@example.org", "mine", "retract-message-1");
    }
    for (auto* who : {verona.juliet, verona.romeo}) {
        const auto all = ask(*who).messages;
        REQUIRE(all.size() == 3);
        CHECK(all[0].body == "before");
        CHECK(all[1].body == "");
        CHECK(all[1].xml.find("saints") == std::string::npos);
        CHECK(all[1].xml.find("id='" + wrong + "'") != std::string::npos);
        CHECK(all[1].xml.find("<retracted xmlns='urn:xmpp:message-retract:1' id='retract-message-1' stamp='" +
                              all[2].stamp) != std::string::npos);
        CHECK(all[2].xml.find("<retract xmlns='urn:xmpp:message-retract:1'") != std::string::npos);
        CHECK(ask(*who, field("{urn:xmpp:fulltext:0}fulltext", "saints")).messages.empty());
    }
    CHECK(look(*verona.juliet).sums() == "1 1 1");
    for (const auto& [name, count] : verona.server.stored("saints")) {
        INFO(name);
        CHECK(count == 0);
    }
}

TEST_CASE("archive: nobody takes back what somebody else said, nor in another conversation") {
    Verona verona;
    const auto his = verona.romeo_says("his");
    const auto hers = verona.juliet_says("hers");
    const auto others = verona.nurse_says("others");
    verona.retract(*verona.juliet, "romeo@example.net", his, "r1");
    verona.retract(*verona.romeo, "juliet@example.org", hers, "r2");
    verona.retract(*verona.romeo, "juliet@example.org", others, "r3");
    verona.retract(*verona.romeo, "juliet@example.org", "r3", "r4");
    verona.retract(*verona.romeo, "juliet@example.org", "nothing", "r5");
    const auto all = ask(*verona.juliet).messages;
    REQUIRE(all.size() == 8);
    CHECK(all[0].body == "his");
    CHECK(all[1].body == "hers");
    CHECK(all[2].body == "others");
    for (std::size_t i = 3; i < all.size(); ++i) CHECK(all[i].body == "I retracted a message");
}

TEST_CASE("archive: what was taken back is gone also after a kill, and far back") {
    Verona verona;
    const auto wrong = verona.romeo_says("wrong");
    for (int i = 0; i < 200; ++i) verona.romeo_says("word" + std::to_string(i));
    SECTION("at once") { verona.retract(*verona.romeo, "juliet@example.org", wrong); }
    SECTION("after a kill") {
        verona.retract(*verona.romeo, "juliet@example.org", wrong);
        verona.server.kill();
        verona.enter();
    }
    SECTION("where what is derived could not be written at first") {
        verona.romeo->post("<message type='chat' id='r1' to='juliet@example.org'><retract "
                           "xmlns='urn:xmpp:message-retract:1' id='" +
                           wrong + "'/><body>x</body></message>");
        verona.server.fail_commit(2);
        verona.server.settle();
    }
    for (auto* who : {verona.juliet, verona.romeo}) {
        CHECK(ask(*who, field("{urn:xmpp:fulltext:0}fulltext", "wrong")).messages.empty());
        CHECK(ask(*who, "", "<max>10</max>").messages.at(0).body == "");
        CHECK(ask(*who, "", "<max>0</max>").count == "202");
    }
}
