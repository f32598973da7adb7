// SPDX-License-Identifier: MIT
// The canonical form, and that copying keeps to it wherever an element lands.
#include "core/xml/builder.hpp"
#include "tests/core/xml_kit.hpp"

#include <stdexcept>

using namespace epode;
using namespace epode::xml;

namespace {

Ref<Document> in(std::string_view outer_ns, Element element) {
    Builder builder;
    builder.open("outer", outer_ns).append(element).leaf("after", "x").close();
    return builder.finish();
}

Ref<Document> canonical(const Ref<Document>& document) {
    auto again = from_canonical(document->bytes());
    INFO(document->bytes());
    REQUIRE(again);
    REQUIRE(same(document, again));
    REQUIRE(same(document, good(Element::root(document).str())));
    return again;
}

} // namespace

TEST_CASE("a root in jabber:client needs no xmlns, any other has one", "[xml]") {
    Builder builder;
    CHECK(builder.open("message").leaf("body", "hi").close().finish()->bytes() == "<message><body>hi</body></message>");
    CHECK(builder.open("message", "jabber:client").close().finish()->bytes() == "<message/>");
    CHECK(builder.open("query", "jabber:iq:roster").close().finish()->bytes() == "<query xmlns='jabber:iq:roster'/>");
    CHECK(builder.open("plain", "").open("inner").close().close().finish()->bytes() ==
          "<plain xmlns=''><inner/></plain>");
}

TEST_CASE("xmlns stands only where it differs from the parent's", "[xml]") {
    Builder builder;
    builder.open("message").open("x", "urn:x").open("y").close().open("body", "jabber:client").close();
    builder.open("none", "").close().close().leaf("body", "b").close();
    auto document = builder.finish();
    CHECK(document->bytes() == "<message><x xmlns='urn:x'><y/><body xmlns='jabber:client'/><none xmlns=''/></x>"
                               "<body>b</body></message>");
    canonical(document);
    auto root = Element::root(document);
    CHECK(root.ns() == "jabber:client");
    CHECK(root.child("body").is("body", "jabber:client"));
    auto x = root.child("x", "urn:x");
    CHECK(x.child("y").ns() == "urn:x");
    CHECK(x.child("body", "jabber:client"));
    CHECK(x.child("none").ns().empty());
}

TEST_CASE("what is special is escaped and comes back", "[xml]") {
    const std::string wild = "a&b<c>d'e\"f\tg\nh\ri ]]> \xC3\xA9";
    Builder builder;
    auto document = builder.open("a", "urn:a&'b").attr("v", wild).text(wild).close().finish();
    CHECK(document->bytes() ==
          "<a xmlns='urn:a&amp;&apos;b' v='a&amp;b&lt;c>d&apos;e\"f&#9;g&#10;h&#13;i ]]> \xC3\xA9'>"
          "a&amp;b&lt;c&gt;d'e\"f\tg\nh&#13;i ]]&gt; \xC3\xA9</a>");
    canonical(document);
    CHECK(Element::root(document).attr("v") == wild);
    CHECK(Element::root(document).text() == wild);
}

TEST_CASE("what XML cannot hold becomes U+FFFD", "[xml]") {
    Builder builder;
    auto document = builder.open("a").attr("v", std::string_view("\0\x1F", 2)).text("x\x01y").close().finish();
    CHECK(document->bytes() == "<a v='\xEF\xBF\xBD\xEF\xBF\xBD'>x\xEF\xBF\xBDy</a>");
    canonical(document);
}

TEST_CASE("attributes with a namespace get a prefix of their own element", "[xml]") {
    Builder builder;
    builder.open("a").attr("x", "1", "urn:one").attr("x", "2").attr("lang", "en", xml_ns).attr("y", "3", "urn:two");
    builder.attr("z", "4", "urn:one").open("b").attr("x", "5", "urn:two").close().close();
    auto document = builder.finish();
    CHECK(document->bytes() ==
          "<a xmlns:n0='urn:one' n0:x='1' x='2' xml:lang='en' xmlns:n1='urn:two' n1:y='3' n0:z='4'>"
          "<b xmlns:n0='urn:two' n0:x='5'/></a>");
    canonical(document);
    auto root = Element::root(document);
    CHECK(root.attr("x") == "2");
    CHECK(root.find_attr("x", "urn:one").value() == "1");
    CHECK(root.find_attr("y", "urn:two").value() == "3");
    CHECK(root.find_attr("lang", xml_ns).value() == "en");
    CHECK_FALSE(root.find_attr("y", "urn:one"));
    CHECK_FALSE(root.find_attr("xmlns:n0"));
}

TEST_CASE("an element lands in any namespace", "[xml]") {
    auto source =
        good("<w xmlns='urn:w'><p xmlns='urn:p' k='v'>t&amp;<q>u</q><c xmlns='jabber:client'><d/></c><n xmlns=''/>"
             "<p xmlns='urn:w'><r/></p></p></w>");
    auto p = Element::root(source).first();
    for (std::string_view ns : {"urn:w", "urn:p", "jabber:client", "", "urn:elsewhere"}) {
        auto document = canonical(in(ns, p));
        auto copy = Element::root(document).child("p", "urn:p");
        INFO(document->bytes());
        CHECK(copy.str() == p.str());
        CHECK(copy.child("q", "urn:p").text() == "u");
        CHECK(copy.child("c", "jabber:client").child("d", "jabber:client"));
        CHECK(copy.child("n", ""));
        CHECK(copy.child("p", "urn:w").child("r", "urn:w"));
        CHECK(Element::root(document).child("after", ns).text() == "x");
    }
}

TEST_CASE("a jabber:client root is forwarded with its xmlns and comes out without", "[xml]") {
    auto message =
        good("<message xmlns='jabber:client' id='1'><body>b</body><x xmlns='urn:x'><y xmlns='jabber:client'/></x>"
             "</message>");
    CHECK(message->bytes().starts_with("<message id='1'><body>"));
    auto wrapped = canonical(in("urn:xmpp:forward:0", Element::root(message)));
    CHECK(wrapped->bytes().starts_with(
        "<outer xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='1'><body>b"));
    Builder builder;
    auto out = builder.append(Element::root(wrapped).child("message", "jabber:client")).finish();
    CHECK(same(out, message));
}

TEST_CASE("inner content moves between namespaces", "[xml]") {
    auto source = good("<a xmlns='urn:a'>t<b><c/></b>u<d xmlns='urn:d'/><e xmlns='jabber:client'/>&lt;v</a>");
    for (std::string_view ns : {"urn:a", "urn:d", "jabber:client", ""}) {
        Builder builder;
        auto document = builder.open("z", ns).append_inner(Element::root(source)).close().finish();
        canonical(document);
        auto root = Element::root(document);
        INFO(document->bytes());
        CHECK(root.text() == "tu<v");
        CHECK(root.child("b", "urn:a").child("c", "urn:a"));
        CHECK(root.child("d", "urn:d"));
        CHECK(root.child("e", "jabber:client"));
    }
}

TEST_CASE("a tag is copied with its attributes, or some of them", "[xml]") {
    auto source = good("<a xmlns='urn:a' from='f' x='&apos;' xmlns:q='urn:q' q:x='2' xmlns:r='urn:r' r:x='3'><b/></a>");
    Builder builder;
    auto document =
        builder.open_like(Element::root(source)).attr("w", "4", "urn:r").attr("w", "5", "urn:s").close().finish();
    CHECK(document->bytes() ==
          "<a xmlns='urn:a' from='f' x='&apos;' xmlns:n0='urn:q' n0:x='2' xmlns:n1='urn:r' n1:x='3' "
          "n1:w='4' xmlns:n2='urn:s' n2:w='5'/>");
    canonical(document);
    builder.open_as(Element::root(source))
        .attr("y", "0", "urn:r")
        .copy_attrs(Element::root(source), {"from", "x"})
        .close();
    document = builder.finish();
    CHECK(document->bytes() == "<a xmlns='urn:a' xmlns:n0='urn:r' n0:y='0' xmlns:n1='urn:q' n1:x='2' n0:x='3'/>");
    canonical(document);
}

TEST_CASE("the null element adds nothing", "[xml]") {
    Builder builder;
    CHECK(builder.open("a").append({}).append_inner({}).close().finish()->bytes() == "<a/>");
}

TEST_CASE("a builder keeps to its limit", "[xml]") {
    const std::string_view whole = "<a><b x='1'>text</b></a>";
    auto write = [](Builder& builder) { builder.open("a").open("b").attr("x", "1").text("text").close().close(); };
    for (std::size_t limit = 0; limit < whole.size(); ++limit) {
        Builder builder(limit);
        write(builder);
        CHECK(builder.overflowed());
        CHECK(builder.size() <= limit);
        CHECK(builder.depth() == 0);
        CHECK_THROWS_AS(builder.finish(), std::length_error);
        builder.clear();
        CHECK_FALSE(builder.overflowed());
    }
    Builder builder(whole.size());
    write(builder);
    CHECK(builder.finish()->bytes() == whole);
}

TEST_CASE("escapes count against the limit", "[xml]") {
    Builder builder(30);
    builder.open("a").text("&&&&&&&&&&").close();
    CHECK(builder.overflowed());
}

TEST_CASE("copies count against the limit", "[xml]") {
    auto source = good("<a xmlns='urn:a' x='1'>0123456789<b/></a>");
    for (auto copy : {+[](Builder& b, Element e) { b.append(e); }, +[](Builder& b, Element e) { b.append_inner(e); },
                      +[](Builder& b, Element e) { b.open_like(e).close(); }}) {
        Builder builder(18);
        builder.open("root");
        copy(builder, Element::root(source));
        builder.append(Element::root(source)).close();
        CHECK(builder.overflowed());
        CHECK(builder.size() <= 18);
    }
}

TEST_CASE("names beyond the index's reach overflow", "[xml]") {
    Builder builder;
    builder.open(std::string(70'000, 'n')).close();
    CHECK(builder.overflowed());
    builder.clear();
    builder.open("a", std::string(70'000, 'n')).attr("x", "1").text("t").close();
    CHECK(builder.overflowed());
}

TEST_CASE("finish wants one whole element", "[xml]") {
    Builder builder;
    CHECK_THROWS_AS(builder.finish(), std::logic_error);
    builder.open("a");
    CHECK_THROWS_AS(builder.finish(), std::logic_error);
    CHECK(builder.close().finish());
}

TEST_CASE("builders nest, move and are abandoned half way", "[xml]") {
    for (int round = 0; round < 10; ++round) {
        Builder outer;
        outer.open("outer");
        std::vector<Builder> abandoned(8);
        for (auto& builder : abandoned) builder.open("half").text("way");
        Builder inner;
        inner.open("inner", "urn:i").text(std::string(static_cast<std::size_t>(round) * 20'000, 'x')).close();
        Builder moved(std::move(inner));
        outer.append(Element::root(moved.finish())).close();
        auto document = outer.finish();
        CHECK(same(document, from_canonical(document->bytes())));
    }
}
