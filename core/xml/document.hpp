// SPDX-License-Identifier: MIT
// Document: canonical XML bytes with a flat index, immutable, one allocation, shared by everyone who must send it.
//
//     refs | node count | byte count | nodes (24 bytes each, in document order) | bytes
//
// The bytes are in one fixed form (see builder.hpp), so reading needs no parser: an attribute is found by walking the
// opening tag, the next sibling by adding the size of the subtree. Nothing is interned and nothing points outside, so a
// Document may cross shards, be stored and be sent as it is.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/ref.hpp"

namespace epode::xml {

/// One element of a Document. Offsets count from the start of the bytes.
struct Node {
    std::uint32_t begin;      ///< the '<' of the opening tag
    std::uint32_t inner;      ///< first byte after the opening tag; equals `end` for an empty element `<a/>`
    std::uint32_t end;        ///< first byte after the element
    std::uint32_t ns;         ///< where the namespace's (escaped) name stands in the bytes; it may stand in an ancestor
    std::uint16_t ns_length;
    std::uint16_t name_length; ///< the name starts at begin + 1; elements never carry a prefix in canonical form
    std::uint32_t subtree;    ///< nodes in this subtree, itself included: index + subtree is the next sibling's
};
static_assert(sizeof(Node) == 24);

class Document : public Counted<Document> {
public:
    /// Copies nodes and bytes into one block. The caller vouches that they belong together (the builder does).
    /// Throws std::bad_alloc.
    static Ref<Document> make(std::span<const Node> nodes, std::string_view bytes);
    static void destroy(Document* document) noexcept;

    std::span<const Node> nodes() const noexcept;
    std::string_view bytes() const noexcept;

private:
    Document(std::uint32_t nodes, std::uint32_t bytes) noexcept : node_count_(nodes), byte_count_(bytes) {}
    std::uint32_t node_count_;
    std::uint32_t byte_count_;
};

} // namespace epode::xml
