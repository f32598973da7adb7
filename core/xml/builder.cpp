// SPDX-License-Identifier: MIT
// The bytes and the index grow side by side. Only default namespaces are inherited and prefixes never leave their
// element, so copying an element from elsewhere means a new opening and a copy of the rest with the offsets shifted.
#include "core/xml/builder.hpp"

#include "core/xml/scan.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <stdexcept>

namespace epode::xml {

// ---- memory -------------------------------------------------------------------------------------

/// A few sets of vectors per thread, taken at the first byte and given back with the last.
struct Builder::Pool {
    struct Spare {
        std::string bytes;
        std::vector<Node> nodes;
        std::vector<Open> open;
    };
    static constexpr std::size_t most = 4, most_bytes = 64 * 1024, most_nodes = 2048;
    static constexpr std::size_t first_bytes = 1024, first_nodes = 32;

    Pool() { spares.reserve(most); }
    std::vector<Spare> spares;
};

Builder::Pool& Builder::pool() noexcept {
    thread_local Pool pool; // so no Builder may be a static: it would outlive the pool
    return pool;
}

void Builder::borrow() noexcept {
    if (bytes_.capacity() > 64) return;
    auto& spares = pool().spares;
    if (spares.empty()) return;
    bytes_.swap(spares.back().bytes);
    nodes_.swap(spares.back().nodes);
    if (open_.empty()) open_.swap(spares.back().open);
    spares.pop_back();
}

void Builder::give_back() noexcept {
    if (bytes_.capacity() <= 64) return;
    auto& spares = pool().spares;
    clear();
    if (spares.size() == Pool::most || bytes_.capacity() > Pool::most_bytes || nodes_.capacity() > Pool::most_nodes) {
        std::string().swap(bytes_);
        std::vector<Node>().swap(nodes_);
        std::vector<Open>().swap(open_);
        return;
    }
    spares.push_back({std::move(bytes_), std::move(nodes_), std::move(open_)}); // reserved: does not throw
    bytes_ = {};
    nodes_ = {};
    open_ = {};
}

void Builder::clear() noexcept {
    bytes_.clear();
    nodes_.clear();
    open_.clear();
    in_tag_ = overflowed_ = false;
}

bool Builder::room(std::size_t more) noexcept {
    if (overflowed_ || more > limit_ - bytes_.size()) overflowed_ = true;
    return !overflowed_;
}

/// After bytes of a length that was not known before.
void Builder::settle() noexcept {
    if (bytes_.size() <= limit_) return;
    overflowed_ = true;
    bytes_.resize(limit_);
}

// ---- elements -----------------------------------------------------------------------------------

Builder::Namespace Builder::context() const noexcept {
    if (open_.empty()) return {};
    const Node& parent = nodes_[open_.back().node];
    return {parent.ns, parent.ns_length};
}

std::string_view Builder::text_of(Namespace ns) const noexcept {
    return ns.at == implied_ns ? client_ns : std::string_view(bytes_.data() + ns.at, ns.length);
}

void Builder::end_tag_if_open() {
    if (!in_tag_ || !room(1)) return;
    bytes_.push_back('>');
    nodes_[open_.back().node].inner = static_cast<std::uint32_t>(bytes_.size());
    in_tag_ = false;
}

bool Builder::head(std::string_view name, std::string_view escaped_ns) {
    assert((!open_.empty() || nodes_.empty()) && "a document has one root");
    if (nodes_.empty()) {
        borrow();
        bytes_.reserve(Pool::first_bytes);
        nodes_.reserve(Pool::first_nodes);
    }
    const Namespace outer = context();
    const bool same = escaped_ns == text_of(outer); // now: the view may point into bytes_, which are about to grow
    end_tag_if_open();
    if (name.size() > 0xFFFF || escaped_ns.size() > 0xFFFF) overflowed_ = true;
    if (!room(1 + name.size() + (same ? 0 : 9 + escaped_ns.size()))) return false;
    Node node{};
    node.begin = static_cast<std::uint32_t>(bytes_.size());
    node.name_length = static_cast<std::uint16_t>(name.size());
    bytes_.push_back('<');
    bytes_.append(name);
    node.ns = outer.at;
    node.ns_length = static_cast<std::uint16_t>(escaped_ns.size());
    if (!same) {
        bytes_.append(" xmlns='");
        node.ns = static_cast<std::uint32_t>(bytes_.size());
        bytes_.append(escaped_ns).push_back('\'');
    }
    nodes_.push_back(node);
    return true;
}

/// The element that `head` began stays open for attributes.
void Builder::push() {
    open_.push_back({static_cast<std::uint32_t>(nodes_.size() - 1), 0});
    in_tag_ = !overflowed_;
}

Builder& Builder::open(std::string_view name) {
    if (!overflowed_) head(name, text_of(context()));
    push();
    return *this;
}

Builder& Builder::open(std::string_view name, std::string_view ns) {
    std::string escaped;
    if (!scan::plain_in_attr(ns)) {
        escape_attr(escaped, ns);
        ns = escaped;
    }
    if (!overflowed_) head(name, ns);
    push();
    return *this;
}

Builder& Builder::close() {
    assert(!open_.empty());
    if (open_.empty()) return *this;
    const std::uint32_t index = open_.back().node;
    open_.pop_back();
    if (overflowed_) return *this;
    Node& node = nodes_[index];
    if (in_tag_) {
        if (!room(2)) return *this;
        bytes_.append("/>");
        node.inner = static_cast<std::uint32_t>(bytes_.size());
        in_tag_ = false;
    } else {
        if (!room(node.name_length + 3U)) return *this;
        bytes_.append("</").append(bytes_, node.begin + 1, node.name_length).push_back('>');
    }
    node.end = static_cast<std::uint32_t>(bytes_.size());
    node.subtree = static_cast<std::uint32_t>(nodes_.size()) - index;
    return *this;
}

Ref<Document> Builder::finish() {
    if (overflowed_) throw std::length_error("xml::Builder: the document is longer than its limit");
    if (!open_.empty() || nodes_.empty()) throw std::logic_error("xml::Builder: finish() before the root was closed");
    auto document = Document::make(nodes_, bytes_);
    give_back();
    clear();
    return document;
}

// ---- attributes and text ------------------------------------------------------------------------

void Builder::write_attr(std::string_view prefix, std::string_view name, std::string_view value) {
    if (!room(prefix.size() + name.size() + value.size() + 4)) return;
    bytes_.push_back(' ');
    bytes_.append(prefix).append(name).append("='");
    escape_attr(bytes_, value);
    bytes_.push_back('\'');
    settle();
}

Builder& Builder::attr(std::string_view name, std::string_view value) {
    assert((in_tag_ || overflowed_) && name != "xmlns");
    if (in_tag_) write_attr({}, name, value);
    return *this;
}

/// The number of the prefix that stands for the namespace on the open element; declares one where there is none.
std::uint32_t Builder::prefix_for(std::string_view escaped_ns) {
    Open& open = open_.back();
    const char* at = bytes_.data() + nodes_[open.node].attributes();
    std::uint32_t number = 0;
    for (scan::RawAttr seen; open.prefixes != 0 && scan::next_attr(at, bytes_.data() + bytes_.size(), seen);) {
        if (!seen.declares()) continue;
        if (seen.value == escaped_ns) return number;
        ++number;
    }
    char digits[12];
    char* end = std::to_chars(digits, digits + sizeof digits, open.prefixes).ptr;
    if (!room(escaped_ns.size() + 24)) return 0;
    bytes_.append(" xmlns:n").append(digits, end).append("='").append(escaped_ns).push_back('\'');
    return open.prefixes++;
}

Builder& Builder::attr(std::string_view name, std::string_view value, std::string_view ns) {
    if (ns.empty()) return attr(name, value);
    assert(in_tag_ || overflowed_);
    if (!in_tag_ || overflowed_) return *this;
    if (ns == xml_ns) {
        write_attr("xml:", name, value);
        return *this;
    }
    std::string escaped;
    escape_attr(escaped, ns);
    char prefix[16] = {'n'};
    char* end = std::to_chars(prefix + 1, prefix + sizeof prefix - 1, prefix_for(escaped)).ptr;
    *end++ = ':';
    write_attr({prefix, end}, name, value);
    return *this;
}

Builder& Builder::text(std::string_view unescaped) {
    assert(!open_.empty());
    if (unescaped.empty() || open_.empty()) return *this;
    end_tag_if_open();
    if (!room(unescaped.size())) return *this;
    escape_text(bytes_, unescaped);
    settle();
    return *this;
}

// ---- copies from other Documents ----------------------------------------------------------------

/// Offsets move with the bytes; a namespace that comes from above the copied bytes is now found at `new_ns`.
void Builder::copy_nodes(std::span<const Node> nodes, std::uint32_t shift, std::uint32_t old_ns, std::uint32_t new_ns) {
    for (Node node : nodes) {
        node.begin += shift;
        node.inner += shift;
        node.end += shift;
        node.ns = node.ns == old_ns ? new_ns : node.ns + shift;
        nodes_.push_back(node);
    }
}

Builder& Builder::append(Element element) {
    if (!element || overflowed_) return *this;
    const Document& from = *element.document();
    const Node& source = from.node(element.index());
    const std::uint32_t rest = source.attributes();
    if (!head(element.name(), element.ns()) || !room(source.end - rest)) return *this;
    const auto shift = static_cast<std::uint32_t>(bytes_.size()) - rest; // may wrap; the sums wrap back
    bytes_.append(from.bytes(), rest, source.end - rest);
    Node& copy = nodes_.back();
    copy.inner = source.inner + shift;
    copy.end = source.end + shift;
    copy.subtree = source.subtree;
    copy_nodes(from.nodes().subspan(element.index() + 1, source.subtree - 1), shift, source.ns, copy.ns);
    return *this;
}

Builder& Builder::open_as(Element element) {
    assert(element);
    if (!overflowed_) head(element.name(), element.ns());
    push();
    return *this;
}

void Builder::copy_attr(Element element, std::string_view name, std::string_view escaped_value) {
    const auto colon = name.find(':');
    std::string prefix;
    if (colon != std::string_view::npos && !name.starts_with("xml:")) {
        const auto ns = element.ns_of(name.substr(0, colon));
        prefix = "n" + std::to_string(prefix_for(ns));
        name.remove_prefix(colon);
    }
    if (!room(prefix.size() + name.size() + escaped_value.size() + 4)) return;
    bytes_.append(" ").append(prefix).append(name).append("='").append(escaped_value).append("'");
}

Builder& Builder::copy_attrs(Element element, std::initializer_list<std::string_view> except) {
    assert(in_tag_ || overflowed_);
    if (!element || !in_tag_ || overflowed_) return *this;
    const Node& source = element.document()->node(element.index());
    const char* at = element.document()->bytes().data();
    const char* const end = at + source.tag_end();
    at += source.attributes();
    for (scan::RawAttr seen; scan::next_attr(at, end, seen);)
        if (!seen.declares() && std::ranges::find(except, seen.name) == except.end())
            copy_attr(element, seen.name, seen.value);
    return *this;
}

/// The inner bytes as they are: both elements have the same namespace.
void Builder::copy_inner(const Document& from, std::uint32_t index) {
    const Node& source = from.node(index);
    const std::uint32_t size = source.inner_end() - source.inner;
    if (!room(size)) return;
    const auto shift = static_cast<std::uint32_t>(bytes_.size()) - source.inner;
    bytes_.append(from.bytes(), source.inner, size);
    copy_nodes(from.nodes().subspan(index + 1, source.subtree - 1), shift, source.ns, context().at);
}

Builder& Builder::append_inner(Element element) {
    assert(!open_.empty());
    if (!element || open_.empty() || element.inner().empty()) return *this;
    end_tag_if_open();
    if (overflowed_) return *this;
    const Document& from = *element.document();
    if (text_of(context()) == element.ns()) {
        copy_inner(from, element.index());
        return *this;
    }
    const Node& source = from.node(element.index());
    std::uint32_t at = source.inner;
    const auto copy_text = [&](std::uint32_t to) {
        if (room(to - at)) bytes_.append(from.bytes(), at, to - at);
    };
    for (Element child : element.children()) {
        const Node& node = from.node(child.index());
        copy_text(node.begin);
        append(child);
        at = node.end;
    }
    copy_text(source.inner_end());
    return *this;
}

} // namespace epode::xml
