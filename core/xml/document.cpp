// SPDX-License-Identifier: MIT
// One block per Document: the object, its nodes, its bytes.
#include "core/xml/document.hpp"

#include <cstring>
#include <new>

namespace epode::xml {

static_assert(sizeof(Document) % alignof(Node) == 0, "the nodes stand right behind the object");

Ref<Document> Document::make(std::span<const Node> nodes, std::string_view bytes) {
    void* block = ::operator new(sizeof(Document) + nodes.size_bytes() + bytes.size());
    auto* document =
        new (block) Document(static_cast<std::uint32_t>(nodes.size()), static_cast<std::uint32_t>(bytes.size()));
    char* at = static_cast<char*>(block) + sizeof(Document);
    if (!nodes.empty()) std::memcpy(at, nodes.data(), nodes.size_bytes());
    if (!bytes.empty()) std::memcpy(at + nodes.size_bytes(), bytes.data(), bytes.size());
    return Ref<Document>(document);
}

void Document::destroy(Document* document) noexcept {
    document->~Document();
    ::operator delete(static_cast<void*>(document));
}

} // namespace epode::xml
