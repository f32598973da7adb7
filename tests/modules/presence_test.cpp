// SPDX-License-Identifier: MIT
// RFC 6121 section 4: who hears of whose presence, and who does not.
#include "modules/presence/directed.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <string>

using namespace epode;
using namespace epode::test;

namespace {

bool has(const std::vector<Received>& all, std::string_view expected) {
    return std::ranges::any_of(all, [&](const Received& received) { return received == expected; });
}
bool refuses(const Received& received, std::string_view type, std::string_view condition) {
    const auto fragment = received.fragment();
    const auto error = fragment.element().child("error");
    return received.attr("type") == "error" && error.attr("type") == type &&
           error.child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas");
}

/// Juliet and Romeo are friends, on different hosts; Mercutio is a stranger to both.
struct Verona {
    TestServer server;
    Verona() : server{"roster", "presence"} { server.befriend("juliet@example.org", "romeo@example.net"); }
    explicit Verona(std::string_view options) : server({"roster", "presence"}, options) {
        server.befriend("juliet@example.org", "romeo@example.net");
    }
    Client& juliet(const std::string& resource = "balcony") { return server.login("juliet@example.org/" + resource); }
    Client& romeo(const std::string& resource = "orchard") { return server.login("romeo@example.net/" + resource); }
    Client& mercutio() { return server.login("mercutio@example.org/street"); }
};

} // namespace

TEST_CASE("initial presence goes to subscribers, from the full JID, and to nobody else (4.2.2)") {
    Verona verona;
    auto& romeo = verona.romeo();
    auto& mercutio = verona.mercutio();
    romeo.available();
    mercutio.available();
    auto& juliet = verona.juliet();
    juliet.send("<presence id='p1'><show>chat</show></presence>");
    CHECK(romeo.receive() ==
          "<presence from='juliet@example.org/balcony' to='romeo@example.net' id='p1'><show>chat</show></presence>");
    CHECK(romeo.silent());
    CHECK(mercutio.silent());
}

TEST_CASE("a resource hears its own presence, and the others hear it too (4.2.2)") {
    TestServer server{"roster", "presence"};
    auto& balcony = server.login("juliet@example.org/balcony");
    auto& hall = server.login("juliet@example.org/hall"); // connected, not available
    balcony.send("<presence/>");
    CHECK(balcony.receive() == "<presence from='juliet@example.org/balcony'/>");
    auto& chamber = server.login("juliet@example.org/chamber");
    chamber.send("<presence><show>away</show></presence>");
    CHECK(balcony.receive() == "<presence from='juliet@example.org/chamber'><show>away</show></presence>");
    const auto heard = chamber.receive_all();
    REQUIRE(heard.size() == 2);
    CHECK(has(heard, "<presence from='juliet@example.org/chamber'><show>away</show></presence>"));
    CHECK(has(heard, "<presence from='juliet@example.org/balcony'/>"));
    CHECK(hall.silent());
}

TEST_CASE("a new resource learns the presence of contacts by probes (4.3)") {
    Verona verona;
    auto& orchard = verona.romeo("orchard");
    auto& street = verona.romeo("street");
    orchard.send("<presence id='one'><show>dnd</show><status>busy!</status></presence>");
    street.send("<presence id='two'><priority>-1</priority></presence>");
    auto& juliet = verona.juliet();
    juliet.send("<presence/>");
    const auto heard = juliet.receive_all();
    CHECK(heard.size() == 3); // her own and his two
    CHECK(has(heard,
              "<presence from='romeo@example.net/orchard' id='one'><show>dnd</show><status>busy!</status></presence>"));
    CHECK(has(heard, "<presence from='romeo@example.net/street' id='two'><priority>-1</priority></presence>"));
}

TEST_CASE("a contact who is away is told so from the bare JID, if wanted (4.3.2 rule 3)") {
    Verona verona("<presence answer-offline='true'/>");
    auto& romeo = verona.romeo();
    romeo.send("<presence/>");
    CHECK(has(romeo.receive_all(), "<presence type='unavailable' from='juliet@example.org'/>"));
    Verona quiet("<presence answer-offline='false'/>");
    auto& other = quiet.romeo();
    other.send("<presence/>");
    CHECK(other.receive() == "<presence from='romeo@example.net/orchard'/>");
    CHECK(other.silent());
}

TEST_CASE("a changed presence is broadcast as it is (4.4.2)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& romeo = verona.romeo();
    auto& mercutio = verona.mercutio();
    juliet.available();
    romeo.available();
    mercutio.available();
    juliet.drain();
    const auto away = "<presence from='juliet@example.org/balcony'><show>away</show><x xmlns='a:b'><y/></x></presence>";
    juliet.send("<presence><show>away</show><x xmlns='a:b'><y/></x></presence>");
    CHECK(romeo.receive() == away);
    CHECK(juliet.receive() == away);
    CHECK(mercutio.silent());
}

TEST_CASE("one-way subscriptions show one way") {
    TestServer server{"roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    auto& romeo = server.login("romeo@example.net/orchard");
    juliet.available();
    romeo.available();
    romeo.send("<presence type='subscribe' to='juliet@example.org'/>");
    juliet.send("<presence type='subscribed' to='romeo@example.net'/>");
    romeo.drain();
    juliet.drain();
    romeo.send("<presence><show>away</show></presence>");
    CHECK(juliet.silent());
    juliet.send("<presence><show>dnd</show></presence>");
    CHECK(has(romeo.receive_all(), "<presence from='juliet@example.org/balcony'><show>dnd</show></presence>"));
}

TEST_CASE("who leaves is seen leaving, with what was said (4.5.2)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& chamber = verona.juliet("chamber");
    auto& romeo = verona.romeo();
    auto& mercutio = verona.mercutio();
    for (auto* client : {&juliet, &chamber, &romeo, &mercutio}) client->available();
    juliet.drain();
    chamber.drain();
    const auto gone =
        "<presence type='unavailable' from='juliet@example.org/balcony'><status>going on vacation</status></presence>";
    juliet.send("<presence type='unavailable'><status>going on vacation</status></presence>");
    CHECK(romeo.receive() == gone);
    CHECK(chamber.receive() == gone);
    CHECK(juliet.receive() == gone);
    CHECK(mercutio.silent());
    romeo.send("<presence><show>away</show></presence>");
    CHECK(juliet.silent()); // she is connected, but not available
}

TEST_CASE("presence after unavailable is initial presence again (4.5.2)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& romeo = verona.romeo();
    juliet.available();
    romeo.available();
    juliet.send("<presence type='unavailable'/>");
    juliet.drain();
    romeo.drain();
    juliet.send("<presence/>");
    CHECK(romeo.receive() == "<presence from='juliet@example.org/balcony'/>");
    CHECK(has(juliet.receive_all(), "<presence from='romeo@example.net/orchard'/>"));
}

TEST_CASE("who is cut off is seen leaving too (4.5.2)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& romeo = verona.romeo();
    juliet.available();
    romeo.available();
    juliet.cut();
    CHECK(romeo.receive() == "<presence type='unavailable' from='juliet@example.org/balcony'/>");
    CHECK(romeo.silent());
}

TEST_CASE("a connection that was never available ends silently") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& romeo = verona.romeo();
    romeo.available();
    juliet.close();
    CHECK(romeo.silent());
}

// ---- Directed presence (4.6) ----------------------------------------------------------------------------------------

TEST_CASE("directed presence reaches a stranger, who hears of the end but of nothing between (4.6.3 rule 2)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& mercutio = verona.mercutio();
    juliet.available();
    mercutio.available();
    juliet.send("<presence to='mercutio@example.org/street'><status>hello</status></presence>");
    CHECK(mercutio.receive() == "<presence from='juliet@example.org/balcony'><status>hello</status></presence>");
    juliet.send("<presence><show>away</show></presence>");
    CHECK(mercutio.silent());
    juliet.send("<presence type='unavailable'><status>bye</status></presence>");
    CHECK(mercutio.receive() ==
          "<presence type='unavailable' from='juliet@example.org/balcony'><status>bye</status></presence>");
    CHECK(mercutio.silent());
}

TEST_CASE("the list of directed presence is cleared when its resource goes") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& mercutio = verona.mercutio();
    juliet.available();
    mercutio.available();
    juliet.send("<presence to='mercutio@example.org'/><presence type='unavailable'/>");
    mercutio.drain();
    juliet.send("<presence/><presence type='unavailable'/>");
    CHECK(mercutio.silent());
}

TEST_CASE("directed unavailable ends it early (4.6.1)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& mercutio = verona.mercutio();
    juliet.available();
    mercutio.available();
    juliet.send("<presence to='mercutio@example.org/street'/>");
    juliet.send("<presence type='unavailable' to='mercutio@example.org/street'/>");
    CHECK(mercutio.receive() == "<presence from='juliet@example.org/balcony'/>");
    CHECK(mercutio.receive() == "<presence type='unavailable' from='juliet@example.org/balcony'/>");
    juliet.cut();
    CHECK(mercutio.silent());
}

TEST_CASE("whoever says goodbye need not be told (4.6.1)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& mercutio = verona.mercutio();
    juliet.available();
    mercutio.available();
    juliet.send("<presence to='mercutio@example.org/street'/>");
    mercutio.send("<presence to='juliet@example.org/balcony'/>");
    mercutio.send("<presence type='unavailable'/>");
    mercutio.send("<presence/>");
    mercutio.drain();
    juliet.close();
    CHECK(mercutio.silent());
}

TEST_CASE("directed presence works without initial presence, also to a subscriber (4.6.3 rule 3)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& romeo = verona.romeo();
    romeo.available();
    juliet.send("<presence to='romeo@example.net'/>");
    CHECK(romeo.receive() == "<presence from='juliet@example.org/balcony'/>");
    juliet.cut();
    CHECK(romeo.receive() == "<presence type='unavailable' from='juliet@example.org/balcony'/>");
    CHECK(romeo.silent());
}

TEST_CASE("a subscriber who got directed presence hears of the end once (4.6.3 rule 1)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& romeo = verona.romeo();
    juliet.available();
    romeo.available();
    juliet.send("<presence to='romeo@example.net/orchard'><status>psst</status></presence>");
    romeo.drain();
    juliet.send("<presence><show>xa</show></presence>");
    CHECK(romeo.receive() == "<presence from='juliet@example.org/balcony'><show>xa</show></presence>");
    juliet.close();
    CHECK(romeo.receive() == "<presence type='unavailable' from='juliet@example.org/balcony'/>");
    CHECK(romeo.silent());
}

TEST_CASE("a session directs presence to so many addresses only") {
    Verona verona("<presence max-directed='2'/>");
    auto& juliet = verona.juliet();
    juliet.send("<presence to='a@example.org'/><presence to='b@example.org'/>");
    CHECK(juliet.silent());
    juliet.send("<presence to='c@example.org'/>");
    CHECK(refuses(juliet.receive(), "wait", "resource-constraint"));
    juliet.send("<presence to='a@example.org'><show>away</show></presence>"); // no new address
    CHECK(juliet.silent());
    juliet.send("<presence type='unavailable' to='a@example.org'/><presence to='c@example.org'/>");
    CHECK(juliet.silent());
}

TEST_CASE("the list of addresses is a set") {
    const auto jid = [](std::string_view text) { return *Jid::parse(text); };
    presence::Directed directed;
    for (const char* text : {"c@d/2", "a@b", "c@d/1", "c@d/2", "c@d"}) directed.add(jid(text));
    CHECK(directed.size() == 4);
    CHECK(directed.contains(jid("c@d/1")));
    directed.erase(jid("c@d/1"));
    directed.erase(jid("x@y"));
    CHECK_FALSE(directed.contains(jid("c@d/1")));
    directed.erase_bare(jid("c@d"));
    REQUIRE(directed.size() == 1);
    CHECK(directed.all().front() == jid("a@b"));
}

// ---- Probes (4.3.2, 4.6.6) ------------------------------------------------------------------------------------------

TEST_CASE("a stranger's probe tells no more than that of an account that does not exist (4.3.2 rule 1)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& mercutio = verona.mercutio();
    juliet.available();
    mercutio.available();
    // The answer is "unsubscribed", which means nothing to someone who never was (table 9).
    for (const char* to : {"juliet@example.org", "juliet@example.org/balcony", "nobody@example.org"}) {
        mercutio.send("<presence type='probe' to='" + std::string(to) + "'/>");
        CHECK(mercutio.silent());
    }
    CHECK(juliet.silent());
}

TEST_CASE("who believes to be subscribed to an account that is gone learns it by a probe, with its id (4.3.2 rule 1)") {
    Verona verona;
    auto& romeo = verona.romeo();
    romeo.available();
    REQUIRE(verona.server.unload("presence").empty()); // his side will not hear of the end
    REQUIRE(verona.server.ctl({"accounts", "delete", "juliet@example.org"}).ok);
    REQUIRE(verona.server.load("presence").empty());
    romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    romeo.drain();
    romeo.send("<presence type='probe' id='xv291f38' to='juliet@example.org'/>");
    CHECK(romeo.receive() == "<presence type='unsubscribed' from='juliet@example.org' id='xv291f38'/>");
}

TEST_CASE("who wrongly believes to be subscribed learns it by a probe, with its id (4.3.2 rule 1)") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& romeo = verona.romeo();
    romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    juliet.available();
    romeo.available();
    REQUIRE(verona.server.unload("presence").empty()); // his side will not hear of the end
    juliet.send("<iq type='set' id='s'><query xmlns='jabber:iq:roster'>"
                "<item jid='romeo@example.net' subscription='remove'/></query></iq>");
    REQUIRE(verona.server.load("presence").empty());
    romeo.drain();
    romeo.send("<presence type='probe' id='xv291f38' to='juliet@example.org'/>");
    CHECK(romeo.receive() == "<presence type='unsubscribed' from='juliet@example.org' id='xv291f38'/>");
    CHECK(romeo.receive() == "<iq type='set'><query xmlns='jabber:iq:roster' ver='*'>"
                             "<item jid='juliet@example.org' subscription='from'/></query></iq>");
    CHECK(romeo.silent());
}

TEST_CASE("a contact's probe is answered with every resource's presence and its own id (4.3.2.1)") {
    Verona verona;
    auto& balcony = verona.juliet();
    auto& chamber = verona.juliet("chamber");
    auto& romeo = verona.romeo();
    balcony.send("<presence id='pres2'><show>away</show></presence>");
    chamber.send("<presence id='pres1'><show>dnd</show></presence>");
    romeo.send("<presence type='probe' id='probe1' to='juliet@example.org'/>");
    const auto heard = romeo.receive_all();
    CHECK(heard.size() == 2);
    CHECK(has(heard, "<presence from='juliet@example.org/balcony' id='pres2'><show>away</show></presence>"));
    CHECK(has(heard, "<presence from='juliet@example.org/chamber' id='pres1'><show>dnd</show></presence>"));
}

TEST_CASE("a probe with nobody there is answered with its own id (4.3.2.1)") {
    Verona verona;
    auto& romeo = verona.romeo();
    romeo.send("<presence type='probe' id='probe2' to='juliet@example.org'/>");
    CHECK(romeo.receive() == "<presence type='unavailable' from='juliet@example.org' id='probe2'/>");
}

TEST_CASE("a probe of one resource tells only whether it is there (4.3.2)") {
    Verona verona;
    auto& balcony = verona.juliet();
    auto& chamber = verona.juliet("chamber");
    auto& romeo = verona.romeo();
    balcony.send("<presence><show>away</show><status>secret</status></presence>");
    chamber.available();
    romeo.send("<presence type='probe' to='juliet@example.org/balcony'/>");
    CHECK(romeo.receive() == "<presence from='juliet@example.org/balcony'/>");
    romeo.send("<presence type='probe' id='x' to='juliet@example.org/hall'/>");
    CHECK(romeo.receive() == "<presence type='unavailable' from='juliet@example.org/hall' id='x'/>");
    CHECK(romeo.silent());
}

TEST_CASE("who got directed presence may ask whether that resource is still there (4.6.6)") {
    Verona verona;
    auto& balcony = verona.juliet();
    auto& chamber = verona.juliet("chamber");
    auto& mercutio = verona.mercutio();
    balcony.send("<presence><show>away</show></presence>");
    chamber.available();
    balcony.send("<presence to='mercutio@example.org/street'><status>hi</status></presence>");
    mercutio.drain();
    mercutio.send("<presence type='probe' to='juliet@example.org/balcony'/>");
    CHECK(mercutio.receive() == "<presence from='juliet@example.org/balcony'/>");
    mercutio.send("<presence type='probe' to='juliet@example.org/chamber'/>");
    CHECK(mercutio.silent());
    balcony.send("<presence type='unavailable' to='mercutio@example.org/street'/>");
    mercutio.drain();
    mercutio.send("<presence type='probe' to='juliet@example.org/balcony'/>");
    CHECK(mercutio.silent());
}

TEST_CASE("one may probe oneself") {
    TestServer server{"roster", "presence"};
    auto& balcony = server.login("juliet@example.org/balcony");
    auto& chamber = server.login("juliet@example.org/chamber");
    chamber.available();
    balcony.send("<presence type='probe' to='juliet@example.org'/>");
    CHECK(balcony.receive() == "<presence from='juliet@example.org/chamber'/>");
    CHECK(balcony.silent());
}

TEST_CASE("a presence of an unknown type is refused (4.7.1)") {
    TestServer server{"roster", "presence"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send("<presence type='available' to='romeo@example.net'/>");
    CHECK(refuses(juliet.receive(), "modify", "bad-request"));
}

TEST_CASE("a reload of the module forgets nobody to whom presence was directed") {
    Verona verona;
    auto& juliet = verona.juliet();
    auto& mercutio = verona.mercutio();
    juliet.available();
    mercutio.available();
    juliet.send("<presence to='mercutio@example.org'/>");
    mercutio.drain();
    REQUIRE(verona.server.reload("presence").empty());
    juliet.cut();
    CHECK(mercutio.receive() == "<presence type='unavailable' from='juliet@example.org/balcony'/>");
}

TEST_CASE("broadcasts that come together take turns with what others send") {
    TestOptions options;
    options.config = "<host name='example.org'/>";
    options.shards = 1;
    options.all_modules = true;
    TestServer server(options);
    for (int i = 0; i < 40; ++i) server.befriend("juliet@example.org", "guest" + std::to_string(i) + "@example.org");
    auto& guest = server.login("guest7@example.org/ball");
    auto& juliet = server.login("juliet@example.org/ball");
    auto& nurse = server.login("nurse@example.org/ball");
    juliet.available();
    guest.available();
    std::string whirl;
    for (int i = 0; i < 10; ++i) whirl += "<presence><status>" + std::to_string(i) + "</status></presence>";
    juliet.post(whirl);
    nurse.post("<message to='guest7@example.org/ball' type='chat'><body>Madam!</body></message>");
    server.settle();
    const auto seen = guest.receive_all();
    const auto message = std::ranges::find_if(seen, [](const Received& each) { return each.attr("type") == "chat"; });
    CHECK(seen.size() == 11);
    CHECK(message - seen.begin() == 1);
}
