// SPDX-License-Identifier: MIT
// Reading needs no parser: a tag is walked, subtrees are hopped over, and only what holds an escape is decoded.
#include "core/xml/element.hpp"

#include "core/xml/builder.hpp"
#include "core/xml/scan.hpp"

namespace epode::xml {

namespace {

Text decoded(std::string_view raw) {
    if (!scan::needs_unescape(raw)) return Text(raw);
    std::string plain;
    scan::unescape(plain, raw);
    return Text(std::move(plain));
}

/// Walks the attributes of one tag, declarations included.
class Tag {
public:
    Tag(const Node& node, std::string_view bytes) noexcept
        : at_(bytes.data() + node.attributes()), end_(bytes.data() + node.tag_end()) {}
    bool next(scan::RawAttr& found) noexcept { return scan::next_attr(at_, end_, found); }

private:
    const char* at_;
    const char* end_;
};

} // namespace

// ---- attributes ---------------------------------------------------------------------------------

std::optional<Text> Element::find_attr(std::string_view name) const {
    if (!document_) return std::nullopt;
    Tag tag(node(), document_->bytes());
    for (scan::RawAttr seen; tag.next(seen);) {
        if (seen.name != name) continue;
        if (seen.declares()) return std::nullopt;
        return decoded(seen.value);
    }
    return std::nullopt;
}

Text Element::attr(std::string_view name) const { return find_attr(name).value_or(Text()); }

std::string_view Element::ns_of(std::string_view prefix) const noexcept {
    if (prefix == "xml") return xml_ns;
    if (!document_) return {};
    Tag tag(node(), document_->bytes());
    for (scan::RawAttr seen; tag.next(seen);)
        if (seen.declares() && seen.name.size() > 6 && seen.name.substr(6) == prefix) return seen.value;
    return {};
}

std::optional<Text> Element::find_attr(std::string_view name, std::string_view ns) const {
    std::size_t at = 0;
    while (auto found = next_attr(at))
        if (found->name == name && found->ns == ns) return std::move(found->value);
    return std::nullopt;
}

std::optional<Attribute> Element::next_attr(std::size_t& cursor) const {
    if (!document_) return std::nullopt;
    const std::string_view bytes = document_->bytes();
    const Node& node = this->node();
    const char* at = bytes.data() + (cursor == 0 ? node.attributes() : cursor);
    scan::RawAttr seen;
    do {
        if (!scan::next_attr(at, bytes.data() + node.tag_end(), seen)) return std::nullopt;
    } while (seen.declares());
    cursor = static_cast<std::size_t>(at - bytes.data());
    const auto colon = seen.name.find(':');
    if (colon == std::string_view::npos) return Attribute{{}, seen.name, decoded(seen.value)};
    return Attribute{ns_of(seen.name.substr(0, colon)), seen.name.substr(colon + 1), decoded(seen.value)};
}

// ---- children -----------------------------------------------------------------------------------

Element::Children Element::children() const noexcept {
    if (!document_) return {nullptr, 0, 0};
    return {document_, index_ + 1, index_ + node().subtree};
}

template <typename Is> Element Element::first_child(Is is) const noexcept {
    if (!document_) return {};
    const std::string_view bytes = document_->bytes();
    const std::uint32_t end = index_ + node().subtree;
    for (std::uint32_t at = index_ + 1; at < end;) {
        const Node& child = document_->node(at);
        if (is(child, bytes)) return {document_, at};
        at += child.subtree;
    }
    return {};
}

Element Element::child(std::string_view name) const noexcept {
    return first_child([&](const Node& node, std::string_view bytes) { return node.name(bytes) == name; });
}

Element Element::child(std::string_view name, std::string_view ns) const noexcept {
    return first_child([&](const Node& node, std::string_view bytes) {
        return node.name(bytes) == name && node.ns_name(bytes) == ns;
    });
}

Element Element::child_in(std::string_view ns) const noexcept {
    return first_child([&](const Node& node, std::string_view bytes) { return node.ns_name(bytes) == ns; });
}

Element Element::first() const noexcept {
    if (!document_ || node().subtree == 1) return {};
    return {document_, index_ + 1};
}

// ---- content ------------------------------------------------------------------------------------

Text Element::text() const {
    if (!document_) return {};
    if (node().subtree == 1) return decoded(inner());
    std::string plain;
    const std::string_view bytes = document_->bytes();
    std::uint32_t at = node().inner;
    for (Element child : children()) {
        scan::unescape(plain, bytes.substr(at, child.node().begin - at));
        at = child.node().end;
    }
    scan::unescape(plain, bytes.substr(at, node().inner_end() - at));
    return Text(std::move(plain));
}

std::string_view Element::bytes() const noexcept {
    if (!document_) return {};
    return document_->bytes().substr(node().begin, node().end - node().begin);
}

std::string_view Element::inner() const noexcept {
    if (!document_) return {};
    return document_->bytes().substr(node().inner, node().inner_end() - node().inner);
}

std::string Element::str() const {
    std::string out;
    if (!document_) return out;
    out.reserve(bytes().size() + ns().size() + 10);
    out.append("<").append(name());
    if (!ns().empty()) out.append(" xmlns='").append(ns()).append("'");
    out.append(document_->bytes(), node().attributes(), node().end - node().attributes());
    return out;
}

} // namespace epode::xml
