// SPDX-License-Identifier: MIT
// Document: canonical XML bytes with a flat index, immutable, one allocation, shared by everyone who must send it.
//
//     refs | node count | byte count | nodes (24 bytes each, in document order) | bytes
//
// The bytes are in one fixed form (see builder.hpp), so reading needs no parser: an attribute is found by walking the
// opening tag, the next sibling by adding the size of the subtree. Nothing is interned and nothing points outside, so a
// Document may cross shards, be stored and be sent as it is.
//
// The bytes are what may stand as they are in a stream whose default namespace is jabber:client: that is the context
// around every root. A root in jabber:client therefore carries no xmlns, one in another namespace does, and one without
// a namespace says xmlns=''. The index marks "the surrounding jabber:client" with `implied_ns`. So
// from_canonical(bytes()) is the same Document again, and parse(root.str()) too, since str() writes the namespace out.
#pragma once

#include "core/base/ref.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace epode::xml {

/// The namespace that surrounds every root.
inline constexpr std::string_view client_ns = "jabber:client";
/// Node::ns of an element that inherits the surrounding namespace: it stands nowhere in the bytes.
inline constexpr std::uint32_t implied_ns = 0xFFFF'FFFF;
/// No Document holds more bytes than this.
inline constexpr std::size_t max_bytes = 0x7FFF'FFFF;

/// One element of a Document. Offsets count from the start of the bytes.
struct Node {
    std::uint32_t begin;       ///< the '<' of the opening tag
    std::uint32_t inner;       ///< first byte after the opening tag; equals `end` for an empty element `<a/>`
    std::uint32_t end;         ///< first byte after the element
    std::uint32_t ns;          ///< where the (escaped) namespace name stands, perhaps in an ancestor; or `implied_ns`
    std::uint16_t ns_length;   ///< 0: no namespace
    std::uint16_t name_length; ///< the name starts at begin + 1; elements never carry a prefix in canonical form
    std::uint32_t subtree;     ///< nodes in this subtree, itself included: index + subtree is the next sibling's

    std::string_view name(std::string_view bytes) const noexcept { return {bytes.data() + begin + 1, name_length}; }
    std::string_view ns_name(std::string_view bytes) const noexcept {
        return ns == implied_ns ? client_ns : std::string_view(bytes.data() + ns, ns_length);
    }
    /// Whether this element's own tag declares its namespace: `<name xmlns='` is then followed by the name.
    bool declares_ns() const noexcept { return ns == begin + name_length + 9U; }
    /// Where the attributes (with the blank before them) or the end of the opening tag begin.
    std::uint32_t attributes() const noexcept { return declares_ns() ? ns + ns_length + 1U : begin + name_length + 1U; }
    /// First byte after the content: of the closing tag, or `end` where there is none.
    std::uint32_t inner_end() const noexcept { return inner == end ? end : end - name_length - 3U; }
    /// First byte after the attributes: the '>' or the '/' of the opening tag.
    std::uint32_t tag_end() const noexcept { return inner == end ? end - 2U : inner - 1U; }
};
static_assert(sizeof(Node) == 24);

class Document : public Counted<Document> {
public:
    /// Copies nodes and bytes into one block. The caller vouches that they belong together (the builder does).
    /// Throws std::bad_alloc.
    static Ref<Document> make(std::span<const Node> nodes, std::string_view bytes);
    static void destroy(Document* document) noexcept;

    std::span<const Node> nodes() const noexcept { return {first_node(), node_count_}; }
    const Node& node(std::uint32_t index) const noexcept { return first_node()[index]; }
    std::string_view bytes() const noexcept {
        return {reinterpret_cast<const char*>(first_node() + node_count_), byte_count_};
    }

private:
    Document(std::uint32_t nodes, std::uint32_t bytes) noexcept : node_count_(nodes), byte_count_(bytes) {}
    const Node* first_node() const noexcept { return reinterpret_cast<const Node*>(this + 1); }

    std::uint32_t node_count_;
    std::uint32_t byte_count_;
};

} // namespace epode::xml
