// SPDX-License-Identifier: MIT
// Pieces are cut from the block one behind the other, each after its size. One that is freed is forgotten (the last one
// is taken back): expat keeps and reuses most of what it has, and does not live long. What does not fit is malloc's.
#include "core/xml/parser_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <expat.h>
#include <functional>
#include <sys/mman.h>
#include <vector>

namespace epode::xml {

namespace {

constexpr std::size_t block_size = 16 * 1024; ///< of which the untouched pages cost nothing
constexpr std::size_t most_spare = 32;        ///< blocks that a thread keeps: half a megabyte
constexpr std::size_t head = alignof(std::max_align_t);

/// Blocks that were given back on this thread and are still in memory: a login makes three parsers, one after another.
class Spare {
public:
    ~Spare() {
        for (void* block : blocks_) ::munmap(block, block_size);
    }
    void* take() noexcept {
        if (blocks_.empty()) {
            void* fresh = ::mmap(nullptr, block_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            return fresh == MAP_FAILED ? nullptr : fresh;
        }
        void* block = blocks_.back();
        blocks_.pop_back();
        return block;
    }
    void put(void* block) noexcept {
        if (blocks_.size() < blocks_.capacity())
            blocks_.push_back(block);
        else
            ::munmap(block, block_size);
    }

private:
    std::vector<void*> blocks_ = reserved();
    static std::vector<void*> reserved() {
        std::vector<void*> empty;
        empty.reserve(most_spare);
        return empty;
    }
};

Spare& spare() {
    static thread_local Spare blocks;
    return blocks;
}

std::size_t size_of(const void* piece) noexcept {
    std::size_t size = 0;
    std::memcpy(&size, static_cast<const std::byte*>(piece) - head, sizeof size);
    return size;
}

constexpr std::size_t rounded(std::size_t size) noexcept { return (size + head - 1) / head * head; }

} // namespace

thread_local ParserMemory* ParserMemory::current = nullptr;

struct ParserMemory::Calls {
    static void* allocate(std::size_t size) { return current->allocate(size); }
    static void free(void* piece) { current->free(piece); }
    static void* reallocate(void* piece, std::size_t size) {
        if (!piece) return current->allocate(size);
        if (!current->holds(piece)) return std::realloc(piece, size);
        void* moved = current->allocate(size);
        if (!moved) return nullptr;
        std::memcpy(moved, piece, std::min(size, size_of(piece)));
        current->free(piece);
        return moved;
    }
};

XML_ParserStruct* ParserMemory::make_parser(char separator) {
    static constexpr XML_Memory_Handling_Suite calls{&Calls::allocate, &Calls::reallocate, &Calls::free};
    block_ = static_cast<std::byte*>(spare().take());
    const InUse in_use(*this);
    const char separators[] = {separator, '\0'};
    return XML_ParserCreate_MM("UTF-8", &calls, separators);
}

void ParserMemory::free_parser(XML_ParserStruct* parser) noexcept {
    {
        const InUse in_use(*this);
        XML_ParserFree(parser);
    }
    give_back();
}

void* ParserMemory::allocate(std::size_t size) noexcept {
    if (!block_ || size > block_size || used_ + head + rounded(size) > block_size) return std::malloc(size);
    std::byte* piece = block_ + used_ + head;
    std::memcpy(piece - head, &size, sizeof size);
    used_ += head + rounded(size);
    return piece;
}

void ParserMemory::free(void* piece) noexcept {
    if (!holds(piece)) return std::free(piece);
    const auto begin = static_cast<std::size_t>(static_cast<std::byte*>(piece) - block_);
    if (begin + rounded(size_of(piece)) == used_) used_ = begin - head;
}

bool ParserMemory::holds(const void* piece) const noexcept {
    const std::less<> before;
    const auto* at = static_cast<const std::byte*>(piece);
    return block_ && at && !before(at, block_) && before(at, block_ + block_size);
}

void ParserMemory::give_back() noexcept {
    if (block_) spare().put(std::exchange(block_, nullptr));
    used_ = 0;
}

} // namespace epode::xml
