// SPDX-License-Identifier: MIT
// Streams in all cuts; stopping, parking, restarting; what is refused and how it is called.
#include "tests/core/xml_kit.hpp"

#include <stdexcept>

using namespace epode;
using namespace epode::xml;

namespace {

/// A stream with everything that a tokenizer could be cut in, and what must be heard.
const std::string play = "\n" + std::string(header) +
                         " \n<message from='r@x/1' to=\"j@y\" id='1'><body>h\xC3\xA9 &amp; &#x1F600; &lt;</body>"
                         "<x xmlns='urn:x' xmlns:q='urn:q' q:a=\"it's\"/><![CDATA[a]]b]]>\r\nc</message>\r\n\t"
                         "<iq type='get'><q:query xmlns:q='urn:q'></q:query></iq><a xmlns='urn:sm:3'/><presence/>"
                         "<stream:error><conflict xmlns='urn:e'/></stream:error> </stream:stream>";
const std::vector<std::string> heard = {
    "stream stream",
    "r@x/1|j@y|<message id='1'><body>h\xC3\xA9 &amp; \xF0\x9F\x98\x80 &lt;</body><x xmlns='urn:x' xmlns:n0='urn:q' "
    "n0:a='it&apos;s'/>a]]b\nc</message>",
    "-|-|<iq type='get'><query xmlns='urn:q'/></iq>",
    "-|-|<a xmlns='urn:sm:3'/>",
    "-|-|<presence/>",
    "-|-|<error xmlns='http://etherx.jabber.org/streams'><conflict xmlns='urn:e'/></error>",
    "end",
};

struct Refusal {
    std::string_view what;
    std::string_view bytes;
    ParseFault fault;
};

/// After a stream header.
const Refusal in_stream[] = {
    {"comment", "<!-- c -->", ParseFault::restricted_xml},
    {"comment inside", "<a><!-- c --></a>", ParseFault::restricted_xml},
    {"processing instruction", "<?php echo?>", ParseFault::restricted_xml},
    {"processing instruction inside", "<a><?x?></a>", ParseFault::restricted_xml},
    {"entity", "<a>&nbsp;</a>", ParseFault::restricted_xml},
    {"entity in an attribute", "<a x='&nbsp;'/>", ParseFault::restricted_xml},
    {"text between stanzas", "hello", ParseFault::invalid_xml},
    {"text behind a stanza", "<a/>x", ParseFault::invalid_xml},
    {"text in CDATA between stanzas", "<![CDATA[x]]>", ParseFault::invalid_xml},
    {"mismatched tag", "<a></b>", ParseFault::not_well_formed},
    {"closing the wrong stream", "</stream>", ParseFault::not_well_formed},
    {"unbound prefix", "<x:a/>", ParseFault::not_well_formed},
    {"unbound attribute prefix", "<a x:b='1'/>", ParseFault::not_well_formed},
    {"prefix undeclared", "<a xmlns:p=''/>", ParseFault::not_well_formed},
    {"xml bound to another namespace", "<a xmlns:xml='urn:x'/>", ParseFault::not_well_formed},
    {"two attributes of one name", "<a x='1' x='2'/>", ParseFault::not_well_formed},
    {"two attributes of one expanded name", "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
     ParseFault::not_well_formed},
    {"element in xml:", "<xml:a/>", ParseFault::invalid_xml},
    {"child in xml:", "<a><xml:a/></a>", ParseFault::invalid_xml},
    {"raw less-than in an attribute", "<a x='<'/>", ParseFault::not_well_formed},
    {"bare ampersand", "<a>a & b</a>", ParseFault::not_well_formed},
    {"section end in text", "<a>]]></a>", ParseFault::not_well_formed},
    {"control character", "<a>\x01</a>", ParseFault::not_well_formed},
    {"control character by number", "<a>&#1;</a>", ParseFault::not_well_formed},
    {"surrogate by number", "<a>&#xD800;</a>", ParseFault::not_well_formed},
    {"overlong UTF-8", "<a>\xC0\xAF</a>", ParseFault::not_well_formed},
    {"surrogate in UTF-8", "<a>\xED\xA0\x80</a>", ParseFault::not_well_formed},
    {"UTF-8 beyond Unicode", "<a>\xF4\x90\x80\x80</a>", ParseFault::not_well_formed},
    {"lone continuation byte", "<a>\x80</a>", ParseFault::not_well_formed},
    {"cut character", "<a>\xC3</a>", ParseFault::not_well_formed},
    {"Latin-1 in an attribute", "<a x='\xE9'/>", ParseFault::not_well_formed},
    {"U+FFFE", "<a>\xEF\xBF\xBE</a>", ParseFault::not_well_formed},
    {"second XML declaration", "<?xml version='1.0'?>", ParseFault::not_well_formed},
    {"DTD inside", "<!DOCTYPE a>", ParseFault::not_well_formed},
};

/// Instead of a stream header.
const Refusal at_start[] = {
    {"text", "hello", ParseFault::not_well_formed},
    {"TLS", std::string_view("\x16\x03\x01\x00\xF4", 5), ParseFault::not_well_formed},
    {"HTTP", "GET / HTTP/1.1\r\n", ParseFault::not_well_formed},
    {"comment", "<!-- c --><a>", ParseFault::restricted_xml},
    {"processing instruction", "<?x y?><a>", ParseFault::restricted_xml},
    {"DTD", "<!DOCTYPE a><a>", ParseFault::restricted_xml},
    {"external DTD", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>", ParseFault::restricted_xml},
    {"internal DTD", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>", ParseFault::restricted_xml},
    {"declared Latin-1", "<?xml version='1.0' encoding='ISO-8859-1'?><a>", ParseFault::unsupported_encoding},
    {"declared UTF-16", "<?xml version='1.0' encoding='utf-16'?><a>", ParseFault::unsupported_encoding},
    {"UTF-16, little end first, marked", std::string_view("\xFF\xFE<\0a\0>\0", 8), ParseFault::unsupported_encoding},
    {"UTF-16, big end first, marked", std::string_view("\xFE\xFF\0<\0a\0>", 8), ParseFault::unsupported_encoding},
    {"UTF-16, little end first", std::string_view("<\0a\0>\0", 6), ParseFault::unsupported_encoding},
    {"UTF-16, big end first", std::string_view("\0<\0a\0>", 6), ParseFault::unsupported_encoding},
    {"UTF-32", std::string_view("\0\0\0<\0\0\0a", 8), ParseFault::unsupported_encoding},
};

ParseFault fault_of(Parser& parser, std::string_view bytes, std::size_t cut) {
    while (!bytes.empty() && parser.fault() == ParseFault::none) {
        parser.feed(bytes.substr(0, cut));
        bytes.remove_prefix(std::min(cut, bytes.size()));
    }
    return parser.fault();
}

} // namespace

TEST_CASE("a stream in one piece, in every two pieces, byte by byte", "[xml]") {
    for (std::size_t cut = 0; cut <= play.size(); ++cut) {
        Recorder sink;
        Parser parser(sink, {});
        INFO("cut at " << cut);
        REQUIRE(parser.feed(std::string_view(play).substr(0, cut)) == cut);
        REQUIRE(parser.feed(std::string_view(play).substr(cut)) == play.size() - cut);
        REQUIRE(parser.fault() == ParseFault::none);
        REQUIRE(sink.heard == heard);
    }
    for (std::size_t step : {1U, 2U, 3U, 7U, 64U}) {
        Recorder sink;
        Parser parser(sink, {});
        for (std::size_t at = 0; at < play.size(); at += step) parser.feed(std::string_view(play).substr(at, step));
        CHECK(sink.heard == heard);
    }
}

TEST_CASE("an element is heard with its last byte", "[xml]") {
    Stream stream;
    const std::string_view stanza = "<message><body>hi</body></message>";
    for (std::size_t i = 0; i + 1 < stanza.size(); ++i) {
        stream.feed(stanza.substr(i, 1));
        CHECK(stream.sink.heard.empty());
        CHECK(stream.parser.mid_element());
    }
    stream.feed(stanza.substr(stanza.size() - 1));
    CHECK(stream.sink.heard.size() == 1);
    CHECK_FALSE(stream.parser.mid_element());
}

TEST_CASE("the header's attributes", "[xml]") {
    Recorder sink;
    Parser parser(sink, {});
    parser.feed(
        "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' from='a&amp;b' to='c' id='d' "
        "version='1.0' xml:lang='en' xmlns:db='jabber:server:dialback' other='x' s:from='no'>");
    CHECK(sink.header.name == "stream");
    CHECK(sink.header.ns == "http://etherx.jabber.org/streams");
    CHECK(sink.header.default_ns == "jabber:server");
    CHECK(sink.header.from == "a&b");
    CHECK(sink.header.to == "c");
    CHECK(sink.header.id == "d");
    CHECK(sink.header.version == "1.0");
    CHECK(sink.header.lang == "en");
}

TEST_CASE("stanzas of servers and components are jabber:client's", "[xml]") {
    for (std::string ns : {"jabber:server", "jabber:component:accept", "jabber:client"}) {
        Recorder sink;
        Parser parser(sink, {});
        parser.feed("<s:stream xmlns='" + ns +
                    "' xmlns:s='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'>"
                    "<message><body>b</body><x xmlns='urn:x'><message xmlns='jabber:client'/></x></message>"
                    "<db:result from='a' to='b'>key</db:result>");
        REQUIRE(sink.heard.size() == 3);
        CHECK(sink.heard[1] ==
              "-|-|<message><body>b</body><x xmlns='urn:x'><message xmlns='jabber:client'/></x></message>");
        CHECK(Element::root(sink.documents[0]).child("body", "jabber:client"));
        CHECK(sink.heard[2] == "a|b|<result xmlns='jabber:server:dialback'>key</result>");
    }
}

TEST_CASE("a stanza is in its stream's content namespace, and in no other", "[xml]") {
    for (std::string other : {"jabber:server", "jabber:component:accept"}) {
        Stream stream;
        stream.feed("<message xmlns='" + other + "'/><s:message xmlns:s='" + other + "'/>");
        const std::string as_it_came = "-|-|<message xmlns='" + other + "'/>";
        CHECK(stream.sink.heard == std::vector<std::string>{as_it_came, as_it_came});
    }
    Recorder sink;
    Parser parser(sink, {});
    parser.feed("<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams'>"
                "<message xmlns='jabber:component:accept'/>");
    REQUIRE(sink.heard.size() == 2);
    CHECK(sink.heard[1] == "-|-|<message xmlns='jabber:component:accept'/>");
}

TEST_CASE("only the root's own from and to are taken out", "[xml]") {
    Stream stream;
    stream.feed("<iq to='' id='1'><x xmlns='urn:x' from='a' to='b'/></iq><iq xmlns:q='urn:q' q:from='c'/>");
    CHECK(stream.sink.heard == std::vector<std::string>{"-||<iq id='1'><x xmlns='urn:x' from='a' to='b'/></iq>",
                                                        "-|-|<iq xmlns:n0='urn:q' n0:from='c'/>"});
}

TEST_CASE("stanzas inherit the stream's language", "[xml]") {
    Stream stream;
    stream.parser.set_default_lang("de");
    stream.feed("<message id='1'><body/></message><message xml:lang='en'/><auth xmlns='urn:sasl'/>");
    CHECK(stream.sink.heard == std::vector<std::string>{"-|-|<message id='1' xml:lang='de'><body/></message>",
                                                        "-|-|<message xml:lang='en'/>",
                                                        "-|-|<auth xmlns='urn:sasl'/>"});
}

TEST_CASE("what XMPP restricts and XML forbids, in one piece and byte by byte", "[xml]") {
    for (const Refusal& refusal : in_stream) {
        for (std::size_t cut : {1U, 5U, 1000U}) {
            INFO(refusal.what);
            Stream stream;
            CHECK(fault_of(stream.parser, refusal.bytes, cut) == refusal.fault);
            CHECK_FALSE(stream.parser.fault_text().empty());
            const auto before = stream.sink.heard.size();
            CHECK(stream.parser.feed("<a/>") == 0);
            CHECK(stream.sink.heard.size() == before);
            CHECK_FALSE(stream.parser.park());
        }
    }
    for (const Refusal& refusal : at_start) {
        for (std::size_t cut : {1U, 5U, 1000U}) {
            INFO(refusal.what);
            Recorder sink;
            Parser parser(sink, {});
            CHECK(fault_of(parser, refusal.bytes, cut) == refusal.fault);
            CHECK(sink.heard.empty());
        }
    }
}

TEST_CASE("UTF-8 may be declared, in any case, after white space", "[xml]") {
    for (std::string_view start :
         {"<?xml version='1.0' encoding='UTF-8'?><a>", "<?xml version='1.0' encoding='utf-8'?><a>",
          " \r\n\t<?xml version='1.0' standalone='no'?>\n<a>", "<a>"}) {
        Recorder sink;
        Parser parser(sink, {});
        CHECK(parser.feed(start) == start.size());
        CHECK(sink.heard.size() == 1);
    }
}

TEST_CASE("stopping leaves the rest unread", "[xml]") {
    for (std::string_view stanza : {"<auth xmlns='urn:a'>x</auth>", "<auth xmlns='urn:a'/>"}) {
        for (std::string_view rest : {"", " ", "<iq/>", "<iq/><iq id='2'>"}) {
            Stream stream;
            bool stop = true;
            stream.sink.at_element = [&] {
                if (std::exchange(stop, false)) stream.parser.stop();
            };
            const std::string bytes = " " + std::string(stanza) + std::string(rest);
            CHECK(stream.parser.feed(bytes) == 1 + stanza.size());
            CHECK(stream.sink.heard.size() == 1);
            CHECK(stream.parser.feed(rest) == rest.size());
            CHECK(stream.sink.heard.size() == (rest.size() > 1 ? 2U : 1U));
            CHECK(stream.parser.mid_element() == rest.ends_with("'2'>"));
        }
    }
}

TEST_CASE("stopping at the header and in the third slice", "[xml]") {
    Recorder sink;
    Parser parser(sink, {});
    sink.at_header = [&] { parser.stop(); };
    const std::string bytes =
        std::string(header) + "<message><body>" + std::string(3000, 'x') + "</body></message><iq/>";
    CHECK(parser.feed(bytes) == header.size());
    sink.at_element = [&] { parser.stop(); };
    CHECK(parser.feed(std::string_view(bytes).substr(header.size())) == bytes.size() - header.size() - 5);
    CHECK(parser.feed("<iq/>") == 5);
    CHECK(sink.heard.size() == 3);
}

TEST_CASE("a stopped parser changes hands", "[xml]") {
    Stream stream;
    Recorder other;
    stream.sink.at_element = [&] { stream.parser.stop(); };
    const std::string_view bytes = "<a xmlns='u'/><b xmlns='u'/></stream:stream>";
    auto used = stream.parser.feed(bytes);
    stream.parser.set_sink(other);
    CHECK(stream.parser.feed(bytes.substr(used)) == bytes.size() - used);
    CHECK(stream.sink.heard == std::vector<std::string>{"-|-|<a xmlns='u'/>"});
    CHECK(other.heard == std::vector<std::string>{"-|-|<b xmlns='u'/>", "end"});
}

TEST_CASE("parking is possible exactly where nothing is half read", "[xml]") {
    const std::string_view stanza = "<message><body>h&amp;i</body><stream:x/></message>";
    Stream stream;
    for (std::size_t i = 0; i < stanza.size(); ++i) {
        if (i > 0) CHECK_FALSE(stream.parser.park());
        stream.feed(stanza.substr(i, 1));
    }
    CHECK(stream.parser.park());
    CHECK(stream.parser.parked());
    CHECK(stream.parser.park());
    CHECK_FALSE(stream.parser.mid_element());
    stream.feed(" ");
    CHECK_FALSE(stream.parser.parked());
    CHECK(stream.parser.park());
    stream.feed("<presence/>");
    CHECK(stream.parser.park());
    stream.feed(stanza).feed("</stream:stream>");
    CHECK(stream.sink.heard.size() == 4);
    CHECK(stream.sink.heard.back() == "end");
    CHECK_FALSE(stream.parser.park());

    Recorder sink;
    Parser fresh(sink, {});
    CHECK_FALSE(fresh.park());
    fresh.feed("<stream:str");
    CHECK_FALSE(fresh.park());
}

TEST_CASE("a parked parser still knows the header's prefixes", "[xml]") {
    Recorder sink;
    Parser parser(sink, {});
    parser.feed("<?xml version='1.0'?> <s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:p='urn:p' "
                "xmlns='jabber:client'>");
    for (int i = 0; i < 3; ++i) {
        REQUIRE(parser.park());
        parser.feed("<p:a/><message/>");
    }
    CHECK(sink.heard.size() == 7);
    CHECK(sink.heard.back() == "-|-|<message/>");
    CHECK(sink.heard[5] == "-|-|<a xmlns='urn:p'/>");
    CHECK(parser.park());
    CHECK(parser.feed("</s:stream>") == 11);
    CHECK(sink.heard.back() == "end");
}

TEST_CASE("restart expects a new header", "[xml]") {
    Stream stream;
    stream.parser.set_default_lang("de");
    stream.feed("<a xmlns='u'/>");
    stream.parser.restart();
    const std::string again = std::string(header) + "<message/>";
    CHECK(stream.parser.feed(again) == again.size());
    CHECK(stream.sink.heard == std::vector<std::string>{"-|-|<a xmlns='u'/>", "stream stream", "-|-|<message/>"});
}

TEST_CASE("restart from inside a sink stops there", "[xml]") {
    Stream stream;
    stream.sink.at_element = [&] { stream.parser.restart(); };
    const std::string bytes = "<auth xmlns='u'/>" + std::string(header);
    const auto used = stream.parser.feed(bytes);
    CHECK(used == 17);
    CHECK(stream.parser.feed(std::string_view(bytes).substr(used)) == header.size());
    CHECK(stream.sink.heard.back() == "stream stream");
    stream.sink.at_end = [&] { stream.parser.restart(); };
    CHECK(stream.parser.feed("</stream:stream>") == 16);
    CHECK(stream.parser.feed(header) == header.size());
    CHECK(stream.sink.heard.back() == "stream stream");
}

TEST_CASE("restart also forgets a fault", "[xml]") {
    Stream stream;
    stream.feed("<a><b></a>");
    REQUIRE(stream.parser.fault() == ParseFault::not_well_formed);
    stream.parser.restart();
    CHECK(stream.parser.fault() == ParseFault::none);
    CHECK(stream.parser.feed(header) == header.size());
}

TEST_CASE("bytes behind the end of the stream are passed over", "[xml]") {
    Stream stream;
    stream.feed("</stream:stream><a/> junk").feed("more");
    CHECK(stream.sink.heard == std::vector<std::string>{"end"});
    CHECK(stream.parser.fault() == ParseFault::none);
    Recorder sink;
    Parser parser(sink, {});
    parser.feed("<stream/>");
    CHECK(sink.heard == std::vector<std::string>{"stream stream", "end"});
}

TEST_CASE("what a sink throws comes out of feed, and nothing follows", "[xml]") {
    for (std::string_view bytes : {"<a/><b/>", "<a></a><b/>"}) {
        Stream stream;
        stream.sink.at_element = [] { throw std::runtime_error("full"); };
        CHECK_THROWS_AS(stream.parser.feed(bytes), std::runtime_error);
        CHECK(stream.parser.fault() != ParseFault::none);
        CHECK(stream.parser.feed("<b/>") == 0);
        CHECK(stream.sink.heard.size() == 1);
    }
}

TEST_CASE("standalone elements keep from and to; the fault says where", "[xml]") {
    CHECK(good("<?xml version='1.0'?>\n<a from='f' to='t'/>\n")->bytes() == "<a xmlns='' from='f' to='t'/>");
    CHECK(parse("<a>\n<b></a>").error().text == "mismatched tag (line 2, column 6)");
    for (std::string_view broken :
         {"", " ", "<a>", "<a/><b/>", "<a/>x", "x", "<!DOCTYPE a><a/>", "<a><!--c--></a>", "<a"})
        CHECK_FALSE(parse(broken));
    Limits small;
    small.stanza = 20;
    CHECK(parse("<a xmlns='jabber:x'/>").has_value());
    CHECK_FALSE(parse("<a xmlns='jabber:x'/>", small));
}
