// SPDX-License-Identifier: MIT
// XEP-0317: hats are made, given, taken and seen.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

const std::string assistant = "http://tech.example.edu/hats#TeacherAssistant";

std::string command(std::string_view node, std::string_view fields = {}) {
    std::string form;
    if (!fields.empty())
        form = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
               "<value>urn:xmpp:hats:commands</value></field>" +
               std::string(fields) + "</x>";
    return "<iq type='set' id='9fets723' to='coven@conference.example.org'>"
           "<command xmlns='http://jabber.org/protocol/commands' node='urn:xmpp:hats:commands:" +
           std::string(node) + "'>" + form + "</command></iq>";
}
std::string has(std::string_view var, std::string_view value) {
    return "<field var='hats#" + std::string(var) + "'><value>" + std::string(value) + "</value></field>";
}
std::string made(std::string_view title = "Assistant", std::string_view hue = "327.255249") {
    return has("title", title) + has("uri", assistant) + has("hue", hue);
}
std::string of(std::string_view jid) { return has("jid", jid) + has("uri", assistant); }

/// The titles that a presence shows.
std::string hats_of(const Received& received) {
    const auto kept = received.fragment();
    std::string all;
    for (const auto hat : kept.element().child("hats", "urn:xmpp:hats:0").children())
        all += (all.empty() ? "" : " ") + hat.attr("title").str();
    return all;
}

struct Coven : Witches {
    /// The answer: "completed", "executing" or the error; what it told others is left unread.
    std::string gives(Client& client, const std::string& iq) {
        client.drain();
        client.send(iq);
        const auto answer = client.receive();
        const auto kept = answer.fragment();
        return answer.attr("type") == "error" ? error_of(answer) : kept.element().first().attr("status").str();
    }
};

} // namespace

TEST_CASE("a hat is made with a form, given, and seen in presence by everybody") {
    Coven coven;
    CHECK(coven.gives(coven.crone, command("create")) == "executing");
    CHECK(coven.gives(coven.crone, command("create", made())) == "completed");
    CHECK(codes_of(coven.hag.receive()) == "104");
    CHECK(coven.gives(coven.crone, command("assign")) == "executing");
    CHECK(coven.gives(coven.crone, command("assign", of("hag66@example.org"))) == "completed");
    const auto told = coven.crone.receive();
    CHECK(told == "<presence from='coven@conference.example.org/thirdwitch'>"
                  "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='*'/>"
                  "<hats xmlns='urn:xmpp:hats:0'><hat title='Assistant' uri='" +
                      assistant +
                      "' hue='327.255249'/></hats><x xmlns='http://jabber.org/protocol/muc#user'>"
                      "<item affiliation='none' jid='hag66@example.org/pda' role='participant'/></x></presence>");
    CHECK(hats_of(coven.hag.receive()) == "Assistant");
    auto& late = coven.server.login("late@example.org/x");
    join(late, "late");
    CHECK(hats_of(late.receive_all()[1]) == "Assistant");
    // Nobody puts one on by himself, and it stays with new presence.
    coven.crone.drain();
    coven.hag.send("<presence to='coven@conference.example.org/thirdwitch'><show>away</show>"
                   "<hats xmlns='urn:xmpp:hats:0'><hat title='King' uri='x:y'/></hats></presence>");
    CHECK(hats_of(coven.crone.receive()) == "Assistant");
}

TEST_CASE("a hat that is changed is seen so; one that is taken or destroyed is seen no more") {
    Coven coven;
    coven.gives(coven.crone, command("create", made()));
    coven.gives(coven.crone, command("assign", of("hag66@example.org")));
    coven.hag.drain();
    CHECK(coven.gives(coven.crone, command("create", made("Teacher's Assistant"))) == "completed");
    CHECK(codes_of(coven.hag.receive()) == "104");
    CHECK(hats_of(coven.hag.receive()) == "Teacher's Assistant");
    CHECK(coven.gives(coven.crone, command("unassign", of("hag66@example.org"))) == "completed");
    const auto bare = coven.hag.receive();
    CHECK(item_of(bare, "role") == "participant");
    CHECK(hats_of(bare).empty());
    CHECK(coven.gives(coven.crone, command("unassign", of("hag66@example.org"))) == "cancel item-not-found");
    coven.gives(coven.crone, command("assign", of("hag66@example.org")));
    CHECK(coven.gives(coven.crone, command("assign", of("hag66@example.org"))) == "cancel conflict");
    coven.hag.drain();
    CHECK(coven.gives(coven.crone, command("destroy", has("uri", assistant))) == "completed");
    CHECK(codes_of(coven.hag.receive()) == "104");
    CHECK(hats_of(coven.hag.receive()).empty());
    CHECK(coven.gives(coven.crone, command("assign", of("hag66@example.org"))) == "modify not-acceptable");
}

TEST_CASE("hats are listed for those inside, and who wears them for those who may know") {
    Coven coven;
    coven.gives(coven.crone, command("create", made()));
    coven.gives(coven.crone, command("assign", of("hag66@example.org")));
    coven.hag.drain();
    coven.hag.send(command("list"));
    const auto list = coven.hag.receive().xml();
    CHECK(list.contains("status='completed'"));
    CHECK(list.contains("<item><field var='hats#title'><value>Assistant</value></field><field var='hats#uri'><value>" +
                        assistant + "</value></field><field var='hats#hue'><value>327.255249</value></field></item>"));
    CHECK(coven.gives(coven.hag, command("list-assigned")) == "auth forbidden");
    coven.crone.drain();
    coven.crone.send(command("list-assigned"));
    CHECK(coven.crone.receive().xml().contains("<value>hag66@example.org</value>"));
    coven.hag.send("<iq type='get' id='i' to='coven@conference.example.org'>"
                   "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    const auto info = coven.hag.receive().xml();
    CHECK(info.contains("<feature var='urn:xmpp:hats:0'/>"));
    CHECK(info.contains("<field var='hats#hash'"));
    const std::string items = "<iq type='get' id='i' to='coven@conference.example.org'><query "
                              "node='http://jabber.org/protocol/commands' "
                              "xmlns='http://jabber.org/protocol/disco#items'/></iq>";
    coven.hag.send(items);
    const auto few = coven.hag.receive().xml();
    CHECK(few.contains("urn:xmpp:hats:commands:list'"));
    CHECK_FALSE(few.contains("urn:xmpp:hats:commands:create"));
    coven.crone.send(items);
    CHECK(coven.crone.receive().xml().contains("urn:xmpp:hats:commands:create"));
    coven.hag.send("<iq type='get' id='i' to='coven@conference.example.org'><query node='urn:xmpp:hats:commands:list' "
                   "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(coven.hag.receive().xml().contains("<identity category='automation' type='command-node' name='List hats'/>"));
}

TEST_CASE("only admins give hats; forms are checked; a command may be cancelled, and another one there is not") {
    Coven coven;
    for (const char* node : {"create", "destroy", "assign", "unassign"})
        CHECK(coven.gives(coven.hag, command(node)) == "auth forbidden");
    CHECK(coven.gives(coven.crone, command("create", has("title", "Assistant"))) == "modify not-acceptable");
    CHECK(coven.gives(coven.crone, command("create", made("Assistant", "blue"))) == "modify not-acceptable");
    CHECK(coven.gives(coven.crone, command("create", made("Assistant", "400"))) == "modify not-acceptable");
    CHECK(coven.gives(coven.crone, command("destroy", has("uri", "x:y"))) == "modify not-acceptable");
    CHECK(coven.gives(coven.crone, command("wear")) == "cancel item-not-found");
    coven.crone.send("<iq type='set' id='c' to='coven@conference.example.org'>"
                     "<command xmlns='http://jabber.org/protocol/commands' action='cancel' "
                     "node='urn:xmpp:hats:commands:create' sessionid='s'/></iq>");
    CHECK(coven.crone.receive().xml().contains("status='canceled'"));
}

TEST_CASE("hats outlive a restart and a reload; one that could not be kept there is not") {
    Coven coven;
    configure(coven.crone, field("roomconfig_persistentroom", "1"));
    coven.gives(coven.crone, command("create", made()));
    coven.gives(coven.crone, command("assign", of("crone1@example.org")));
    CHECK(coven.server.reload("muc") == "");
    coven.server.fail_commit(1);
    CHECK(coven.gives(coven.crone, command("assign", of("hag66@example.org"))) == "wait internal-server-error");
    coven.server.restart();
    auto& crone = coven.server.login("crone1@example.org/desktop");
    join(crone, "firstwitch");
    CHECK(hats_of(crone.receive()) == "Assistant");
    auto& hag = coven.server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(hats_of(hag.receive_all()[1]).empty());
}
