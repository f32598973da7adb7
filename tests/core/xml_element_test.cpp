// SPDX-License-Identifier: MIT
// Reading: the null element, attributes, children, text.
#include "tests/core/xml_kit.hpp"

using namespace epode;
using namespace epode::xml;

TEST_CASE("the null element answers everything", "[xml]") {
    const Element none;
    CHECK_FALSE(none);
    CHECK(none.name().empty());
    CHECK(none.ns().empty());
    CHECK(none.attr("x").empty());
    CHECK_FALSE(none.find_attr("x"));
    CHECK_FALSE(none.find_attr("x", "urn:x"));
    CHECK_FALSE(none.child("a").child("b", "urn:b").child_in("urn:c").first());
    CHECK(none.child("a").child_text("b").empty());
    CHECK(none.children().empty());
    CHECK(none.bytes().empty());
    CHECK(none.inner().empty());
    CHECK(none.str().empty());
    none.each_attr([](Attribute) { FAIL("there is none"); });
    for (Element child : none.children()) FAIL(child.name());
}

TEST_CASE("attributes: first, last, absent, empty, decoded", "[xml]") {
    auto document =
        good("<a xmlns='urn:a' one='1' empty='' esc='&lt;&quot;&amp;&#x41;&#9;' xml:lang='en' last='9'><b/></a>");
    auto a = Element::root(document);
    CHECK(a.attr("one") == "1");
    CHECK(a.attr("last") == "9");
    CHECK(a.attr("esc") == "<\"&A\t");
    CHECK(a.attr("absent").empty());
    CHECK(a.find_attr("empty").value() == "");
    CHECK_FALSE(a.find_attr("absent"));
    CHECK_FALSE(a.find_attr("on"));
    CHECK_FALSE(a.find_attr("xmlns"));
    CHECK_FALSE(a.find_attr("lang"));
    CHECK(a.attr("xml:lang") == "en");
    CHECK(a.first().attr("one").empty());
    std::vector<std::string> seen;
    a.each_attr([&](const Attribute& each) {
        seen.push_back(std::string(each.ns) + "|" + std::string(each.name) + "|" + each.value.str());
    });
    CHECK(seen == std::vector<std::string>{"|one|1", "|empty|", "|esc|<\"&A\t",
                                           "http://www.w3.org/XML/1998/namespace|lang|en", "|last|9"});
}

TEST_CASE("a value that looks like attributes is none", "[xml]") {
    auto a = good("<a x=\" y='1' xmlns:n0='urn:q' z='\" q='&lt;'/>");
    CHECK_FALSE(Element::root(a).find_attr("y"));
    CHECK_FALSE(Element::root(a).find_attr("z"));
    CHECK(Element::root(a).attr("x") == " y='1' xmlns:n0='urn:q' z='");
    CHECK(Element::root(a).attr("q") == "<");
}

TEST_CASE("children by name and namespace, in order", "[xml]") {
    auto document = good("<a xmlns='urn:a'><b n='1'><c n='deep'/></b>text<b n='2' xmlns='urn:b'/><c n='3'/></a>");
    auto a = Element::root(document);
    CHECK(a.child("b").attr("n") == "1");
    CHECK(a.child("b", "urn:b").attr("n") == "2");
    CHECK(a.child_in("urn:b").attr("n") == "2");
    CHECK(a.child("c").attr("n") == "3");
    CHECK(a.first().attr("n") == "1");
    CHECK_FALSE(a.child("c").first());
    CHECK_FALSE(a.child("c", "urn:b"));
    CHECK_FALSE(a.child_in("urn:c"));
    std::string order;
    for (Element child : a.children()) order += child.attr("n").str();
    CHECK(order == "123");
    CHECK(std::distance(a.children().begin(), a.children().end()) == 3);
}

TEST_CASE("text leaves out the children's", "[xml]") {
    auto document = good("<a>x&amp;<b>no</b>y<![CDATA[<z>]]>&#13;<c/></a>");
    auto a = Element::root(document);
    CHECK(a.text() == "x&y<z>\r");
    CHECK(a.child_text("b") == "no");
    CHECK(a.child("c").text().empty());
    CHECK(a.inner() == "x&amp;<b>no</b>y&lt;z&gt;&#13;<c/>");
    CHECK(a.child("b").bytes() == "<b>no</b>");
    CHECK(a.child("c").bytes() == "<c/>");
    CHECK(a.child("c").inner().empty());
}

TEST_CASE("str() stands alone", "[xml]") {
    auto document = good("<a xmlns='urn:a'><b x='1'><c/></b><d xmlns='jabber:client'/></a>");
    auto a = Element::root(document);
    CHECK(a.child("b").str() == "<b xmlns='urn:a' x='1'><c/></b>");
    CHECK(a.child("d").str() == "<d xmlns='jabber:client'/>");
    CHECK(Element::root(good("<e/>")).str() == "<e/>");
}

TEST_CASE("a fragment keeps its document", "[xml]") {
    Fragment kept;
    CHECK_FALSE(kept);
    CHECK_FALSE(kept.element());
    {
        auto document = good("<a xmlns='urn:a'><b>deep</b></a>");
        kept = Fragment(Element::root(document).child("b"));
    }
    CHECK(kept.element().text() == "deep");
    CHECK(kept.element().is("b", "urn:a"));
}
