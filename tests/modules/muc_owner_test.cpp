// SPDX-License-Identifier: MIT
// XEP-0045 chapters 6 and 10: what rooms say of themselves, how they are made, configured and ended; XEP-0486.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

constexpr const char* form_asked = "<iq type='get' id='f' to='coven@conference.example.org'><query "
                                   "xmlns='http://jabber.org/protocol/muc#owner'/></iq>";

std::string disco(std::string_view to, std::string_view what = "info", std::string_view node = {}) {
    return "<iq type='get' id='i' to='" + std::string(to) + "'><query xmlns='http://jabber.org/protocol/disco#" +
           std::string(what) + "'" + (node.empty() ? "" : " node='" + std::string(node) + "'") + "/></iq>";
}
std::string info(Client& client, std::string_view of = "coven@conference.example.org") {
    client.send(disco(of));
    return client.receive_all().back().xml();
}
std::string owner_set(std::string_view inside) {
    return "<iq type='set' id='o' to='coven@conference.example.org'>"
           "<query xmlns='http://jabber.org/protocol/muc#owner'>" +
           std::string(inside) + "</query></iq>";
}

using Coven = Witches;

} // namespace

TEST_CASE("the server names its room service, and the service says what it is") {
    TestServer server{"muc"};
    auto& hag = server.login("hag66@example.org/pda");
    hag.send(disco("example.org", "items"));
    CHECK(hag.receive().xml().contains("jid='conference.example.org'"));
    const auto said = info(hag, "conference.example.org");
    CHECK(said.contains("category='conference'"));
    for (const char* feature : {"http://jabber.org/protocol/muc", "http://jabber.org/protocol/muc#stable_id",
                                "urn:xmpp:occupant-id:0", "vcard-temp"})
        CHECK(said.contains("var='" + std::string(feature) + "'"));
}

TEST_CASE("what a room says of itself follows its configuration") {
    Coven coven;
    auto said = info(coven.hag);
    for (const char* feature : {"muc_open", "muc_public", "muc_semianonymous", "muc_unmoderated", "muc_unsecured",
                                "muc_temporary", "http://jabber.org/protocol/muc#self-ping-optimization",
                                "urn:xmpp:message-moderate:1", "urn:xmpp:message-retract:1", "jabber:iq:register"})
        CHECK(said.contains("<feature var='" + std::string(feature) + "'/>"));
    CHECK(said.contains("<value>2</value>")); // occupants
    configure(coven.crone, field("roomconfig_roomname", "A Dark Cave") +
                               field("roomconfig_roomdesc", "For all good witches!") + field("roomconfig_lang", "en") +
                               field("roomconfig_persistentroom", "1") + field("roomconfig_publicroom", "0") +
                               field("roomconfig_moderatedroom", "1") + field("roomconfig_whois", "anyone") +
                               field("roomconfig_passwordprotectedroom", "1") +
                               field("roomconfig_roomsecret", "cauldronburn") + field("roomconfig_changesubject", "1"));
    coven.crone.send("<message type='groupchat' to='coven@conference.example.org'><subject>Spells</subject></message>");
    said = info(coven.hag);
    for (const char* feature :
         {"muc_hidden", "muc_nonanonymous", "muc_moderated", "muc_passwordprotected", "muc_persistent"})
        CHECK(said.contains("<feature var='" + std::string(feature) + "'/>"));
    for (const char* part : {"name='A Dark Cave'", "For all good witches!", "Spells", "muc#roominfo_subjectmod",
                             "muc#roominfo_lang", "muc#maxhistoryfetch"})
        CHECK(said.contains(part));
    auto& stranger = coven.server.login("stranger@example.org/road");
    CHECK_FALSE(info(stranger).contains("Spells")); // section 15.4
    stranger.send(disco("conference.example.org", "items"));
    CHECK(stranger.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
}

TEST_CASE("how much is said is told of rooms that everybody may enter, and that stay") {
    TestServer server({"muc"}, "<muc history='10'/>");
    auto& crone = found(server, "crone1@example.org/desktop", "firstwitch");
    const auto activity = [&]() -> std::string {
        crone.drain();
        crone.send(disco("coven@conference.example.org"));
        const auto said = crone.receive();
        const auto kept = said.fragment();
        for (const auto field : kept.element().first().child("x", "jabber:x:data").children())
            if (field.attr("var") == "{urn:xmpp:muc-activity}message-activity") return field.child_text("value").str();
        return "";
    };
    CHECK(activity() == "");
    configure(crone, field("roomconfig_persistentroom", "1"));
    CHECK(activity() == "0.00");
    for (const char* text : {"one", "two", "three", "four", "five", "six"}) crone.send(says(text));
    crone.send("<message type='groupchat' to='coven@conference.example.org'><body>sIx</body>"
               "<replace id='m' xmlns='urn:xmpp:message-correct:0'/></message>");
    CHECK(activity() == "0.25"); // six a day
    server.advance(std::chrono::hours(2));
    for (int i = 0; i < 10; ++i) crone.send(says("more"));
    server.advance(std::chrono::hours(5));
    CHECK(activity() == "2.00"); // ten in five hours; there may have been more before
    server.advance(std::chrono::hours(24));
    CHECK(activity() == "0.00");
    configure(crone, field("roomconfig_publicroom", "0"));
    CHECK(activity() == "");
}

TEST_CASE("the list of rooms comes in pages, where they are asked for") {
    TestServer server{"muc"};
    auto& hag = server.login("hag66@example.org/pda");
    for (const char* room : {"a", "b", "c", "d", "e"}) {
        const std::string to = std::string(room) + "@conference.example.org";
        hag.send("<presence to='" + to +
                 "/hag'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
                 "<iq type='set' id='o' to='" +
                 to +
                 "'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                 "<x xmlns='jabber:x:data' type='submit'/></query></iq>");
    }
    hag.drain();
    const auto page = [&](std::string_view inside) {
        hag.send(
            "<iq type='get' id='l' to='conference.example.org'><query xmlns='http://jabber.org/protocol/disco#items'>"
            "<set xmlns='http://jabber.org/protocol/rsm'>" +
            std::string(inside) + "</set></query></iq>");
        const auto answer = hag.receive();
        if (answer.attr("type") != "result") return error_of(answer);
        const auto kept = answer.fragment();
        const auto query = kept.element().first();
        std::string all;
        for (const auto child : query.children())
            if (child.name() == "item") all += child.attr("name").str();
        const auto set = query.child("set", "http://jabber.org/protocol/rsm");
        return all + " " + set.child("first").attr("index").str() + "/" + set.child_text("count").str();
    };
    CHECK(page("<max>2</max>") == "ab 0/5");
    CHECK(page("<max>2</max><after>b@conference.example.org</after>") == "cd 2/5");
    CHECK(page("<max>2</max><after>d@conference.example.org</after>") == "e 4/5");
    CHECK(page("<max>2</max><before/>") == "de 3/5");
    CHECK(page("<max>2</max><before>d@conference.example.org</before>") == "bc 1/5");
    CHECK(page("<max>2</max><index>3</index>") == "de 3/5");
    CHECK(page("<max>0</max>") == " /5");
    CHECK(page("<after>x@conference.example.org</after>") == "cancel item-not-found");
    CHECK(page("<max>many</max>") == "modify bad-request");
}

TEST_CASE("who is in a room is for those inside; nodes that are none") {
    Coven coven;
    auto& stranger = coven.server.login("stranger@example.org/road");
    stranger.send(disco("coven@conference.example.org", "items"));
    CHECK(stranger.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
    coven.hag.send(disco("coven@conference.example.org", "items"));
    CHECK(coven.hag.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'>"
                                 "<item jid='coven@conference.example.org/firstwitch'/>"
                                 "<item jid='coven@conference.example.org/thirdwitch'/></query></iq>");
    stranger.send(disco("coven@conference.example.org/firstwitch"));
    CHECK(error_of(stranger.receive()) == "modify bad-request"); // section 6.6
    coven.hag.send(disco("coven@conference.example.org", "info", "http://jabber.org/protocol/muc#traffic"));
    CHECK(error_of(coven.hag.receive()) == "cancel service-unavailable"); // section 18.1.1
    coven.hag.send(disco("coven@conference.example.org", "info", "nothing"));
    CHECK(error_of(coven.hag.receive()) == "cancel item-not-found");
    coven.hag.send(disco("heath@conference.example.org"));
    CHECK(error_of(coven.hag.receive()) == "cancel item-not-found");
}

TEST_CASE("a reserved room: the form, then the configuration, then others come in") {
    TestServer server{"muc"};
    auto& crone = server.login("crone1@example.org/desktop");
    join(crone, "firstwitch");
    CHECK(codes_of(crone.receive()) == "110 201");
    crone.drain();
    crone.send(form_asked);
    const auto form = crone.receive();
    CHECK(form.attr("type") == "result");
    CHECK(form.xml().contains("<x xmlns='jabber:x:data' type='form'>"));
    CHECK(form.xml().contains("http://jabber.org/protocol/muc#roomconfig"));
    for (const char* name : {"roomname", "roomdesc", "lang", "changesubject", "allowinvites", "allowpm", "maxusers",
                             "presencebroadcast", "publicroom", "persistentroom", "moderatedroom", "membersonly",
                             "passwordprotectedroom", "roomsecret", "whois", "roomadmins", "roomowners"})
        CHECK(form.xml().contains("'muc#roomconfig_" + std::string(name) + "'"));
    CHECK(form.xml().contains("<value>crone1@example.org</value>"));
    configure(crone, field("roomconfig_passwordprotectedroom", "1"));
    CHECK(error_of(crone.receive()) == "modify not-acceptable");
    auto& hag = server.login("hag66@example.org/pda");
    join(hag, "thirdwitch");
    CHECK(error_of(hag.receive()) == "cancel item-not-found"); // still
    configure(crone, field("roomconfig_roomname", "A Dark Cave") + field("roomconfig_maxusers", "10") +
                         "<field var='muc#roomconfig_roomowners'/>"
                         "<field var='muc#roomconfig_roomadmins'><value>wiccarocks@example.org</value>"
                         "<value>hecate@example.org</value></field>");
    CHECK(crone.receive() == "<iq type='result' id='configure'/>");
    crone.drain();
    join(hag, "thirdwitch");
    CHECK(hag.receive().attr("type").empty());
    crone.drain();
    crone.send(admin("get", "<item affiliation='admin'/>"));
    CHECK(crone.receive() == "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                             "<item affiliation='admin' jid='hecate@example.org'/>"
                             "<item affiliation='admin' jid='wiccarocks@example.org'/></query></iq>");
}

TEST_CASE("an initial configuration that is cancelled ends the room; a later one changes nothing") {
    TestServer server{"muc"};
    auto& crone = server.login("crone1@example.org/desktop");
    join(crone, "firstwitch");
    crone.drain();
    crone.send(owner_set("<x xmlns='jabber:x:data' type='cancel'/>"));
    const auto told = crone.receive();
    CHECK(told.attr("type") == "unavailable");
    CHECK(told.xml().contains("<destroy/>"));
    CHECK(item_of(told, "affiliation") == "none");
    CHECK(crone.receive().attr("type") == "result");
    found(server, "crone1@example.org/phone", "firstwitch").send(owner_set("<x xmlns='jabber:x:data' type='cancel'/>"));
    crone.send(disco("coven@conference.example.org"));
    CHECK(crone.receive().attr("type") == "result");
}

TEST_CASE("owners configure, nobody else; what is no configuration is refused") {
    Coven coven;
    coven.crone.send(admin("set", "<item affiliation='admin' jid='hag66@example.org'/>"));
    coven.hag.drain();
    coven.crone.drain();
    for (const auto& query :
         {std::string(form_asked), owner_set("<x xmlns='jabber:x:data' type='submit'/>"), owner_set("<destroy/>")}) {
        coven.hag.send(query);
        CHECK(error_of(coven.hag.receive()) == "auth forbidden");
    }
    coven.crone.send(owner_set(""));
    CHECK(error_of(coven.crone.receive()) == "modify bad-request");
    for (const auto& wrong :
         {field("roomconfig_roomname", std::string(5000, 'x')), field("roomconfig_whois", "somebody"),
          field("roomconfig_membersonly", "perhaps"), field("roomconfig_roomadmins", "@"),
          field("roomconfig_roomadmins", "example.org"),
          std::string("<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>")}) {
        CAPTURE(wrong);
        configure(coven.crone, wrong);
        CHECK(error_of(coven.crone.receive()) == "modify not-acceptable");
    }
    CHECK(coven.hag.silent());
}

TEST_CASE("a change is answered, then told: 104, 172, 173, and nothing where nothing has changed") {
    Coven coven;
    const auto told = [&](std::string_view fields) {
        configure(coven.crone, fields);
        CHECK(coven.crone.receive() == "<iq type='result' id='configure'/>");
        CHECK(codes_of(coven.crone.receive()) == codes_of(coven.hag.receive()));
        coven.crone.drain();
        configure(coven.crone, "");
        CHECK(coven.hag.silent());
        return info(coven.hag);
    };
    configure(coven.crone, field("roomconfig_whois", "anyone"));
    CHECK(coven.crone.receive().attr("type") == "result");
    CHECK(codes_of(coven.crone.receive()) == "172");
    CHECK(coven.hag.receive() == "<message type='groupchat' from='coven@conference.example.org'>"
                                 "<x xmlns='http://jabber.org/protocol/muc#user'><status code='172'/></x></message>");
    configure(coven.crone, field("roomconfig_whois", "moderators") + field("roomconfig_roomname", "A Dark Cave"));
    CHECK(codes_of(coven.hag.receive()) == "173 104");
    configure(coven.crone, field("roomconfig_enablelogging", "1"));
    CHECK(codes_of(coven.hag.receive()) == "170");
    auto& wise = coven.server.login("wiccarocks@example.org/laptop");
    join(wise, "secondwitch");
    CHECK(codes_of(wise.receive_all()[2]) == "110 170");
    wise.cut();
    coven.hag.drain();
    configure(coven.crone, field("roomconfig_enablelogging", "0"));
    CHECK(codes_of(coven.hag.receive()) == "171");
    coven.crone.drain();
    CHECK(told(field("roomconfig_lang", "en")).contains("muc#roominfo_lang"));
}

TEST_CASE("the form has the whole lists of owners and admins; changes are told, and one owner must stay") {
    Coven coven;
    const auto list = [](std::string_view name, std::string_view who) {
        return "<field var='muc#roomconfig_" + std::string(name) + "'>" + std::string(who) + "</field>";
    };
    const std::string crone = "<value>crone1@example.org</value>", hag = "<value>hag66@example.org</value>";
    configure(coven.crone, list("roomadmins", hag));
    CHECK(item_of(coven.hag.receive(), "affiliation") == "admin");
    coven.hag.drain();
    configure(coven.crone, list("roomadmins", "") + list("roomowners", crone + hag));
    CHECK(item_of(coven.hag.receive(), "affiliation") == "owner");
    configure(coven.crone, list("roomowners", crone));
    CHECK(item_of(coven.hag.receive(), "affiliation") == "admin");
    configure(coven.crone, list("roomadmins", ""));
    const auto told = coven.hag.receive();
    CHECK(item_of(told, "affiliation") == "none");
    CHECK(item_of(told, "role") == "participant");
    coven.crone.drain();
    configure(coven.crone, list("roomowners", ""));
    CHECK(error_of(coven.crone.receive()) == "cancel conflict");
    configure(coven.crone, list("roomowners", hag)); // gives it away, and is an admin
    CHECK(item_of(coven.hag.receive(), "from").empty());
    coven.crone.drain();
    coven.crone.send(form_asked);
    CHECK(error_of(coven.crone.receive()) == "auth forbidden");
}

TEST_CASE("members only, from now on: the others go with 322, and all hear it") {
    Coven coven;
    auto& wise = come(coven.server, "wiccarocks@example.org/laptop", "secondwitch", {&coven.crone, &coven.hag});
    coven.crone.send(admin("set", "<item affiliation='member' jid='wiccarocks@example.org'/>"));
    for (auto* client : {&coven.crone, &coven.hag, &wise}) client->drain();
    configure(coven.crone, field("roomconfig_membersonly", "1"));
    CHECK(codes_of(coven.hag.receive()) == "110 322");
    const auto told = wise.receive();
    CHECK(told.attr("type") == "unavailable");
    CHECK(told.attr("from") == "coven@conference.example.org/thirdwitch");
    CHECK(codes_of(told) == "322");
    CHECK(codes_of(wise.receive()) == "104");
    CHECK(coven.crone.receive().attr("type") == "result");
    CHECK(codes_of(coven.crone.receive()) == "322");
}

TEST_CASE("moderated no more: everybody has voice") {
    Coven coven;
    configure(coven.crone, field("roomconfig_moderatedroom", "1"));
    auto& wise = come(coven.server, "wiccarocks@example.org/laptop", "secondwitch", {&coven.crone, &coven.hag});
    configure(coven.crone, field("roomconfig_moderatedroom", "0"));
    CHECK(item_of(wise.receive(), "role") == "participant");
}

TEST_CASE("the end of a room: one stanza for each, with why and where to, then the answer") {
    Coven coven;
    coven.crone.send(owner_set("<destroy jid='heath@conference.example.org'><password>p</password>"
                               "<reason>Macbeth doth come.</reason></destroy>"));
    for (auto* client : {&coven.crone, &coven.hag}) {
        const auto told = client->receive();
        CHECK(told.attr("type") == "unavailable");
        CHECK(item_of(told, "affiliation") == "none");
        CHECK(item_of(told, "role") == "none");
        CHECK(told.xml().contains("<destroy jid='heath@conference.example.org'><password>p</password>"
                                  "<reason>Macbeth doth come.</reason></destroy>"));
    }
    CHECK(coven.crone.receive() == "<iq type='result' id='o'/>");
    CHECK(coven.hag.silent());
    coven.hag.send(disco("coven@conference.example.org"));
    CHECK(error_of(coven.hag.receive()) == "cancel item-not-found");
}

TEST_CASE("a room's picture is its owner's to set; its hash is told, and that it has changed") {
    Coven coven;
    const std::string get = "<iq type='get' id='v' to='coven@conference.example.org'><vCard xmlns='vcard-temp'/></iq>";
    const std::string photo = "<PHOTO><TYPE>image/svg+xml</TYPE><BINVAL>PHN2Zy8+</BINVAL></PHOTO>";
    const auto set = [](std::string_view inside) {
        return "<iq type='set' id='v' to='coven@conference.example.org'><vCard xmlns='vcard-temp'>" +
               std::string(inside) + "</vCard></iq>";
    };
    coven.hag.send(get);
    CHECK(error_of(coven.hag.receive()) == "cancel item-not-found");
    coven.hag.send(set(photo));
    CHECK(error_of(coven.hag.receive()) == "auth forbidden");
    coven.crone.send(set(photo));
    CHECK(coven.crone.receive() == "<iq type='result' id='v'/>");
    CHECK(codes_of(coven.crone.receive()) == "104");
    CHECK(codes_of(coven.hag.receive()) == "104");
    coven.hag.send(get);
    CHECK(coven.hag.receive() == "<iq type='result'><vCard xmlns='vcard-temp'>" + photo + "</vCard></iq>");
    CHECK(info(coven.hag).contains("muc#roominfo_avatarhash"));
    coven.crone.send(set(""));
    coven.hag.drain();
    CHECK_FALSE(info(coven.hag).contains("muc#roominfo_avatarhash"));
}
