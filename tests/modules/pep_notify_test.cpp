// SPDX-License-Identifier: MIT
// Personal eventing: who hears of what, and when.
#include "tests/catch.hpp"
#include "tests/modules/pep_kit.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::test::pep;

namespace {

const Software exodus{"tune"};

/// Juliet and Romeo see each other; both are there, with clients that want to hear of tunes.
struct Verona {
    TestServer server{"pep", "roster", "presence", "blocking"};
    Client* juliet = nullptr;
    Client* romeo = nullptr;

    Verona() {
        server.befriend("juliet@example.org", "romeo@example.org");
        juliet = &server.login("juliet@example.org/balcony");
        romeo = &server.login("romeo@example.org/orchard");
        appear(*juliet, exodus);
        appear(*romeo, exodus);
        juliet->drain();
    }
};

} // namespace

TEST_CASE("pep: an item reaches own devices and contacts that want it, nobody else") {
    Verona verona;
    auto& other = verona.server.login("juliet@example.org/chamber");
    appear(other, exodus);
    auto& deaf = verona.server.login("juliet@example.org/deaf");
    deaf.available();
    auto& street = verona.server.login("romeo@example.org/street");
    appear(street, Software{"mood"});
    auto& tybalt = verona.server.login("tybalt@example.org/street");
    appear(tybalt, exodus);
    verona.juliet->drain();
    verona.romeo->drain();
    other.drain();
    verona.juliet->send(iq("set", publish("tune", "a", "one")));
    CHECK(heard(*verona.juliet) == "juliet@example.org tune a=one");
    CHECK(heard(other) == "juliet@example.org tune a=one");
    CHECK(heard(*verona.romeo) == "juliet@example.org tune a=one");
    CHECK(heard(deaf).empty());
    CHECK(heard(street).empty());
    CHECK(tybalt.silent());
}

TEST_CASE("pep: nothing is told of a node that somebody may not read") {
    Verona verona;
    CHECK(ask(*verona.juliet, iq("set", publish("tune", "a", "one", field("access_model", "whitelist")))) == "result");
    CHECK(heard(*verona.romeo).empty());
    CHECK(ask(*verona.juliet, owner_iq("set", "<affiliations node='tune'><affiliation jid='romeo@example.org' "
                                              "affiliation='member'/></affiliations>")) == "result");
    verona.juliet->send(iq("set", publish("tune", "b", "two")));
    CHECK(heard(*verona.romeo) == "juliet@example.org tune b=two");
    CHECK(ask(*verona.juliet, owner_iq("set", "<affiliations node='tune'><affiliation jid='romeo@example.org' "
                                              "affiliation='outcast'/></affiliations>")) == "result");
    verona.juliet->send(iq("set", publish("tune", "c", "three")));
    CHECK(heard(*verona.romeo).empty());
    CHECK(read(*verona.romeo, iq("get", items("tune"), "juliet@example.org")) == "error auth forbidden");
}

TEST_CASE("pep: who is blocked hears nothing, and who blocks neither") {
    Verona verona;
    auto& blocker = GENERATE(0, 1) == 0 ? *verona.juliet : *verona.romeo;
    const std::string whom = &blocker == verona.juliet ? "romeo@example.org" : "juliet@example.org";
    blocker.send("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='" + whom + "'/></block></iq>");
    blocker.drain();
    verona.romeo->drain();
    verona.juliet->send(iq("set", publish("tune", "a", "one")));
    CHECK(heard(*verona.juliet) == "juliet@example.org tune a=one");
    CHECK(heard(*verona.romeo).empty());
    auto& late = verona.server.login("romeo@example.org/late");
    late.send(exodus.presence()); // which the server knows
    CHECK(heard(late).empty());
}

TEST_CASE("pep: a client that comes gets the last items, once the server knows what it wants") {
    Verona verona;
    CHECK(ask(*verona.juliet, iq("set", publish("tune", "a", "one"))) == "result");
    CHECK(ask(*verona.juliet, iq("set", publish("mood", "m", "sad"))) == "result");
    CHECK(ask(*verona.juliet, iq("set", publish("silent", "s", "x", field("send_last_published_item", "never")))) ==
          "result");
    auto& own = verona.server.login("juliet@example.org/chamber");
    own.send(exodus.presence()); // which the server knows
    CHECK(heard(own) == "juliet@example.org tune a=one");

    const Software psi{"mood", "silent", "tune"};
    auto& late = verona.server.login("romeo@example.org/street");
    late.send(psi.presence());
    std::string answer;
    for (const auto& received : late.receive_all()) {
        CHECK(received.xml().find("pubsub#event") == std::string::npos);
        if (const auto found = psi.answer(received); !found.empty()) answer = found;
    }
    REQUIRE_FALSE(answer.empty());
    CHECK(ask(*verona.juliet, iq("set", publish("mood", "m", "merry"))) == "result");
    CHECK(heard(late).empty()); // nothing until it has answered
    late.send(answer);
    CHECK(heard(late) == "juliet@example.org mood m=merry\njuliet@example.org tune a=one");
    late.send("<presence><show>away</show>" + psi.element() + "</presence>");
    CHECK(heard(late).empty()); // only the first presence counts
    late.send("<presence type='unavailable'/>");
    late.drain();
    late.send(psi.presence());
    CHECK(heard(late) == "juliet@example.org mood m=merry\njuliet@example.org tune a=one");
}

TEST_CASE("pep: a last item says since when it is there (XEP-0203)") {
    Verona verona;
    CHECK(ask(*verona.juliet, iq("set", publish("tune", "a", "one"))) == "result");
    verona.server.advance(1h);
    auto& own = verona.server.login("juliet@example.org/chamber");
    own.send(exodus.presence());
    bool stamped = false;
    for (const auto& received : own.receive_all())
        stamped |= received.xml().find("urn:xmpp:delay") != std::string::npos;
    CHECK(stamped);
}

TEST_CASE("pep: capabilities that are not what their hash says count for nobody else") {
    TestServer server{"pep", "roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& liar = server.login("juliet@example.org/liar");
    Software false_one{"mood"};
    false_one.caps = exodus.caps;
    CHECK(appear(liar, false_one));
    CHECK(appear(juliet, exodus)); // asked again
    juliet.drain();
    juliet.send(iq("set", publish("tune", "a", "one")));
    CHECK(heard(juliet) == "juliet@example.org tune a=one");
    CHECK(heard(liar).empty());
}

TEST_CASE("pep: clients of the same kind that come at once are asked by one question") {
    TestServer server{"pep"};
    auto& one = server.login("juliet@example.org/one");
    auto& two = server.login("juliet@example.org/two");
    CHECK(ask(one, iq("set", publish("tune", "a", "one"))) == "result");
    one.send(exodus.presence());
    two.send(exodus.presence());
    std::string answer;
    for (const auto& received : one.receive_all())
        if (const auto found = exodus.answer(received); !found.empty()) answer = found;
    REQUIRE_FALSE(answer.empty());
    for (const auto& received : two.receive_all()) CHECK(received.attr("type") != "get");
    SECTION("whose answer counts for all") {
        one.send(answer);
        CHECK(heard(one) == "juliet@example.org tune a=one");
        CHECK(heard(two) == "juliet@example.org tune a=one");
    }
    SECTION("and the next is asked where the first does not answer") {
        one.cut();
        server.advance(1s);
        answer.clear();
        for (const auto& received : two.receive_all())
            if (const auto found = exodus.answer(received); !found.empty()) answer = found;
        REQUIRE_FALSE(answer.empty());
        two.send(answer);
        CHECK(heard(two) == "juliet@example.org tune a=one");
    }
}

TEST_CASE("pep: items that are taken back, a purge and the end of a node are told") {
    Verona verona;
    for (const char* id : {"a", "b"})
        CHECK(ask(*verona.juliet, iq("set", publish("tune", id, "x", field("max_items", "max")))) == "result");
    verona.romeo->drain();
    CHECK(ask(*verona.juliet, iq("set", "<retract node='tune' notify='1'><item id='a'/></retract>")) == "result");
    CHECK(heard(*verona.romeo) == "juliet@example.org tune -a");
    CHECK(read(*verona.juliet, iq("get", items("tune"))) == "b=x");
    CHECK(ask(*verona.juliet, owner_iq("set", "<purge node='tune'/>")) == "result");
    CHECK(heard(*verona.romeo) == "juliet@example.org tune purge");
    CHECK(read(*verona.juliet, iq("get", items("tune"))).empty());
    CHECK(ask(*verona.juliet, owner_iq("set", "<delete node='tune'/>")) == "result");
    CHECK(heard(*verona.romeo) == "juliet@example.org tune delete");
    CHECK(read(*verona.juliet, iq("get", items("tune"))) == "error cancel item-not-found");
}

TEST_CASE("pep: a new contact gets the last items as soon as he may see presence") {
    TestServer server{"pep", "roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.org/orchard");
    juliet.available();
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one"))) == "result");
    appear(romeo, exodus);
    romeo.send("<presence type='subscribe' to='juliet@example.org'/>");
    juliet.send("<presence type='subscribed' to='romeo@example.org'/>");
    CHECK(heard(romeo) == "juliet@example.org tune a=one");
    romeo.send("<presence type='unavailable'/>");
    romeo.drain();
    romeo.send(exodus.presence());
    CHECK(heard(romeo) == "juliet@example.org tune a=one");
    juliet.send(iq("set", publish("tune", "b", "two")));
    CHECK(heard(romeo) == "juliet@example.org tune b=two");
}

TEST_CASE("pep: a subscription that was asked for brings events without capabilities, until it ends") {
    TestServer server{"pep", "roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& benvolio = server.login("benvolio@example.org/street");
    benvolio.available();
    CHECK(ask(juliet, iq("set", publish("tune", "a", "one", field("access_model", "open")))) == "result");
    benvolio.send(iq("set", "<subscribe node='tune' jid='benvolio@example.org'/>", "juliet@example.org"));
    const auto answers = benvolio.receive_all();
    REQUIRE(answers.size() == 2);
    CHECK(answers[0].xml().find("SubID") != std::string::npos); // the last item
    CHECK(answers[1] == "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><subscription node='tune' "
                        "jid='benvolio@example.org' subid='*' subscription='subscribed'/></pubsub></iq>");
    juliet.send(iq("set", publish("tune", "b", "two")));
    CHECK(heard(benvolio) == "juliet@example.org tune b=two");
    benvolio.send(iq("get", "<subscriptions/>", "juliet@example.org"));
    CHECK(benvolio.receive().xml().find("node='tune'") != std::string::npos);
    CHECK(ask(benvolio, iq("set", "<unsubscribe node='tune' jid='benvolio@example.org' subid='no'/>",
                           "juliet@example.org")) == "error modify not-acceptable invalid-subid");
    CHECK(ask(benvolio, iq("set", "<unsubscribe node='tune' jid='benvolio@example.org'/>", "juliet@example.org")) ==
          "result");
    CHECK(ask(benvolio, iq("set", "<unsubscribe node='tune' jid='benvolio@example.org'/>", "juliet@example.org")) ==
          "error wait unexpected-request not-subscribed");
    juliet.send(iq("set", publish("tune", "c", "three")));
    CHECK(heard(benvolio).empty());
    CHECK(ask(benvolio, iq("set", "<subscribe node='tune' jid='romeo@example.org'/>", "juliet@example.org")) ==
          "error modify bad-request invalid-jid");
    CHECK(ask(benvolio, iq("set", "<subscribe node='none' jid='benvolio@example.org'/>", "juliet@example.org")) ==
          "error cancel item-not-found");
}

TEST_CASE("pep: a reload keeps who wants what") {
    Verona verona;
    CHECK(verona.server.reload("pep").empty());
    verona.juliet->send(iq("set", publish("tune", "a", "one")));
    CHECK(heard(*verona.juliet) == "juliet@example.org tune a=one");
    CHECK(heard(*verona.romeo) == "juliet@example.org tune a=one");
}
