// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0313_mam.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep::mam;

namespace {

std::string form(const std::string& fields, const std::string& type = "submit",
                 const std::string& form_type = "urn:xmpp:mam:2") {
    return "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='" + type +
           "'><field var='FORM_TYPE' type='hidden'><value>" + form_type + "</value></field>" + fields + "</x></query>";
}
std::string field(const std::string& var, const std::string& value) {
    return "<field var='" + var + "'><value>" + value + "</value></field>";
}

/// The condition of the refusal, "" where it is taken.
std::string refusal(const std::string& text) {
    const auto fragment = parsed(text);
    const auto query = Query::decode(fragment);
    return query ? std::string() : std::string(epode::name(query.error().condition));
}

} // namespace

TEST_CASE("queries of an archive come back as they went") {
    const std::string text = GENERATE(
        as<std::string>{}, "<query xmlns='urn:xmpp:mam:2'/>",
        "<query xmlns='urn:xmpp:mam:2' queryid='f27' node='princely_musings'/>",
        form(field("with", "juliet@capulet.lit") + field("start", "2010-06-07T00:00:00Z") +
             field("end", "2010-07-07T13:23:54Z")),
        form(field("before-id", "09af3-cc343-b409f") + field("after-id", "28482-98726-73623")),
        form("<field var='ids'><value>a</value><value>b</value></field>" + field("include-groupchat", "false")),
        "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>10</max><before/></set>"
        "<flip-page/></query>");
    CHECK(recoded<Query>(text) == canonical(text));
}

TEST_CASE("what cannot be read of a query is refused, with the condition the specification names") {
    CHECK(refusal(form(field("{http://example.com/}free-text-search", "Juliet"))) == "feature-not-implemented");
    CHECK(refusal(form(field("with", "@"))) == "bad-request");
    CHECK(refusal(form(field("start", "yesterday"))) == "bad-request");
    CHECK(refusal(form(field("end", "2010-13-07T00:00:00Z"))) == "bad-request");
    CHECK(refusal(form(field("include-groupchat", "perhaps"))) == "bad-request");
    CHECK(refusal(form("", "form")) == "bad-request");
    CHECK(refusal(form("", "submit", "urn:xmpp:mam:1")) == "bad-request");
    CHECK(refusal("<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>x</max></set>"
                  "</query>") == "bad-request");
    CHECK(refusal("<query xmlns='urn:xmpp:mam:1'/>") == "bad-request");
    CHECK(refusal(form(field("with", "") + field("start", "") + field("before-id", ""))).empty());
}

TEST_CASE("answers of an archive come back as they went") {
    CHECK(recoded<Item>("<result xmlns='urn:xmpp:mam:2' queryid='f27' id='28482'><forwarded "
                        "xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/>"
                        "<message xmlns='jabber:client' from='w@s.lit' to='m@s.lit'><body>Hail</body></message>"
                        "</forwarded></result>")
              .find("<body>Hail</body>") != std::string::npos);
    const char* fin =
        GENERATE("<fin xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'/></fin>",
                 "<fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'>"
                 "<first index='0'>a</first><last>b</last><count>16</count></set></fin>");
    CHECK(recoded<Fin>(fin) == canonical(fin));
    const char* metadata =
        GENERATE("<metadata xmlns='urn:xmpp:mam:2'/>", "<metadata xmlns='urn:xmpp:mam:2'><start id='YWxwaGEg' "
                                                       "timestamp='2008-08-22T21:09:04Z'/><end id='b21lZ2Eg' "
                                                       "timestamp='2020-04-20T14:34:21Z'/></metadata>");
    CHECK(recoded<Metadata>(metadata) == canonical(metadata));
    CHECK_FALSE(accepted<Metadata>("<metadata xmlns='urn:xmpp:mam:2'><start id='a'/></metadata>"));
    CHECK_FALSE(accepted<Item>("<result xmlns='urn:xmpp:mam:2'/>"));
    CHECK_FALSE(accepted<Fin>("<fin xmlns='urn:xmpp:mam:2'/>"));
}

TEST_CASE("preferences of an archive (XEP-0441) come back as they went, each address once") {
    const char* text = "<prefs xmlns='urn:xmpp:mam:2' default='roster'><always><jid>romeo@montague.lit</jid></always>"
                       "<never><jid>montague@montague.lit</jid></never></prefs>";
    CHECK(recoded<Preferences>(text) == canonical(text));
    CHECK(recoded<Preferences>("<prefs xmlns='urn:xmpp:mam:2' default='never'><always><jid>A@b</jid><jid>a@b</jid>"
                               "</always></prefs>") ==
          canonical("<prefs xmlns='urn:xmpp:mam:2' default='never'><always><jid>a@b</jid></always><never/></prefs>"));
    CHECK(accepted<Preferences>("<prefs xmlns='urn:xmpp:mam:2'/>")); // a get
    CHECK_FALSE(accepted<Preferences>("<prefs xmlns='urn:xmpp:mam:2' default='sometimes'/>"));
    CHECK_FALSE(accepted<Preferences>("<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid>@</jid></never>"
                                      "</prefs>"));
    CHECK_FALSE(accepted<Preferences>("<prefs xmlns='urn:xmpp:mam:2'><never/></prefs>"));
}
