// SPDX-License-Identifier: MIT
// What a stream may cost: each limit exactly at its edge, and the known attacks.
#include "tests/core/xml_kit.hpp"

using namespace epode;
using namespace epode::xml;

namespace {

std::string times(std::size_t count, std::string_view piece) {
    std::string all;
    all.reserve(count * piece.size());
    for (std::size_t i = 0; i < count; ++i) all += piece;
    return all;
}

struct Attack {
    std::string_view name;
    std::string bytes;
    ParseFault fault;
};

std::string attributes(std::size_t count) {
    std::string all = "<a";
    for (std::size_t i = 0; i < count; ++i) all += " a" + std::to_string(i) + "=''";
    return all;
}

std::string declarations(std::size_t count) {
    std::string all = "<a";
    for (std::size_t i = 0; i < count; ++i) all += " xmlns:p" + std::to_string(i) + "='u'";
    return all;
}

std::vector<Attack> attacks() {
    const std::string mebibyte(1024 * 1024, 'x');
    const std::string long_ns(1000, 'n');
    return {
        {"one MiB of text", "<a>" + mebibyte, ParseFault::policy_violation},
        {"one MiB of name", "<" + mebibyte, ParseFault::policy_violation},
        {"one MiB of attribute", "<a x='" + mebibyte, ParseFault::policy_violation},
        {"one MiB of comment", "<!--" + mebibyte, ParseFault::policy_violation},
        {"one MiB of CDATA", "<a><![CDATA[" + mebibyte, ParseFault::policy_violation},
        {"one MiB of white space in a tag", "<a " + std::string(1024 * 1024, ' '), ParseFault::policy_violation},
        {"one MiB of elements", "<a>" + times(256 * 1024, "<b/>"), ParseFault::policy_violation},
        {"deep nesting", times(100'000, "<a>"), ParseFault::policy_violation},
        {"attribute flood", attributes(4000) + "/>", ParseFault::policy_violation},
        {"declaration flood", declarations(4000) + "/>", ParseFault::policy_violation},
        {"one long namespace and thousands of <a:b/>",
         "<m xmlns:a='" + long_ns + "'>" + times(10'000, "<a:b/>") + "</m>", ParseFault::policy_violation},
        {"one long namespace and thousands of a:b=''",
         "<m xmlns:a='" + long_ns + "'>" + times(5'000, "<b a:c=''/>") + "</m>", ParseFault::policy_violation},
        {"text that grows when it is escaped", "<a><![CDATA[" + std::string(20'000, '&') + "]]></a>",
         ParseFault::policy_violation},
        {"attribute that grows when it is escaped", "<a b=\"" + std::string(12'000, '\'') + "\"/>",
         ParseFault::policy_violation},
        {"billion laughs in a stanza", "<a>&lol9;</a>", ParseFault::restricted_xml},
    };
}

} // namespace

TEST_CASE("attacks on a stream end in their fault, before memory is spent", "[xml]") {
    for (const Attack& attack : attacks()) {
        for (std::size_t cut : {1000U, 1024U, 65'536U}) {
            Stream stream;
            INFO(attack.name << ", " << cut << " at a time");
            std::size_t used = 0;
            for (std::size_t at = 0; at < attack.bytes.size() && stream.parser.fault() == ParseFault::none; at += cut)
                used += stream.parser.feed(std::string_view(attack.bytes).substr(at, cut));
            CHECK(stream.parser.fault() == attack.fault);
            CHECK(used <= Limits().stanza);
            CHECK(stream.sink.heard.empty());
        }
    }
}

TEST_CASE("a billion laughs are not heard", "[xml]") {
    std::string laughs = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>";
    for (int i = 1; i < 10; ++i)
        laughs += "<!ENTITY lol" + std::to_string(i) + " '" +
                  times(10, "&lol" + (i == 1 ? "" : std::to_string(i - 1)) + ";") + "'>";
    laughs += "]><lolz>&lol9;</lolz>";
    for (std::size_t cut : {std::size_t(1), laughs.size()}) {
        Recorder sink;
        Parser parser(sink, {});
        for (std::size_t at = 0; at < laughs.size(); at += cut) parser.feed(std::string_view(laughs).substr(at, cut));
        CHECK(parser.fault() == ParseFault::restricted_xml);
        CHECK(sink.heard.empty());
    }
    CHECK_FALSE(parse(laughs));
}

TEST_CASE("the stanza's limit holds for what is read, exactly", "[xml]") {
    const std::string_view stanza = "<a xmlns='u'>text</a>";
    Limits limits;
    for (std::size_t step : {1U, 100U}) {
        for (std::size_t limit : {stanza.size(), stanza.size() - 1}) {
            limits.stanza = limit;
            Stream stream;
            stream.parser.set_limits(limits);
            for (int round = 0; round < 3; ++round) {
                for (std::size_t at = 0; at < stanza.size(); at += step) stream.feed(stanza.substr(at, step));
                stream.feed("  ");
            }
            CHECK((stream.parser.fault() == ParseFault::none) == (limit == stanza.size()));
            CHECK(stream.sink.heard.size() == (limit == stanza.size() ? 3 : 0));
        }
    }
}

TEST_CASE("the stanza's limit holds for what is written", "[xml]") {
    const std::string_view stanza = "<m xmlns:p='urn:x'><p:a/><p:b/></m>";
    const std::size_t written = std::string_view("<m><a xmlns='urn:x'/><b xmlns='urn:x'/></m>").size();
    for (std::size_t limit : {written, written - 1}) {
        Limits limits;
        limits.stanza = limit;
        Stream stream;
        stream.parser.set_limits(limits);
        stream.feed(stanza);
        CHECK(stream.parser.fault() == (limit == written ? ParseFault::none : ParseFault::policy_violation));
    }
}

TEST_CASE("depth, attributes, names, namespaces at their edge", "[xml]") {
    Limits limits;
    const auto fault = [&](const std::string& bytes) {
        Stream stream(limits);
        stream.feed(bytes);
        return stream.parser.fault();
    };
    CHECK(fault(times(limits.depth, "<a>") + times(limits.depth, "</a>")) == ParseFault::none);
    CHECK(fault(times(limits.depth + 1, "<a>")) == ParseFault::policy_violation);
    CHECK(fault(attributes(limits.attributes) + "/>") == ParseFault::none);
    CHECK(fault(attributes(limits.attributes + 1) + "/>") == ParseFault::policy_violation);
    CHECK(fault(declarations(limits.attributes) + "/>") == ParseFault::none);
    CHECK(fault(declarations(limits.attributes + 1) + "/>") == ParseFault::policy_violation);
    const std::string name(limits.name, 'n'), ns(limits.ns, 'u');
    CHECK(fault("<" + name + "/>") == ParseFault::none);
    CHECK(fault("<n" + name + "/>") == ParseFault::policy_violation);
    CHECK(fault("<a " + name + "=''/>") == ParseFault::none);
    CHECK(fault("<a n" + name + "=''/>") == ParseFault::policy_violation);
    CHECK(fault("<a xmlns:" + name + "='u'/>") == ParseFault::none);
    CHECK(fault("<a xmlns:n" + name + "='u'/>") == ParseFault::policy_violation);
    CHECK(fault("<a xmlns='" + ns + "'/>") == ParseFault::none);
    CHECK(fault("<a xmlns='u" + ns + "'/>") == ParseFault::policy_violation);
    CHECK(fault("<a><b xmlns:p='u" + ns + "'/></a>") == ParseFault::policy_violation);
}

TEST_CASE("one tag has its own limit", "[xml]") {
    Limits limits;
    limits.tag = 100;
    for (std::size_t step : {1U, 7U}) {
        const std::string tag = "<a x='" + std::string(150, 'x');
        Stream stream;
        stream.parser.set_limits(limits);
        std::size_t at = 0;
        for (; at < tag.size() && stream.parser.fault() == ParseFault::none; at += step)
            stream.feed(std::string_view(tag).substr(at, step));
        CHECK(stream.parser.fault() == ParseFault::policy_violation);
        CHECK(at <= limits.tag + step);
    }
}

TEST_CASE("the header has limits too", "[xml]") {
    const auto fault = [](const std::string& bytes) {
        Recorder sink;
        Parser parser(sink, {});
        parser.feed(bytes);
        CHECK(sink.heard.size() == (parser.fault() == ParseFault::none ? 1 : 0));
        return parser.fault();
    };
    CHECK(fault(declarations(Limits().declarations) + ">") == ParseFault::none);
    CHECK(fault(declarations(Limits().declarations + 1) + ">") == ParseFault::policy_violation);
    CHECK(fault(attributes(Limits().attributes + 1) + ">") == ParseFault::policy_violation);
    CHECK(fault("<stream:stream xmlns:stream='" + std::string(100'000, 'x')) == ParseFault::policy_violation);
    CHECK(fault("<a x='" + std::string(100'000, 'x')) == ParseFault::policy_violation);
    CHECK(fault("<?xml " + std::string(100'000, ' ')) == ParseFault::policy_violation);
}

TEST_CASE("white space between stanzas is free, however much", "[xml]") {
    Limits limits;
    limits.stanza = 500;
    Stream stream(limits);
    for (int i = 0; i < 100; ++i) stream.feed(std::string(1000, i % 2 ? ' ' : '\n')).feed("<a xmlns='u'/>");
    CHECK(stream.parser.fault() == ParseFault::none);
    CHECK(stream.sink.heard.size() == 100);
}

TEST_CASE("a long stream of new names goes on, whatever its cuts", "[xml]") {
    Stream stream;
    std::string bytes;
    for (int i = 0; i < 20'000; ++i) {
        const std::string name = "n" + std::to_string(i);
        bytes += "<" + name + " xmlns='u' a" + name + "=''><stream:b/></" + name + ">";
    }
    for (std::size_t at = 0; at < bytes.size(); at += 999) stream.feed(std::string_view(bytes).substr(at, 999));
    CHECK(stream.parser.fault() == ParseFault::none);
    REQUIRE(stream.sink.heard.size() == 20'000);
    CHECK(stream.sink.heard.back() ==
          "-|-|<n19999 xmlns='u' an19999=''><b xmlns='http://etherx.jabber.org/streams'/></n19999>");
}
