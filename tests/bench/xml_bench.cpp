// SPDX-License-Identifier: MIT
// The numbers of the design's section on stanzas: parse, look up, write, rebuild, copy; nanoseconds per operation, the
// best of several rounds. Run it alone on a quiet machine. `xml_bench 0.01` does a hundredth of the work.
#include "core/stanza.hpp"
#include "core/xml/parser.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <expat.h>

namespace {

using namespace epode;

const std::string chat =
    "<message from='romeo@example.org/orchard' to='juliet@example.com' type='chat' id='4f6c5a92-1d0e-4b2b' "
    "xml:lang='en'>"
    "<body>Art thou not Romeo, and a Montague? Neither, fair saint, if either thee dislike.</body>"
    "<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>"
    "<markable xmlns='urn:xmpp:chat-markers:0'/><origin-id xmlns='urn:xmpp:sid:0' id='4f6c5a92-1d0e-4b2b'/></message>";
const std::string header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                           "to='example.org' version='1.0'>";

volatile std::size_t kept; // so that nothing is optimised away
double share = 1;          // of the operations

template <typename Work> void measure(const char* name, std::size_t all, Work work) {
    using Clock = std::chrono::steady_clock;
    const auto count = std::max(std::size_t(1), static_cast<std::size_t>(static_cast<double>(all) * share));
    double best = 1e18;
    for (int round = 0; round < 7; ++round) {
        const auto begin = Clock::now();
        for (std::size_t i = 0; i < count; ++i) kept = kept + work();
        const std::chrono::duration<double, std::nano> spent = Clock::now() - begin;
        best = std::min(best, spent.count() / static_cast<double>(count));
    }
    std::printf("%-52s %9.1f ns\n", name, best);
}

struct Last final : xml::Parser::Sink {
    Ref<xml::Document> document;
    void on_header(const xml::StreamHeader&) override {}
    void on_element(Ref<xml::Document> whole, const std::string*, const std::string*) override {
        document = std::move(whole);
    }
    void on_end() override {}
};

void parsing(xml::Parser& parser, Last& last) {
    XML_Parser expat = XML_ParserCreateNS("UTF-8", '\1');
    XML_Parse(expat, header.data(), static_cast<int>(header.size()), XML_FALSE);
    measure("expat alone, no handlers, same message", 20'000, [&] {
        XML_Parse(expat, chat.data(), static_cast<int>(chat.size()), XML_FALSE);
        return chat.size();
    });
    XML_ParserFree(expat);
    measure("parse a chat message to a Document", 20'000, [&] { return parser.feed(chat); });
    measure("the same, parked before each", 20'000, [&] {
        parser.park();
        return parser.feed(chat);
    });
    const auto bytes = last.document->bytes();
    measure("from_canonical", 50'000, [&] { return xml::from_canonical(bytes)->nodes().size(); });
}

void reading(xml::Element root) {
    measure("attribute: the first", 1'000'000, [&] { return root.attr("type").view().size(); });
    measure("attribute: absent (behind three)", 1'000'000, [&] { return root.attr("absent").view().size(); });
    measure("child by name and namespace: the fifth", 1'000'000,
            [&] { return root.child("origin-id", "urn:xmpp:sid:0").index(); });
    measure("child: absent", 1'000'000, [&] { return root.child("delay", "urn:xmpp:delay").index(); });
    measure("text of a child", 1'000'000, [&] { return root.child_text("body").view().size(); });
}

void writing(const Stanza& stanza) {
    std::string out;
    out.reserve(1024);
    measure("write a stanza", 500'000, [&] {
        out.clear();
        stanza.write(out);
        return out.size();
    });
    measure("re-address a stanza", 500'000, [&] { return stanza.addressed(stanza.to(), stanza.from()).wire_size(); });
    const auto id = *xml::parse("<stanza-id xmlns='urn:xmpp:sid:0' id='1734567890123456' by='juliet@example.com'/>");
    measure("add a child", 200'000, [&] { return stanza.with_child(xml::Element::root(id)).wire_size(); });
    measure("wrap a stanza as a carbon", 200'000, [&] {
        xml::Builder builder;
        builder.open("message").attr("type", "chat").open("received", "urn:xmpp:carbons:2");
        stanza.write(builder.open("forwarded", "urn:xmpp:forward:0"));
        return builder.close().close().close().finish()->bytes().size();
    });
    const std::string stored = stanza.bytes();
    measure("Stanza::from_bytes", 50'000, [&] { return Stanza::from_bytes(stored)->wire_size(); });
    measure("error_reply", 100'000,
            [&] { return error_reply(stanza, StanzaError(Condition::service_unavailable)).wire_size(); });
}

} // namespace

int main(int argc, char** argv) {
    if (argc > 1) share = std::strtod(argv[1], nullptr);
    Last last;
    xml::Parser parser(last, {});
    parser.feed(header);
    parser.feed(chat);
    if (!last.document) return 1;
    std::printf("message: %zu bytes read, %zu bytes canonical, %zu bytes held\n", chat.size(),
                last.document->bytes().size(),
                sizeof(xml::Document) + last.document->nodes().size_bytes() + last.document->bytes().size());
    parsing(parser, last);
    reading(xml::Element::root(last.document));
    writing(Stanza(last.document, *Jid::parse("romeo@example.org/orchard"), *Jid::parse("juliet@example.com")));
}
