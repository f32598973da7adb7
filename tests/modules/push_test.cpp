// SPDX-License-Identifier: MIT
// Whose push services are told, when, what, and what becomes of those that do not answer well.
#include "tests/catch.hpp"
#include "tests/modules/odd/folder.hpp"
#include "tests/modules/push_kit.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::test::push;

namespace {

constexpr std::string_view hist = "<body>hist</body>";

} // namespace

TEST_CASE("push is announced on the account") {
    Verona verona;
    verona.romeo->send("<iq type='get' id='x13' to='romeo@example.org'><query "
                       "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(verona.romeo->receive().xml().find("<feature var='urn:xmpp:push:0'/>") != std::string::npos);
}

TEST_CASE("push: the service is told with the options that it asked for, and nothing private") {
    Verona verona;
    constexpr std::string_view form =
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub"
        "#publish-options</value></field><field var='secret'><value>eruio234vzxc2kla-91</value></field></x>";
    verona.registers("phone", "yxs32uqsflafdk3iuqo", form);
    verona.says(hist);
    const auto told = verona.apps->receive();
    CHECK(told == "<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
                  "node='yxs32uqsflafdk3iuqo'><item><notification xmlns='urn:xmpp:push:0'><x xmlns='jabber:x:data' "
                  "type='result'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:push:summary</value></field>"
                  "<field var='message-count'><value>1</value></field></x></notification></item></publish>"
                  "<publish-options>" +
                      std::string(form) + "</publish-options></pubsub></iq>");
    CHECK(told.attr("from") == "juliet@example.org");
    CHECK(verona.apps->silent());
}

TEST_CASE("push: who wrote, and what, is told where the administrator says so") {
    Verona verona("<push with-sender='true' with-body='true'/>");
    verona.registers("phone", "n");
    verona.says("<body>Wherefore art thou?</body>");
    CHECK(verona.told_well() ==
          "n: message-count=1 last-message-sender=romeo@example.org/orchard last-message-body=Wherefore art thou?");
    verona.says("<body>" + std::string(1023, 'x') + "\xC3\xA4</body>"); // not a half of that
    CHECK(verona.told_well().ends_with("body=" + std::string(1023, 'x')));
}

TEST_CASE("push: a device that is there is not woken, one that is not is, whoever else is there") {
    Verona verona;
    verona.registers("phone", "phone");
    verona.registers("tablet", "tablet");
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    tablet.available();
    verona.says(hist);
    CHECK(verona.told_well() == "phone: message-count=1");
    CHECK(verona.apps->silent());
    auto& phone = verona.server.login("juliet@example.org/phone");
    verona.says(hist);
    CHECK(verona.apps->silent());
    phone.cut();
    tablet.close();
    verona.says(hist);
    CHECK(verona.told_well() == "phone: message-count=1"); // it had been there
    CHECK(verona.told_well() == "tablet: message-count=1");
    CHECK(verona.apps->silent());
}

TEST_CASE("push: what was said to a device when it died is told") {
    Verona verona;
    auto& phone = verona.server.login("juliet@example.org/phone");
    phone.send("<enable xmlns='urn:xmpp:sm:3'/>");
    phone.available();
    Verona::enable(phone, "n");
    verona.says(hist);
    CHECK(verona.apps->silent());
    phone.cut();
    CHECK(verona.told_well() == "n: message-count=1");
}

TEST_CASE("push: a session without a stream is told, one that has another again is not") {
    Verona verona;
    auto& phone = verona.server.login("juliet@example.org/phone");
    phone.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    const auto id = phone.receive().attr("id");
    phone.available();
    Verona::enable(phone, "n");
    phone.cut();
    verona.says(hist);
    CHECK(verona.told_well() == "n: message-count=1");
    auto& again = verona.server.authenticate("juliet@example.org");
    again.send("<resume xmlns='urn:xmpp:sm:3' h='1' previd='" + id + "'/>");
    CHECK(again.receive().xml().starts_with("<resumed"));
    again.drain();
    verona.says(hist);
    CHECK(verona.apps->silent());
    again.cut();
    verona.says(hist);
    CHECK(verona.told_well() == "n: message-count=1");
}

TEST_CASE("push: what a phone had not acknowledged when its stream was lost is told, also what its tablet has") {
    Verona verona;
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    tablet.available(5);
    auto& phone = verona.server.login("juliet@example.org/phone");
    phone.send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    phone.available();
    Verona::enable(phone, "n");
    Verona::enable(tablet, "other");
    phone.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    phone.drain();
    verona.says("<body>read</body>");
    CHECK(phone.receive().xml().find("<received xmlns='urn:xmpp:carbons:2'>") != std::string::npos);
    phone.send("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    verona.says("<body>hist</body>");
    verona.says("<composing xmlns='http://jabber.org/protocol/chatstates'/>");
    verona.says("<body>hark</body>");
    CHECK(verona.apps->silent());
    phone.cut();
    CHECK(verona.told_well() == "n: message-count=1");
    CHECK(verona.told_well() == "n: message-count=2");
    CHECK(verona.apps->silent());
}

TEST_CASE("push: only what somebody would want to see") {
    Verona verona;
    verona.registers("phone", "n");
    for (const auto* inner :
         {"<composing xmlns='http://jabber.org/protocol/chatstates'/>", "<received xmlns='urn:xmpp:receipts' id='1'/>",
          "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", "<body/>",
          "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>",
          "<body>gone</body><retract xmlns='urn:xmpp:message-retract:1' id='1'/>",
          "<finish xmlns='urn:xmpp:jingle-message:0' id='1'/>"}) {
        CAPTURE(inner);
        verona.says(inner);
        CHECK(verona.apps->silent());
    }
    verona.says(hist, "headline");
    verona.says("<body>no</body><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
                "error");
    CHECK(verona.apps->silent());
    int count = 0;
    for (const auto* inner :
         {"<body>hist</body>",
          "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>AA==</payload>"
          "</encrypted><store xmlns='urn:xmpp:hints'/>",
          "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload>AA==</payload></encrypted><body>OMEMO</body>",
          "<x xmlns='jabber:x:conference' jid='darkcave@macbeth.shakespeare.lit'/><body>come</body>"}) {
        CAPTURE(inner);
        verona.says(inner);
        CHECK(verona.told_well() == "n: message-count=" + std::to_string(++count));
    }
}

TEST_CASE("push: a call is urgent, also where nothing else is told") {
    Verona verona;
    verona.registers("phone", "n");
    verona.says("<propose xmlns='urn:xmpp:jingle-message:0' id='ca3cf894'><description "
                "xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose><store xmlns='urn:xmpp:hints'/>");
    CHECK(verona.told_well() == "n: message-count=1 high");
}

TEST_CASE("push: a subscription request is told while it is pending") {
    Verona verona;
    verona.registers("phone", "n");
    verona.romeo->send("<presence to='juliet@example.org' type='subscribe'/>");
    CHECK(verona.told_well() == "n: message-count=0 pending-subscription-count=1");
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    tablet.send("<presence to='romeo@example.org' type='subscribed'/>");
    verona.romeo->send("<presence to='juliet@example.org' type='subscribe'/>");
    CHECK(verona.apps->silent());
}

TEST_CASE("push: disabled is a node, or all of a service") {
    Verona verona;
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    verona.registers("phone", "a");
    verona.registers("phone", "b");
    verona.registers("phone", "c");
    CHECK(Verona::disable(tablet, "node='b'") == "<iq type='result' id='d'/>");
    verona.says(hist);
    CHECK(verona.told_well() == "a: message-count=1");
    CHECK(verona.told_well() == "c: message-count=1");
    CHECK(Verona::disable(tablet, "") == "<iq type='result' id='d'/>");
    CHECK(Verona::disable(tablet, "node='never'") == "<iq type='result' id='d'/>");
    verona.says(hist);
    CHECK(verona.apps->silent());
    CHECK(verona.registrations() == 0);
    CHECK(verona.server.stored("juliet@example.org")["store/push/accounts"] == 0);
}

TEST_CASE("push: enabled again, the last request counts, and it is that device's") {
    Verona verona;
    const auto form = [](const char* secret) {
        return "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub"
               "#publish-options</value></field><field var='secret'><value>" +
               std::string(secret) + "</value></field></x>";
    };
    verona.registers("phone", "n", form("one"));
    verona.registers("new-phone", "n", form("two"));
    auto& phone = verona.server.login("juliet@example.org/phone");
    phone.available();
    verona.says(hist);
    const auto told = verona.apps->receive();
    CHECK(told.xml().find("<value>two</value>") != std::string::npos);
    CHECK(told.xml().find("<value>one</value>") == std::string::npos);
    CHECK(verona.apps->silent());
}

TEST_CASE("push: what cannot be enabled") {
    Verona verona("<push most='2'/>");
    auto& phone = verona.server.login("juliet@example.org/phone");
    CHECK(Verona::enable(phone, "n", "", "juliet@example.org").xml().find("<not-allowed") != std::string::npos);
    CHECK(Verona::enable(phone, "n", "", "@").xml().find("<jid-malformed") != std::string::npos);
    phone.send("<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' node='n'/></iq>");
    CHECK(phone.receive().xml().find("<bad-request") != std::string::npos);
    for (const auto* node : {"a", "b", "a"}) CHECK(Verona::enable(phone, node).attr("type") == "result");
    CHECK(Verona::enable(phone, "c").xml().find("<resource-constraint") != std::string::npos);
}

TEST_CASE("push: while a service has not answered it is told nothing more, and then once what has come") {
    Verona verona;
    verona.registers("phone", "n");
    verona.says(hist);
    CHECK(verona.told() == "n: message-count=1");
    verona.says(hist);
    verona.says(hist);
    CHECK(verona.apps->silent());
    verona.answer();
    CHECK(verona.told_well() == "n: message-count=3");
    CHECK(verona.apps->silent());
}

TEST_CASE("push: a stranger's answer is none") {
    Verona verona;
    verona.registers("phone", "n");
    verona.says(hist);
    CHECK(verona.told() == "n: message-count=1");
    verona.romeo->send("<iq type='error' id='" + verona.asked +
                       "' to='juliet@example.org'><error type='cancel'><item-not-found "
                       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    CHECK(verona.registrations() == 1);
    verona.answer();
    verona.says(hist);
    CHECK(verona.told() == "n: message-count=2");
}

TEST_CASE("push: an error that lasts disables the service") {
    for (const auto* condition : {"item-not-found", "forbidden", "not-authorized", "gone", "no-such-condition"}) {
        CAPTURE(condition);
        Verona verona;
        verona.registers("phone", "n");
        verona.says(hist);
        CHECK(verona.told() == "n: message-count=1");
        verona.refuse("cancel", condition);
        CHECK(verona.registrations() == 0);
        verona.says(hist);
        CHECK(verona.apps->silent());
    }
}

TEST_CASE("push: an error that passes is waited for, longer each time, and in the end given up") {
    Verona verona("<push give-up='4'/>");
    verona.registers("phone", "n");
    verona.says(hist);
    CHECK(verona.told() == "n: message-count=1");
    verona.refuse("wait", "policy-violation");
    verona.says(hist); // kept for the next attempt
    CHECK(verona.apps->silent());
    verona.server.advance(30s);
    CHECK(verona.apps->silent());
    verona.server.advance(1min);
    CHECK(verona.told() == "n: message-count=2");
    verona.refuse("cancel", "internal-server-error");
    verona.server.advance(90s);
    CHECK(verona.apps->silent());
    verona.server.advance(1min);
    CHECK(verona.told() == "n: message-count=2");
    verona.answer(); // well again: it begins anew
    for (const auto pause : {75s, 135s, 255s}) {
        if (pause == 75s) verona.says(hist);
        CHECK(verona.told() == "n: message-count=3");
        verona.refuse("wait", "resource-constraint");
        CHECK(verona.registrations() == 1);
        verona.server.advance(pause);
    }
    CHECK(verona.told() == "n: message-count=3");
    verona.refuse("wait", "resource-constraint");
    CHECK(verona.registrations() == 0);
}

TEST_CASE("push: a device that comes back meanwhile is told by its own stream") {
    Verona verona;
    verona.registers("phone", "n");
    verona.says(hist);
    CHECK(verona.told() == "n: message-count=1");
    verona.refuse("wait", "resource-constraint");
    auto& phone = verona.server.login("juliet@example.org/phone");
    phone.available();
    verona.server.advance(5min);
    CHECK(verona.apps->silent());
}

TEST_CASE("push: no answer within a minute is an error that passes") {
    Verona verona;
    verona.registers("phone", "n");
    verona.says(hist);
    CHECK(verona.told() == "n: message-count=1");
    verona.server.advance(50s);
    CHECK(verona.apps->silent());
    verona.server.advance(3min);
    CHECK(verona.told_well() == "n: message-count=1");
}

TEST_CASE("push: a service elsewhere, or one that is not there now, is not given up at once") {
    Verona verona("<push give-up='3'/>");
    auto& phone = verona.server.login("juliet@example.org/phone");
    CHECK(Verona::enable(phone, "n", "", "push.elsewhere.example").attr("type") == "result");
    CHECK(Verona::enable(phone, "n").attr("type") == "result");
    phone.close();
    verona.apps->close();
    const auto elsewhere = [&] { return verona.server.stored("push.elsewhere.example")["store/push/registrations"]; };
    verona.says(hist);
    verona.says(hist);
    CHECK(elsewhere() == 1);
    CHECK(verona.registrations() == 1);
    verona.apps = &verona.server.login(std::string(app));
    verona.server.advance(75s);
    CHECK(verona.told_well() == "n: message-count=2");
    CHECK(elsewhere() == 1); // its second failure
    verona.server.advance(3min);
    CHECK(elsewhere() == 0); // its third
    CHECK(verona.registrations() == 1);
}

TEST_CASE("push: registrations, and what waits, outlive the server and the module") {
    Verona verona;
    verona.registers("phone", "n");
    verona.says(hist);
    CHECK(verona.told_well() == "n: message-count=1");
    verona.server.kill();
    verona.apps = &verona.server.login(std::string(app));
    verona.romeo = &verona.server.login("romeo@example.org/orchard");
    verona.says(hist);
    CHECK(verona.told_well() == "n: message-count=2");
    CHECK(verona.server.reload("push").empty());
    verona.says(hist);
    CHECK(verona.told_well() == "n: message-count=3");
}

TEST_CASE("push: a registration that cannot be kept is not there") {
    Verona verona;
    auto& phone = verona.server.login("juliet@example.org/phone");
    verona.server.fail_commit(1);
    CHECK(Verona::enable(phone, "n").attr("type") == "error");
    phone.close();
    verona.says(hist);
    CHECK(verona.apps->silent());
}

TEST_CASE("push: neither who is blocked wakes anybody, nor oneself") {
    Verona verona;
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    verona.registers("phone", "n");
    tablet.send("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='romeo@example.org'/></block></iq>");
    verona.says(hist);
    tablet.send("<message to='juliet@example.org' type='chat'><body>note</body></message>");
    CHECK(verona.apps->silent());
}

TEST_CASE("push: a service takes its node back") {
    Verona verona;
    verona.registers("phone", "n");
    verona.registers("phone", "m");
    const auto withdraw = [](Client& who) {
        who.send("<message to='juliet@example.org'><pubsub xmlns='http://jabber.org/protocol/pubsub' node='n'>"
                 "<affiliation jid='juliet@example.org' affiliation='none'/></pubsub></message>");
    };
    withdraw(*verona.romeo); // who is no such service
    CHECK(verona.registrations() == 2);
    withdraw(*verona.apps);
    verona.apps->drain();
    CHECK(verona.registrations() == 1);
    verona.says(hist);
    CHECK(verona.told_well() == "m: message-count=1");
}

TEST_CASE("push: nothing is left of an account that is removed") {
    Verona verona;
    verona.registers("phone", "n");
    verona.server.remove_account("juliet@example.org");
    for (const auto& [table, rows] : verona.server.stored("juliet@example.org")) {
        CAPTURE(table);
        if (table.starts_with("store/push")) CHECK(rows == 0);
    }
    CHECK(verona.registrations() == 0);
}

TEST_CASE("push: a chat's own setting is obeyed") {
    Verona verona;
    auto& tablet = verona.server.login("juliet@example.org/tablet");
    const auto set = [&](std::string_view setting) {
        tablet.send("<iq type='set' id='s'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
                    "node='urn:xmpp:bookmarks:1'><item id='romeo@example.org'><conference "
                    "xmlns='urn:xmpp:bookmarks:1'><extensions><notify xmlns='urn:xmpp:notification-settings:1'>" +
                    std::string(setting) + "</notify></extensions></conference></item></publish></pubsub></iq>");
        CHECK(tablet.receive().attr("type") == "result");
        tablet.drain();
    };
    verona.registers("phone", "n");
    set("<never/>");
    verona.says(hist);
    CHECK(verona.apps->silent());
    verona.says("<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>"); // a muted chat still rings
    CHECK(verona.told_well() == "n: message-count=1 high");
    set("<on-mention/>");
    verona.says(hist);
    CHECK(verona.apps->silent());
    verona.says("<body>hist</body><reply xmlns='urn:xmpp:reply:0' to='juliet@example.org/x' id='1'/>");
    CHECK(verona.told_well() == "n: message-count=2 high");
    set("<never identity-category='client' identity-type='pc'/><always/>");
    verona.says(hist);
    CHECK(verona.told_well() == "n: message-count=3");
}

TEST_CASE("push: other modules are asked, and a service of this host is told at its domain") {
    const Folder folder;
    folder.add("odd_push", "odd_push");
    TestServer server{"push", "offline", "odd_push"};
    auto& phone = server.login("juliet@example.org/phone");
    auto& dumb = server.login("juliet@example.org/dumb");
    auto& romeo = server.login("romeo@example.org/orchard");
    const auto rows = [&] { return server.stored("push.example.org")["store/push/registrations"]; };
    const auto enabled = [](Client& client, std::string_view node) {
        return Verona::enable(client, node, "", "push.example.org").attr("type");
    };
    CHECK(enabled(dumb, "good") == "error");
    for (const auto* node : {"good", "gone", "busy"}) CHECK(enabled(phone, node) == "result");
    CHECK(Verona::enable(phone, "spy", "", "romeo@example.org/orchard").attr("type") == "result");
    phone.close();
    const auto says = [&](const char* body) {
        romeo.send("<message to='juliet@example.org' type='chat'><body>" + std::string(body) + "</body></message>");
        auto told = romeo.receive();
        if (told) romeo.send("<iq type='result' id='" + told.attr("id") + "' to='juliet@example.org'/>");
        return told.xml();
    };
    CHECK(says("hush").empty());
    CHECK(rows() == 3);
    const auto told = says("fire");
    CHECK(told.find("<additional xmlns='http://example.com/custom'>odd</additional>") != std::string::npos);
    CHECK(told.find(">high</priority>") != std::string::npos);
    CHECK(rows() == 2); // "gone" is
}
