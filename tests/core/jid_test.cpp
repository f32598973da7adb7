// SPDX-License-Identifier: MIT
// Addresses: the tables of RFC 7622 section 3.5 and a case for each rule of the profiles.
#include "core/jid.hpp"
#include "tests/catch.hpp"

#include <unordered_set>

using epode::Jid;
namespace prepare = epode::prepare;

namespace {

std::string parsed(std::string_view text) {
    const auto jid = Jid::parse(text);
    return jid ? std::string(jid->text()) : "refused: " + jid.error().text;
}
bool refused(std::string_view text) { return !Jid::parse(text); }
std::string repeat(std::string_view text, std::size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
}

} // namespace

TEST_CASE("the legal addresses of RFC 7622 table 1 are taken") {
    struct Row {
        std::string_view text, local, domain, resource;
    };
    const Row row =
        GENERATE(Row{"juliet@example.com", "juliet", "example.com", ""},
                 Row{"juliet@example.com/foo", "juliet", "example.com", "foo"},
                 Row{"juliet@example.com/foo bar", "juliet", "example.com", "foo bar"},
                 Row{"juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"},
                 Row{"foo\\20bar@example.com", "foo\\20bar", "example.com", ""},
                 Row{"fussball@example.com", "fussball", "example.com", ""},
                 Row{"fu\u00dfball@example.com", "fu\u00dfball", "example.com", ""},
                 Row{"\u03c0@example.com", "\u03c0", "example.com", ""},
                 Row{"\u03a3@example.com/foo", "\u03c3", "example.com", "foo"},
                 Row{"\u03c3@example.com/foo", "\u03c3", "example.com", "foo"},
                 Row{"\u03c2@example.com/foo", "\u03c2", "example.com", "foo"},
                 Row{"king@example.com/\u265a", "king", "example.com", "\u265a"},
                 Row{"example.com", "", "example.com", ""}, Row{"example.com/foobar", "", "example.com", "foobar"},
                 Row{"a.example.com/b@example.net", "", "a.example.com", "b@example.net"});
    CAPTURE(row.text);
    const auto jid = Jid::parse(row.text);
    REQUIRE(jid);
    CHECK(jid->local() == row.local);
    CHECK(jid->domain() == row.domain);
    CHECK(jid->resource() == row.resource);
}

TEST_CASE("the strings of RFC 7622 table 2 are refused") {
    const std::string_view text =
        GENERATE("\"juliet\"@example.com", "foo bar@example.com", "juliet@example.com/ foo", "@example.com/",
                 "henry\u2163@example.com", "\u265a@example.com", "juliet@", "/foobar");
    CAPTURE(text);
    CHECK(refused(text));
}

TEST_CASE("the error says which part is wrong") {
    CHECK(Jid::parse("@example.com").error().text == "the localpart is empty");
    CHECK(Jid::parse("a b@example.com").error().text == "the localpart holds a space or a control character");
    CHECK(Jid::parse("a@").error().text == "the domainpart is empty");
    CHECK(Jid::parse("a@example.com/").error().text == "the resourcepart is empty");
    CHECK(Jid::parse("a@example.com/\x01").error().text == "the resourcepart holds a control character");
    CHECK(Jid::parse("a&b@example.com").error().text == "the localpart holds &, which must be escaped (XEP-0106)");
}

TEST_CASE("every character of RFC 7622 3.3.1 is excluded from a localpart, also after width mapping") {
    for (const char c : std::string_view("\"&'/:<>@")) {
        CAPTURE(c);
        CHECK_FALSE(Jid::make(std::string("a") + c, "example.com"));
    }
    CHECK_FALSE(Jid::make("a\uff20b", "example.com")); // fullwidth @
    CHECK_FALSE(Jid::make("a\uff0fb", "example.com")); // fullwidth /
    CHECK(Jid::make("a!#$%()*+,-.;=?[\\]^_`{|}~z", "example.com"));
}

TEST_CASE("localpart and domain are lower case, a resource keeps its case") {
    CHECK(parsed("Juliet@EXAMPLE.Com/Balcony") == "juliet@example.com/Balcony");
    CHECK(parsed("\u00c4RGER@example.com") == "\u00e4rger@example.com");
    CHECK(parsed("\u0130@example.com") == "i\u0307@example.com");
    CHECK(parsed("a@example.com/\u00c4") == "a@example.com/\u00c4");
}

TEST_CASE("fullwidth and halfwidth forms are mapped in a localpart, not in a resource") {
    CHECK(parsed("\uff2a\uff35\uff2c@example.com") == "jul@example.com");
    CHECK(parsed("\uff76\uff9e@example.com") == "\u30ac@example.com"); // halfwidth KA and voicing mark make GA
    CHECK(parsed("a@example.com/\uff21") == "a@example.com/\uff21");
}

TEST_CASE("composed and decomposed forms are the same address") {
    CHECK(parsed("e\u0301@example.com/e\u0301") == "\u00e9@example.com/\u00e9");
    CHECK(*Jid::parse("e\u0301@example.com") == *Jid::parse("\u00e9@example.com"));
}

TEST_CASE("spaces of every kind are one in a resource, and none may lead") {
    CHECK(parsed("a@b/x\u00a0y") == "a@b/x y");
    CHECK(parsed("a@b/x\u3000y") == "a@b/x y");
    CHECK(parsed("a@b/x ") == "a@b/x ");
    CHECK(refused("a@b/\u00a0y"));
    CHECK(refused("a\u00a0b@b"));
}

TEST_CASE("what no class holds is refused in both") {
    const std::string_view bad = GENERATE("\u0007", "\u007f", "\u0085", "\u00ad", "\u0378", "\u200b", "\u202e",
                                          "\u2028", "\u1100", "\ufdd0", "\ue000", "\U000E0001", "\u0640", "\ufe0f");
    CAPTURE(bad);
    CHECK(refused("a" + std::string(bad) + "@example.com"));
    CHECK(refused("a@example.com/b" + std::string(bad)));
}

TEST_CASE("broken UTF-8 is refused in every part") {
    const std::string_view bad = GENERATE("\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80");
    CHECK(refused(std::string(bad) + "@example.com"));
    CHECK(refused("a@" + std::string(bad) + ".example.com"));
    CHECK(refused("a@example.com/" + std::string(bad)));
    CHECK_FALSE(prepare::saslprep(bad));
    CHECK_FALSE(prepare::nickname(bad));
}

TEST_CASE("context rules of RFC 5892 appendix A") {
    CHECK(prepare::username("\u0915\u094d\u200c\u0937")); // non-joiner after a virama
    CHECK(prepare::username("\u0628\u0650\u200c\u0628")); // between joining letters, transparent ones aside
    CHECK_FALSE(prepare::username("a\u200cb"));
    CHECK_FALSE(prepare::username("\u0628\u200c"));
    CHECK(prepare::username("\u0915\u094d\u200d\u0937")); // joiner after a virama
    CHECK_FALSE(prepare::username("\u0628\u200d\u0628"));
    CHECK(prepare::username("col\u00b7lecci\u00f3")); // middle dot
    CHECK(prepare::username("COL\u00b7LECCI\u00d3") == "col\u00b7lecci\u00f3");
    CHECK_FALSE(prepare::username("a\u00b7l"));
    CHECK_FALSE(prepare::opaque("l\u00b7"));
    CHECK(prepare::username("\u0375\u03b1")); // keraia before Greek
    CHECK_FALSE(prepare::username("\u0375a"));
    CHECK_FALSE(prepare::username("\u03b1\u0375"));
    CHECK(prepare::username("\u05d0\u05f3")); // geresh after Hebrew
    CHECK_FALSE(prepare::username("a\u05f3"));
    CHECK(prepare::username("\u05d0\u05f4"));
    CHECK_FALSE(prepare::opaque("\u05f4"));
    CHECK(prepare::username("\u30fb\u30ab")); // katakana middle dot
    CHECK_FALSE(prepare::username("a\u30fb"));
    CHECK(prepare::opaque("\u0660\u0661")); // Arabic digits of one kind
    CHECK(prepare::opaque("\u06f0\u06f1"));
    CHECK_FALSE(prepare::opaque("\u0660\u06f0"));
}

TEST_CASE("exceptions of RFC 5892 2.6") {
    CHECK(prepare::username("\u3007"));
    CHECK(prepare::username("\u0628\u06fd"));
    CHECK_FALSE(prepare::opaque("\u302e"));
    CHECK_FALSE(prepare::opaque("\u3031"));
}

TEST_CASE("the bidi rule of RFC 5893") {
    CHECK(prepare::username("\u05d0\u05d1\u05d2"));
    CHECK(prepare::username("\u05d0\u05d11"));
    CHECK(prepare::username("\u0628\u0651"));        // ends with a mark
    CHECK_FALSE(prepare::username("a\u05d0"));       // 5: right-to-left within left-to-right
    CHECK_FALSE(prepare::username("1\u05d0"));       // 1: begins with a number
    CHECK_FALSE(prepare::username("\u05d0a"));       // 2: Latin within right-to-left
    CHECK_FALSE(prepare::username("\u05d0-"));       // 3: ends with a neutral
    CHECK_FALSE(prepare::username("\u0628\u06601")); // 4: both kinds of numbers
    CHECK_FALSE(prepare::username("a\u0660"));
    CHECK(prepare::opaque("a\u05d0")); // a resource has no such rule
}

TEST_CASE("domains follow UTS 46") {
    CHECK(prepare::domain("B\u00dcCHER.example") == "b\u00fccher.example");
    CHECK(prepare::domain("xn--bcher-kva.example") == "b\u00fccher.example");
    CHECK(prepare::domain("XN--BCHER-KVA.example") == "b\u00fccher.example");
    CHECK(prepare::domain("fa\u00df.example") == "fa\u00df.example"); // not transitional
    CHECK(prepare::domain("\uff45xample.com") == "example.com");
    CHECK(prepare::domain("a\u3002b") == "a.b");
    CHECK(prepare::domain("example.com.") == "example.com");
    CHECK(prepare::domain("b\u00fccher.example\u3002") == "b\u00fccher.example");
    CHECK(prepare::domain("localhost") == "localhost");
    CHECK(prepare::domain("192.0.2.1") == "192.0.2.1");
}

TEST_CASE("what is no domain is refused") {
    const std::string text =
        GENERATE(as<std::string>{}, "", ".", "..", ".a", "a..b", "a.b..", "-a", "a-", "a.-b", "ab--cd", "a_b", "a b",
                 "a:5222", "a@b", "xn--", "xn--a", "xn--zzzzzz99999.example", "\u200d.example", "a\u00ad..b",
                 "\u05d0a.example", "[", "[]", "[::1", "::1", "[::g]", "[1.2.3.4]", "[fe80::1%eth0]", "[fe80::1%25]",
                 "\u3002", "a\uff0fb", "\u00fc..", "\u00fc.\u3002", "\u00fc...");
    CAPTURE(text);
    CHECK_FALSE(prepare::domain(text));
}

TEST_CASE("IPv6 literals are taken in their shortest form") {
    CHECK(parsed("a@[::1]/r") == "a@[::1]/r");
    CHECK(parsed("[2001:DB8:0:0:0:0:0:1]") == "[2001:db8::1]");
    CHECK(parsed("[fe80::1%25eth0]") == "[fe80::1%25eth0]");
}

TEST_CASE("each part has 1023 octets at most, counted after preparation") {
    const std::string most(1023, 'a');
    const std::string label = std::string(61, 'b') + ".";
    const std::string domain = repeat(label, 16) + std::string(31, 'c');
    REQUIRE(domain.size() == 1023);
    CHECK(parsed(most + "@" + domain + "/" + most).size() == 3071);
    CHECK(refused(most + "a@example.com"));
    CHECK(refused("a@example.com/" + most + "a"));
    CHECK(refused("a@" + domain + "c"));
    CHECK_FALSE(refused("a@" + domain + "."));
    CHECK(refused("a@" + std::string(64, 'a')));
    CHECK(refused("a@" + repeat("\u00fc", 64)));
    CHECK(parsed(repeat("e\u0301", 511) + "@b").size() == 1022 + 2);
    CHECK(refused(repeat("\u00e9", 512) + "@b"));
    CHECK(refused("a@b/" + repeat("\u00e9", 512)));
    CHECK(refused(repeat("\uff41", 100'000) + "@b"));
}

TEST_CASE("a full address holds its bare one; a bare one is itself") {
    const Jid full = *Jid::parse("Juliet@example.com/x");
    CHECK(full.is_full());
    CHECK_FALSE(full.is_bare());
    CHECK(full.bare().text() == "juliet@example.com");
    CHECK(full.bare().text().data() == full.bare().bare().text().data());
    CHECK(full.bare().is_bare());
    CHECK(full.domain_jid().text() == "example.com");
    CHECK(full.domain_jid().is_domain());
    CHECK(full.bare().hash() == Jid::parse("juliet@example.com")->hash());
    const Jid service = *Jid::parse("example.com/x");
    CHECK(service.bare().text().data() == service.domain_jid().text().data());
}

TEST_CASE("a resource can be put on and is prepared") {
    const Jid bare = *Jid::parse("a@b");
    CHECK(bare.with_resource("x\u00a0y")->text() == "a@b/x y");
    CHECK(bare.with_resource("x")->with_resource("y")->text() == "a@b/y");
    CHECK(bare.with_resource("x")->bare() == bare);
    CHECK_FALSE(bare.with_resource(""));
    CHECK_FALSE(bare.with_resource("\x01"));
    CHECK_FALSE(Jid{}.with_resource("x"));
}

TEST_CASE("no address is empty, false and harmless") {
    const Jid none;
    CHECK_FALSE(none);
    CHECK(none.text().empty());
    CHECK(none.domain().empty());
    CHECK(none.resource().empty());
    CHECK(none.escaped().empty());
    CHECK_FALSE(none.bare());
    CHECK_FALSE(none.domain_jid());
    CHECK(none == Jid{});
    CHECK(none != *Jid::parse("a"));
}

TEST_CASE("parts are not split again") {
    CHECK(Jid::make("", "b", "x/y")->text() == "b/x/y");
    CHECK(Jid::make("", "b")->text() == "b");
    CHECK_FALSE(Jid::make("a", ""));
    CHECK_FALSE(Jid::make("", "a@b"));
    CHECK_FALSE(Jid::make("", "b/c"));
}

TEST_CASE("the escaped form differs only where it must") {
    const Jid plain = *Jid::parse("a@b/c\"d>");
    CHECK(plain.escaped().data() == plain.text().data());
    CHECK(Jid::parse("a@b/<&'>")->escaped() == "a@b/&lt;&amp;&apos;>");
    CHECK(Jid::parse("a@b/<&'>")->bare().escaped() == "a@b");
}

TEST_CASE("addresses compare, sort and hash by their prepared text") {
    CHECK(*Jid::parse("A@b") == *Jid::parse("a@B"));
    CHECK(*Jid::parse("a@b") < *Jid::parse("b@b"));
    std::unordered_set<Jid> set;
    set.insert(*Jid::parse("a@b/x"));
    CHECK(set.contains(*Jid::parse("A@B/x")));
    CHECK_FALSE(set.contains(*Jid::parse("a@b/X")));
}

TEST_CASE("nicknames compare by RFC 8266") {
    CHECK(prepare::nickname("  Foo   Bar ") == "foo bar");
    CHECK(prepare::nickname("\u00a0a\u3000b") == "a b");
    CHECK(prepare::nickname("\u2163") == "iv");
    CHECK(prepare::nickname("\u03a3") == "\u03c3");
    CHECK_FALSE(prepare::nickname("   "));
    CHECK_FALSE(prepare::nickname(""));
    CHECK_FALSE(prepare::nickname("a\x01"));
}

TEST_CASE("SASLprep: the examples of RFC 4013 section 3") {
    CHECK(prepare::saslprep("I\u00adX") == "IX");
    CHECK(prepare::saslprep("user") == "user");
    CHECK(prepare::saslprep("USER") == "USER");
    CHECK(prepare::saslprep("\u00aa") == "a");
    CHECK(prepare::saslprep("\u2168") == "IX");
    CHECK_FALSE(prepare::saslprep("\x07"));
    CHECK_FALSE(prepare::saslprep("\u0627"
                                  "1"));
    CHECK(prepare::saslprep("a\u00a0b") == "a b");
    CHECK_FALSE(prepare::saslprep("\U0001F600")); // not assigned in Unicode 3.2
    CHECK(prepare::saslprep("").value_or("x").empty());
}

TEST_CASE("OpaqueString: the examples of RFC 8265 section 4.3") {
    CHECK(prepare::opaque("correct horse battery staple") == "correct horse battery staple");
    CHECK(prepare::opaque("Correct Horse Battery Staple") == "Correct Horse Battery Staple");
    CHECK(prepare::opaque("\u03c0\u00df\u00e5") == "\u03c0\u00df\u00e5");
    CHECK(prepare::opaque("Jack of \u2666s") == "Jack of \u2666s");
    CHECK(prepare::opaque("foo\u1680bar") == "foo bar");
    CHECK_FALSE(prepare::opaque(""));
    CHECK_FALSE(prepare::opaque("my cat is a \tby"));
}

TEST_CASE("SipHash-2-4: the vectors of its authors") {
    epode::set_hash_key(0x0706050403020100, 0x0f0e0d0c0b0a0908);
    std::string input;
    CHECK(epode::keyed_hash(input) == 0x726fdb47dd0e0e31);
    for (char c = 0; c < 15; ++c) input.push_back(c);
    CHECK(epode::keyed_hash(input) == 0xa129ca6149be45e5);
    CHECK(epode::keyed_hash(input.substr(0, 8)) == 0x93f5f5799a932462);
}
