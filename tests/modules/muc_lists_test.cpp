// SPDX-License-Identifier: MIT
// XEP-0463: a room's lists, sent to who enters as far as he does not know them.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

std::string mav_of(const Received& received, std::string_view attribute) {
    const auto kept = received.fragment();
    return kept.element()
        .child("x", "http://jabber.org/protocol/muc#user")
        .child("mav", "urn:xmpp:muc:affiliations:1")
        .attr(attribute)
        .str();
}

struct Coven {
    TestServer server{"muc"};
    Client& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    Client& hag = server.login("hag66@example.org/pda");

    Coven() {
        configure(crone, field("roomconfig_whois", "anyone") + field("roomconfig_persistentroom", "1"));
        set("<item affiliation='member' jid='wiccarocks@example.org'/>"
            "<item affiliation='outcast' jid='foe@example.org'/>");
    }
    void set(std::string_view items) {
        crone.send(admin("set", items));
        crone.drain();
    }
    /// Enters with that version, or none; what comes, up to and with one's own presence.
    std::vector<Received> enter(Client& client, std::string_view since) {
        join(client, "thirdwitch",
             "<mav xmlns='urn:xmpp:muc:affiliations:1'" + (since.empty() ? "" : " since='" + std::string(since) + "'") +
                 "/>");
        auto all = client.receive_all();
        crone.drain();
        while (!all.empty() && codes_of(all.back()).empty()) all.pop_back();
        client.send("<presence type='unavailable' to='coven@conference.example.org/thirdwitch'/>");
        client.drain();
        crone.drain();
        return all;
    }
};

std::string full(std::string_view items) {
    return "<message from='coven@conference.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
           "<mav xmlns='urn:xmpp:muc:affiliations:1' until='*'/>" +
           std::string(items) + "</x></message>";
}

} // namespace

TEST_CASE("who knows nothing gets everything he may see, before all presence, and its version with his own") {
    Coven coven;
    const auto all = coven.enter(coven.hag, "");
    REQUIRE(all.size() == 3);
    CHECK(all[0] == full("<item jid='crone1@example.org' affiliation='owner'/>"
                         "<item jid='wiccarocks@example.org' affiliation='member'/>"));
    CHECK(mav_of(all[1], "until").empty());
    CHECK(mav_of(all[2], "until") == mav_of(all[0], "until"));
    auto& later = coven.server.login("crone1@example.org/phone");
    CHECK(coven.enter(later, "")[0].xml().contains("foe@example.org")); // an owner sees outcasts, too
}

TEST_CASE("who knows something gets what is new; who knows all, nothing; who knows what never was, everything") {
    Coven coven;
    const auto version = mav_of(coven.enter(coven.hag, "").back(), "until");
    CHECK(coven.enter(coven.hag, version).size() == 2);
    coven.set("<item affiliation='admin' jid='hecate@example.org'/>");
    coven.set("<item affiliation='none' jid='wiccarocks@example.org'/>"
              "<item affiliation='none' jid='foe@example.org'/>");
    const auto diff = coven.enter(coven.hag, version);
    REQUIRE(diff.size() == 3);
    CHECK(diff[0] == "<message><x xmlns='http://jabber.org/protocol/muc#user'>"
                     "<mav xmlns='urn:xmpp:muc:affiliations:1' since='" +
                         version +
                         "' until='*'/><item jid='foe@example.org' affiliation='none'/>"
                         "<item jid='hecate@example.org' affiliation='admin'/>"
                         "<item jid='wiccarocks@example.org' affiliation='none'/></x></message>");
    for (const std::string& strange : {version + "0", version + "x", std::string("9pacabr2q1")})
        CHECK(coven.enter(coven.hag, strange)[0] == full("<item jid='crone1@example.org' affiliation='owner'/>"
                                                         "<item jid='hecate@example.org' affiliation='admin'/>"));
}

TEST_CASE("a change says from which version to which it leads, whether he is here or not") {
    Coven coven;
    auto& hag = coven.hag;
    join(hag, "thirdwitch");
    const auto before = mav_of(hag.receive_all()[1], "until");
    coven.set("<item affiliation='member' jid='hag66@example.org'/>");
    const auto here = hag.receive();
    CHECK(item_of(here, "affiliation") == "member");
    CHECK(mav_of(here, "since") == before);
    const auto middle = mav_of(here, "until");
    CHECK(middle != before);
    coven.set("<item affiliation='admin' jid='hecate@example.org'/>");
    const auto absent = hag.receive();
    CHECK(absent.attr("type").empty());
    CHECK(mav_of(absent, "since") == middle);
    auto& wise = come(coven.server, "wiccarocks@example.org/laptop", "secondwitch", {&coven.crone, &hag});
    coven.set("<item affiliation='outcast' jid='wiccarocks@example.org'/>");
    const auto gone = hag.receive();
    CHECK(codes_of(gone) == "301");
    CHECK(mav_of(gone, "since") == mav_of(absent, "until"));
    CHECK(mav_of(wise.receive(), "until") == mav_of(gone, "until"));
    CHECK(hag.silent());
}

TEST_CASE("versions go on after a restart, and what is not known any more is sent whole") {
    Coven coven;
    const auto version = mav_of(coven.enter(coven.hag, "").back(), "until");
    coven.server.restart();
    auto& hag = coven.server.login("hag66@example.org/pda");
    join(hag, "thirdwitch", "<mav xmlns='urn:xmpp:muc:affiliations:1' since='" + version + "'/>");
    CHECK(mav_of(hag.receive(), "until") == version);
    auto& crone = coven.server.login("crone1@example.org/desktop");
    crone.send(admin("set", "<item affiliation='none' jid='wiccarocks@example.org'/>"));
    hag.drain();
    coven.server.restart();
    auto& again = coven.server.login("hag66@example.org/pda");
    join(again, "thirdwitch", "<mav xmlns='urn:xmpp:muc:affiliations:1' since='" + version + "'/>");
    CHECK(again.receive() == full("<item jid='crone1@example.org' affiliation='owner'/>"));
}

TEST_CASE("where addresses are a secret the lists are for owners; who may not read them and asks is told so") {
    TestServer server{"muc"};
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    auto& hag = server.login("hag66@example.org/pda");
    hag.send("<presence id='j' to='coven@conference.example.org/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'>"
             "<mav xmlns='urn:xmpp:muc:affiliations:1'/></x></presence>");
    const auto all = hag.receive_all();
    REQUIRE(all.size() == 4);
    CHECK(error_of(all[0]) == "auth forbidden");
    CHECK(all[0].attr("id") == "j");
    CHECK(all[0].xml().contains("by='coven@conference.example.org'"));
    for (const auto& received : all) CHECK_FALSE(received.xml().contains("<mav"));
    crone.drain();
    auto& phone = server.login("crone1@example.org/phone");
    join(phone, "firstwitch", "<mav xmlns='urn:xmpp:muc:affiliations:1'/>");
    const auto whole = phone.receive_all();
    CHECK(whole[0] == full("<item jid='crone1@example.org' affiliation='owner'/>"));
    const auto version = mav_of(whole[0], "until");
    crone.drain();
    hag.drain();
    crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org'/>"
                            "<item affiliation='member' jid='wiccarocks@example.org'/>"));
    const auto here = hag.receive();
    CHECK(item_of(here, "affiliation") == "member");
    CHECK_FALSE(here.xml().contains("<mav"));
    CHECK(hag.silent()); // nor of those who are not here
    crone.receive();     // the answer
    const auto known = crone.receive();
    CHECK(mav_of(known, "since") == version);
    const auto absent = crone.receive();
    CHECK(absent.xml().contains("wiccarocks@example.org"));
    CHECK(mav_of(absent, "since") == mav_of(known, "until"));
}

TEST_CASE("the owner says which roles may read the lists") {
    Witches witches;
    auto& [server, crone, hag] = witches;
    hag.send(admin("get", "<item affiliation='owner'/>"));
    CHECK(error_of(hag.receive()) == "auth forbidden");
    // The form sent back as it came leaves it to anonymity.
    configure(crone, "<field var='muc#roomconfig_getmemberlist'/>" + field("roomconfig_whois", "anyone"));
    hag.drain();
    hag.send(admin("get", "<item affiliation='owner'/>"));
    CHECK(hag.receive().attr("type") == "result");
    configure(crone, "<field var='muc#roomconfig_getmemberlist'><value>moderator</value></field>");
    hag.drain();
    hag.send(admin("get", "<item affiliation='owner'/>"));
    CHECK(error_of(hag.receive()) == "auth forbidden");
    configure(crone, "<field var='muc#roomconfig_getmemberlist'><value>moderator</value><value>participant</value>"
                     "</field>" +
                         field("roomconfig_whois", "moderators"));
    hag.drain();
    hag.send(admin("get", "<item affiliation='owner'/>"));
    CHECK(hag.receive().xml().contains("<item affiliation='owner' jid='crone1@example.org'/>"));
    hag.send(admin("get", "<item affiliation='outcast'/>"));
    CHECK(error_of(hag.receive()) == "auth forbidden");
}
