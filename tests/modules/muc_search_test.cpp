// SPDX-License-Identifier: MIT
// XEP-0433: rooms found by words.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

constexpr std::string_view ns = "urn:xmpp:channel-search:0:search";

std::string search(std::string_view fields, std::string_view set = {}) {
    return "<iq type='get' id='id3' to='conference.example.org'><search xmlns='" + std::string(ns) + "'>" +
           std::string(set) +
           "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
           "<value>urn:xmpp:channel-search:0:search-params</value></field>" +
           std::string(fields) + "</x></search></iq>";
}
std::string has(std::string_view var, std::string_view value) {
    return "<field var='" + std::string(var) + "'><value>" + std::string(value) + "</value></field>";
}
const std::string by_address = has("key", "{urn:xmpp:channel-search:0:order}address");

struct Town {
    TestServer server{"muc"};
    Client& crone = server.login("crone1@example.org/desktop");

    Town() {
        make("heath", field("roomconfig_roomname", "The Blasted Heath") +
                          field("roomconfig_roomdesc", "Where shall we three\nmeet again?"));
        make("cave", field("roomconfig_roomname", "A Dark Cave") + field("roomconfig_lang", "en") +
                         field("roomconfig_membersonly", "1") + field("roomconfig_whois", "anyone"));
        make("secret", field("roomconfig_publicroom", "0"));
        make("inverness", field("roomconfig_persistentroom", "1"));
    }
    void make(const std::string& room, std::string_view fields) {
        const auto to = room + "@conference.example.org";
        crone.send("<presence to='" + to + "/crone'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        crone.send("<iq type='set' id='c' to='" + to +
                   "'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                   "<x xmlns='jabber:x:data' type='submit'>" +
                   std::string(fields) + "</x></query></iq>");
        crone.drain();
    }
    Received ask(const std::string& query) {
        crone.send(query);
        return crone.receive();
    }
    /// The local parts of what was found, in order, and the page's attributes.
    std::string rooms(const Received& answer) {
        const auto kept = answer.fragment();
        std::string all;
        for (const auto child : kept.element().child("result", ns).children())
            if (child.name() == "item") {
                const auto address = child.attr("address").str();
                all += (all.empty() ? "" : " ") + address.substr(0, address.find('@'));
            }
        return all;
    }
    std::string mark(const Received& answer, std::string_view which) {
        const auto kept = answer.fragment();
        return kept.element()
            .child("result", ns)
            .child("set", "http://jabber.org/protocol/rsm")
            .child_text(which)
            .str();
    }
    std::string refused(const std::string& query) {
        const auto answer = ask(query);
        const auto kept = answer.fragment();
        return error_of(answer) + ' ' +
               std::string(kept.element().child("error").child_in("urn:xmpp:channel-search:0:error").name());
    }
};

} // namespace

TEST_CASE("the search is announced, and its form has every field") {
    Town town;
    CHECK(town.ask("<iq type='get' id='i' to='conference.example.org'>"
                   "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
              .xml()
              .contains("<feature var='urn:xmpp:channel-search:0:search'/>"));
    const auto form =
        town.ask("<iq type='get' id='f' to='conference.example.org'><search xmlns='" + std::string(ns) + "'/></iq>")
            .xml();
    for (const char* var : {"q", "all", "sinname", "sindescription", "sinaddress", "types", "key"})
        CHECK(form.contains("<field var='" + std::string(var) + "'"));
    CHECK(form.contains("<value>urn:xmpp:channel-search:0:search-params</value>"));
}

TEST_CASE("words are looked for in name, description and address, whatever their case") {
    Town town;
    CHECK(town.rooms(town.ask(search(has("q", "cave")))) == "cave");
    CHECK(town.rooms(town.ask(search(has("q", "SHALL heath")))) == "heath");
    CHECK(town.rooms(town.ask(search(has("q", "inverness") + by_address))) == "inverness");
    CHECK(town.rooms(town.ask(search(has("q", "shall") + has("sindescription", "false")))).empty());
    CHECK(town.rooms(town.ask(search(has("q", "inverness") + has("sinaddress", "0") + has("sinname", "0")))).empty());
    CHECK(town.rooms(town.ask(search(has("q", "secret")))).empty()); // not listed
    CHECK(town.rooms(town.ask(search(has("q", "heath") + has("types", "xep-0369")))).empty());
    CHECK(town.ask(search(has("q", "cave"))) ==
          "<iq type='result'><result xmlns='urn:xmpp:channel-search:0:search'>"
          "<item address='cave@conference.example.org'><name>A Dark Cave</name><language>en</language>"
          "<nusers>1</nusers><service-type>xep-0045</service-type><is-open>false</is-open>"
          "<anonymity-mode>{urn:xmpp:channel-search:0:anonymity}none</anonymity-mode></item>"
          "<set xmlns='http://jabber.org/protocol/rsm'><first index='0'>*</first><last>*</last><count>1</count></set>"
          "</result></iq>");
}

TEST_CASE("all of them, by users or by address, in pages, also of rooms that are not in memory") {
    Town town;
    auto& hag = town.server.login("hag66@example.org/pda");
    hag.send("<presence to='heath@conference.example.org/hag'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
    town.crone.drain();
    const std::string everything = has("all", "true");
    CHECK(town.rooms(town.ask(search(everything + by_address))) == "cave heath inverness");
    CHECK(town.rooms(town.ask(search(everything))) == "heath cave inverness");
    town.crone.send("<presence type='unavailable' to='inverness@conference.example.org/crone'/>");
    town.crone.drain();
    const auto set = [](std::string_view inside) {
        return "<set xmlns='http://jabber.org/protocol/rsm'>" + std::string(inside) + "</set>";
    };
    const auto first = town.ask(search(everything, set("<max>2</max>")));
    CHECK(town.rooms(first) == "heath cave");
    CHECK(town.mark(first, "count") == "3");
    const auto next = town.ask(search(everything, set("<max>2</max><after>" + town.mark(first, "last") + "</after>")));
    CHECK(town.rooms(next) == "inverness");
    CHECK(town.rooms(town.ask(
              search(everything, set("<max>1</max><before>" + town.mark(next, "first") + "</before>")))) == "cave");
    CHECK(town.rooms(town.ask(search(everything, set("<max>1</max><before/>")))) == "inverness");
    CHECK(town.rooms(town.ask(search(everything, set("<max>1</max><index>1</index>")))) == "cave");
    CHECK(error_of(town.ask(search(everything, set("<after>nowhere</after>")))) == "cancel item-not-found");
    town.server.restart();
    auto& again = town.server.login("crone1@example.org/desktop");
    again.send(search(everything));
    CHECK(town.rooms(again.receive()) == "inverness");
}

TEST_CASE("a search that cannot be made is answered with the specification's conditions") {
    Town town;
    CHECK(town.refused(search("")) == "modify bad-request no-search-conditions");
    CHECK(town.refused(search(has("q", "   "))) == "modify bad-request invalid-search-terms");
    CHECK(town.refused(search(has("q", "cave") + has("all", "1"))) == "modify bad-request conflicting-fields");
    CHECK(town.refused(search(has("q", "cave") + has("key", "{urn:example}beauty"))) ==
          "modify feature-not-implemented invalid-sort-key");
}
