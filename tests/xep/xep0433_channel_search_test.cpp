// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0433_channel_search.hpp"

using namespace epode;
using namespace epode::test;
namespace channels = xep::channels;

namespace {

Result<channels::Search, StanzaError> search(std::string_view fields) {
    const auto query = parsed("<search xmlns='urn:xmpp:channel-search:0:search'><set "
                              "xmlns='http://jabber.org/protocol/rsm'><max>5</max></set><x xmlns='jabber:x:data' "
                              "type='submit'><field var='FORM_TYPE' type='hidden'>"
                              "<value>urn:xmpp:channel-search:0:search-params</value></field>" +
                              std::string(fields) + "</x></search>");
    return channels::Search::decode(query);
}

} // namespace

TEST_CASE("a search for channels: the form, words, where they are looked for, order and page") {
    const auto empty = parsed("<search xmlns='urn:xmpp:channel-search:0:search'/>");
    const auto form = channels::Search::decode(empty);
    REQUIRE(form);
    CHECK(form->wants_form);
    const auto words = search("<field var='q'><value> xmpp.org  two\twords </value></field>"
                              "<field var='sinname'><value>0</value></field>"
                              "<field var='key'><value>{urn:xmpp:channel-search:0:order}address</value></field>");
    REQUIRE(words);
    CHECK(words->words == std::vector<std::string>{"xmpp.org", "two", "words"});
    CHECK_FALSE(words->in_name);
    CHECK(words->in_description);
    CHECK_FALSE(words->by_users);
    CHECK(words->page.max == 5);
    const auto all = search("<field var='all'><value>true</value></field>"
                            "<field var='types'><value>xep-0369</value></field>");
    REQUIRE(all);
    CHECK(all->words.empty());
    CHECK(all->by_users);
    CHECK_FALSE(all->of_rooms);
    for (const char* wrong :
         {"", "<field var='q'><value> </value></field>",
          "<field var='q'><value>x</value></field><field var='all'><value>1</value></field>",
          "<field var='all'><value>1</value></field><field var='key'><value>beauty</value></field>"})
        CHECK_FALSE(search(wrong));
}

TEST_CASE("a channel that was found") {
    channels::Channel channel;
    channel.address = *Jid::parse("operators@muc.xmpp.org");
    channel.title = "XMPP Service Operators";
    channel.users = 43;
    xml::Builder builder;
    builder.open("result", channels::ns);
    channel.encode(builder);
    const auto document = builder.close().finish();
    CHECK(xml::Element::root(document).str() ==
          canonical("<result xmlns='urn:xmpp:channel-search:0:search'><item address='operators@muc.xmpp.org'>"
                    "<name>XMPP Service Operators</name><nusers>43</nusers><service-type>xep-0045</service-type>"
                    "<is-open>true</is-open><anonymity-mode>muc_semianonymous</anonymity-mode></item></result>"));
}
