// SPDX-License-Identifier: MIT
// The laws that every Document keeps; a broken one ends the fuzzer's process.
#pragma once

#include "core/xml/parser.hpp"

#include <cstdlib>
#include <string>

namespace epode::xml {

inline void require(bool kept) {
    if (!kept) std::abort();
}

inline void require_same(const Ref<Document>& a, const Ref<Document>& b) {
    require(a && b && a->bytes() == b->bytes() && a->nodes().size() == b->nodes().size());
    for (std::uint32_t i = 0; i < a->nodes().size(); ++i) {
        const Node &x = a->node(i), &y = b->node(i);
        require(x.begin == y.begin && x.inner == y.inner && x.end == y.end && x.ns == y.ns && x.subtree == y.subtree);
        require(x.ns_length == y.ns_length && x.name_length == y.name_length);
    }
}

/// Touches everything that a reader can ask.
inline std::size_t walk(const Ref<Document>& document) {
    std::size_t seen = 0;
    for (std::uint32_t i = 0; i < document->nodes().size(); ++i) {
        const Element element(document.get(), i);
        element.each_attr([&](const Attribute& attribute) {
            const auto again = attribute.ns.empty() ? element.find_attr(attribute.name)
                                                    : element.find_attr(attribute.name, attribute.ns);
            require(again.has_value());
            seen += attribute.value.view().size();
        });
        std::uint32_t below = 1;
        for (Element child : element.children()) {
            require(static_cast<bool>(element.child(child.name(), child.ns())));
            below += document->node(child.index()).subtree;
        }
        require(below == document->node(i).subtree);
        seen += element.text().view().size() + element.inner().size();
    }
    return seen;
}

/// canonical(canonical(x)) = canonical(x), by both readers, and copying elsewhere and back changes nothing.
inline void keep_laws(const Ref<Document>& document) {
    walk(document);
    require_same(document, from_canonical(document->bytes()));
    const Element root = Element::root(document);
    Builder builder;
    for (std::string_view ns :
         {std::string_view("jabber:client"), std::string_view(), std::string_view("urn:x"), root.ns()}) {
        builder.open("outer", ns).append(root).append_inner(root).open_like(root).append_inner(root).close().close();
        const auto outer = builder.finish();
        walk(outer);
        require_same(outer, from_canonical(outer->bytes()));
        require_same(document, builder.append(Element::root(outer).first()).finish());
        Element last;
        for (Element child : Element::root(outer).children()) last = child;
        require_same(document, builder.append(last).finish());
    }
}

/// The first element that expat finds in `text`, as a root; null on a fault. Through the stream parser, since clang 14
/// cannot use libstdc++'s std::expected, which parse() returns; one level down, so that from and to stay.
inline Ref<Document> by_expat(std::string_view text) {
    struct Sink final : Parser::Sink {
        Ref<Document> document;
        void on_header(const StreamHeader&) override {}
        void on_element(Ref<Document> whole, const std::string*, const std::string*) override {
            document = std::move(whole);
        }
        void on_end() override {}
    } sink;
    Limits wide;
    wide.stanza = wide.tag = wide.depth = wide.attributes = wide.name = wide.ns = max_bytes;
    Parser parser(sink, wide);
    parser.feed("<stream><outer>");
    parser.feed(text);
    parser.feed("</outer>");
    const Element outer = Element::root(sink.document);
    if (parser.fault() != ParseFault::none || !outer.first()) return nullptr;
    return Builder().append(outer.first()).finish();
}

/// What expat makes of the document's own text is the document.
inline void keep_parse_law(const Ref<Document>& document) {
    require_same(document, by_expat(Element::root(document).str()));
}

} // namespace epode::xml
