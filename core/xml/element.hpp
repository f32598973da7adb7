// SPDX-License-Identifier: MIT
// Element: a view of one element of a Document, good while someone holds the Document. The null element is safe to ask:
// it has no name, no attributes and no children, so `query.child("a").child("b").text()` needs no checks on the way.
#pragma once

#include "core/xml/document.hpp"

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace epode::xml {

/// An attribute's value or an element's text: a view into the Document where nothing had to be decoded, else its own
/// bytes.
class Text {
public:
    Text() = default;
    explicit Text(std::string_view raw) noexcept : raw_(raw) {}
    explicit Text(std::string decoded) noexcept : own_(std::move(decoded)), decoded_(true) {}

    std::string_view view() const noexcept { return decoded_ ? std::string_view(own_) : raw_; }
    operator std::string_view() const noexcept { return view(); }
    std::string str() const { return std::string(view()); }
    bool empty() const noexcept { return view().empty(); }
    friend bool operator==(const Text& a, std::string_view b) noexcept { return a.view() == b; }

private:
    std::string_view raw_;
    std::string own_;
    bool decoded_ = false;
};

/// One attribute as it stands in the tag.
struct Attribute {
    std::string_view ns;   ///< "" for the usual kind; escaped as in the bytes
    std::string_view name; ///< local name
    Text value;            ///< decoded
};

class Element {
public:
    Element() noexcept = default;
    Element(const Document* document, std::uint32_t index) noexcept : document_(document), index_(index) {}
    static Element root(const Ref<Document>& document) noexcept { return {document.get(), 0}; }

    explicit operator bool() const noexcept { return document_ != nullptr; }

    /// Local name; "" for the null element.
    std::string_view name() const noexcept { return document_ ? node().name(document_->bytes()) : std::string_view(); }
    /// Namespace name as it stands in the bytes (escaped; no namespace in use holds an escape). "" for none.
    std::string_view ns() const noexcept { return document_ ? node().ns_name(document_->bytes()) : std::string_view(); }
    bool is(std::string_view name, std::string_view ns) const noexcept {
        return this->name() == name && this->ns() == ns;
    }

    /// Decoded value of an attribute without a namespace ("xml:lang" works too); empty where it is absent. Allocates
    /// only when the value holds an escape and is long.
    Text attr(std::string_view name) const;
    /// The same, but tells "absent" from "empty".
    std::optional<Text> find_attr(std::string_view name) const;
    /// An attribute with a namespace, such as xml:lang: attr("lang", "http://www.w3.org/XML/1998/namespace").
    std::optional<Text> find_attr(std::string_view name, std::string_view ns) const;
    /// Calls `each(Attribute)` in order; declarations are not attributes.
    template <typename Each> void each_attr(Each each) const {
        std::size_t at = 0;
        while (auto found = next_attr(at)) each(std::move(*found));
    }

    /// First child with that name (and namespace); null where there is none.
    Element child(std::string_view name) const noexcept;
    Element child(std::string_view name, std::string_view ns) const noexcept;
    /// First child of any name in that namespace; null where there is none.
    Element child_in(std::string_view ns) const noexcept;
    /// First child; null where there is none.
    Element first() const noexcept;

    class Iterator;
    class Children;
    /// The child elements, in order.
    Children children() const noexcept;

    /// The element's own character data, decoded, without that of its children.
    Text text() const;
    /// text() of the child `name` in this element's own namespace.
    Text child_text(std::string_view name) const { return child(name, ns()).text(); }

    /// The canonical bytes as they stand in the Document: without an inherited xmlns. To copy an element elsewhere use
    /// Builder::append, which adds what is needed.
    std::string_view bytes() const noexcept;
    /// Inner bytes (between the tags).
    std::string_view inner() const noexcept;
    /// The whole element as a standalone string, with its own xmlns. For logs and tests.
    std::string str() const;

    /// The namespace that an attribute's `prefix` stands for in this tag (escaped); for those who copy tags.
    std::string_view ns_of(std::string_view prefix) const noexcept;

    const Document* document() const noexcept { return document_; }
    std::uint32_t index() const noexcept { return index_; }

private:
    template <typename Is> Element first_child(Is is) const noexcept;
    /// The attribute at or after `cursor` (0 to start); moves the cursor behind it.
    std::optional<Attribute> next_attr(std::size_t& cursor) const;
    const Node& node() const noexcept { return document_->node(index_); }

    const Document* document_ = nullptr;
    std::uint32_t index_ = 0;
};

class Element::Iterator {
public:
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;

    Iterator() = default;
    Iterator(const Document* document, std::uint32_t index) noexcept : document_(document), index_(index) {}
    Element operator*() const noexcept { return {document_, index_}; }
    Iterator& operator++() noexcept {
        index_ += document_->node(index_).subtree;
        return *this;
    }
    Iterator operator++(int) noexcept {
        auto before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }

private:
    const Document* document_ = nullptr;
    std::uint32_t index_ = 0;
};

class Element::Children {
public:
    Children(const Document* document, std::uint32_t first, std::uint32_t last) noexcept
        : document_(document), first_(first), last_(last) {}
    Iterator begin() const noexcept { return {document_, first_}; }
    Iterator end() const noexcept { return {document_, last_}; }
    bool empty() const noexcept { return first_ == last_; }

private:
    const Document* document_;
    std::uint32_t first_;
    std::uint32_t last_;
};

/// An element that keeps its Document: for what is stored in members or crosses a co_await.
class Fragment {
public:
    Fragment() noexcept = default;
    explicit Fragment(Ref<Document> document, std::uint32_t index = 0) noexcept
        : document_(std::move(document)), index_(index) {}
    /// Shares the Document of `element` (no copy).
    explicit Fragment(Element element) noexcept
        : document_(const_cast<Document*>(element.document())), index_(element.index()) {}

    explicit operator bool() const noexcept { return static_cast<bool>(document_); }
    Element element() const noexcept { return document_ ? Element(document_.get(), index_) : Element(); }
    operator Element() const noexcept { return element(); }
    const Element* operator->() const noexcept = delete; // a view must not outlive the expression by accident
    const Ref<Document>& document() const noexcept { return document_; }

private:
    Ref<Document> document_;
    std::uint32_t index_ = 0;
};

} // namespace epode::xml
