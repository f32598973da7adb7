// SPDX-License-Identifier: MIT
// from_canonical takes what the builder writes and nothing else.
#include "core/xml/edit.hpp"
#include "tests/core/xml_kit.hpp"

using namespace epode;
using namespace epode::xml;

TEST_CASE("canonical bytes make the same document", "[xml]") {
    for (std::string_view text :
         {"<a/>", "<a xmlns='jabber:client'/>", "<a xmlns='urn:a'><b/>t<c xmlns='' d='&amp;'>&lt;</c></a>",
          "<p:a xmlns:p='urn:p' xmlns:q='urn:q' q:x='1' p:y=\"'\" z='2'><p:b q:x=''/></p:a>",
          "<a xmlns='jabber:client'><b xmlns='urn:b'><a xmlns='jabber:client'><c/></a></b><c>\r\n&#13;</c></a>"}) {
        auto document = good(text);
        INFO(document->bytes());
        CHECK(same(document, from_canonical(document->bytes())));
        CHECK(same(document, good(Element::root(document).str())));
    }
}

TEST_CASE("other bytes are not canonical", "[xml]") {
    for (std::string_view bytes : {
             "",
             " ",
             "a",
             "<",
             "<a",
             "<a>",
             "<a/",
             "</a>",
             "<a></a>",
             "<a/> ",
             " <a/>",
             "<a/><b/>",
             "<a><b></a></b>",
             "<a>x</b>",
             "<a >x</a>",
             "<a />",
             "<a  x='1'/>",
             "<a x=\"1\"/>",
             "<a x='1'y='2'/>",
             "<a x/>",
             "<a x=1/>",
             "<a x='1/>",
             "<a x='\t'/>",
             "<a x='<'/>",
             "<a x='&'/>",
             "<a x='&gt;'/>",
             "<a x='&quot;'/>",
             "<a x='&#x9;'/>",
             "<a>&</a>",
             "<a>></a>",
             "<a>\r</a>",
             "<a>&apos;</a>",
             "<a>&#10;</a>",
             "<a>\x01</a>",
             "<a>&lt</a>",
             "<a xmlns='jabber:client'/>",
             "<a xmlns='urn:a'><b xmlns='urn:a'/></a>",
             "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
             "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
             "<a x='1' xmlns='urn:a'/>",
             "<a xmlns='urn:a' xmlns='urn:b'/>",
             "<p:a/>",
             "<a p:x='1'/>",
             "<a xmlns:p='urn:p' p:x='1'/>",
             "<a xmlns:n1='urn:p' n1:x='1'/>",
             "<a xmlns:n0='urn:p'/>",
             "<a xmlns:n0='urn:p' x='1'/>",
             "<a xmlns:n0='' n0:x='1'/>",
             "<a xmlns:n0='urn:p' n0:x='1' xmlns:n1='urn:p' n1:y='1'/>",
             "<a xmlns:n0='http://www.w3.org/XML/1998/namespace' n0:x='1'/>",
             "<a xmlns:xml='urn:p' xml:x='1'/>",
             "<a n0:x='1' xmlns:n0='urn:p' n0:y='1'/>",
             "<!--c--><a/>",
             "<?p?><a/>",
             "<a><!--c--></a>",
             "<a><![CDATA[x]]></a>",
             "<1/>",
             "<-a/>",
             "<a 1='x'/>",
             "<a>x<",
             "<a>x</",
             "<a>x</a",
             "<a x='1'",
             "<a x='",
             "<a x",
         }) {
        INFO(bytes);
        CHECK_FALSE(from_canonical(bytes));
    }
}

TEST_CASE("no prefix of canonical bytes is canonical", "[xml]") {
    auto document = good("<a xmlns='urn:a' xmlns:q='urn:q' q:x='&apos;'>t&amp;<b/><c xmlns=''>u</c></a>");
    for (std::size_t size = 0; size < document->bytes().size(); ++size)
        CHECK_FALSE(from_canonical(document->bytes().substr(0, size)));
}

TEST_CASE("depth costs no stack", "[xml]") {
    std::string deep;
    for (int i = 0; i < 200'000; ++i) deep += "<a>";
    deep += "<b/>";
    for (int i = 0; i < 200'000; ++i) deep += "</a>";
    auto document = from_canonical(deep);
    REQUIRE(document);
    CHECK(document->nodes().size() == 200'001);
    Builder builder;
    CHECK(same(builder.append(Element::root(document)).finish(), document));
}

TEST_CASE("to pugixml, edited, and back", "[xml]") {
    auto document = good(
        "<message xmlns='jabber:client' id='1'><body>a &amp; b\n</body><x xmlns='urn:x' y='&#10;&lt;'/></message>");
    auto edited = edit(Element::root(document));
    CHECK(edited.child("message").attribute("xmlns").value() == std::string("jabber:client"));
    auto same_again = freeze(edited.first_child());
    REQUIRE(same_again);
    CHECK(same(*same_again, document));
    edited.first_child().child("body").text().set("<new>");
    auto changed = freeze(edited.first_child());
    REQUIRE(changed);
    CHECK(Element::root(*changed).child_text("body") == "<new>");
    edited.first_child().append_child("no name");
    CHECK_FALSE(freeze(edited.first_child()));
    CHECK_FALSE(edit(Element()).first_child());
}
