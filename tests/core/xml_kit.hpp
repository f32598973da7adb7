// SPDX-License-Identifier: MIT
// What the tests of core/xml share: a sink that writes down what it hears, a stream's header, a parser of good input.
#pragma once

#include "core/xml/parser.hpp"
#include "tests/catch.hpp"

#include <functional>
#include <string>
#include <vector>

namespace epode::xml {

inline constexpr std::string_view header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "to='example.org' version='1.0' xml:lang='de'>";

struct Recorder : Parser::Sink {
    std::vector<std::string> heard; ///< "stream …", "from|to|bytes", "end"
    std::vector<Ref<Document>> documents;
    StreamHeader header;
    std::function<void()> at_header = [] {}, at_element = [] {}, at_end = [] {};

    void on_header(const StreamHeader& given) override {
        header = given;
        heard.push_back("stream " + given.name);
        at_header();
    }
    void on_element(Ref<Document> document, const std::string* from, const std::string* to) override {
        heard.push_back((from ? *from : "-") + "|" + (to ? *to : "-") + "|" + std::string(document->bytes()));
        documents.push_back(std::move(document));
        at_element();
    }
    void on_end() override {
        heard.emplace_back("end");
        at_end();
    }
};

/// A parser behind the header of a stream.
struct Stream {
    Recorder sink;
    Parser parser;

    explicit Stream(Limits limits = Limits()) : parser(sink, limits) {
        REQUIRE(parser.feed(header) == header.size());
        sink.heard.clear();
    }
    Stream& feed(std::string_view bytes) {
        parser.feed(bytes);
        return *this;
    }
    Element last() const {
        REQUIRE(!sink.documents.empty());
        return Element::root(sink.documents.back());
    }
};

inline Ref<Document> good(std::string_view text) {
    auto parsed = parse(text);
    INFO(text);
    if (!parsed) FAIL(parsed.error().text);
    return *parsed;
}

/// The index says the same about both, and so do the bytes.
inline bool same(const Ref<Document>& a, const Ref<Document>& b) {
    if (!a || !b || a->bytes() != b->bytes() || a->nodes().size() != b->nodes().size()) return false;
    for (std::uint32_t i = 0; i < a->nodes().size(); ++i) {
        const Node &left = a->node(i), &right = b->node(i);
        if (left.begin != right.begin || left.inner != right.inner || left.end != right.end || left.ns != right.ns ||
            left.ns_length != right.ns_length || left.name_length != right.name_length || left.subtree != right.subtree)
            return false;
    }
    return true;
}

} // namespace epode::xml
