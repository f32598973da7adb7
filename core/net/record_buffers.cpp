// SPDX-License-Identifier: MIT
// With SSL_MODE_RELEASE_BUFFERS OpenSSL takes a buffer of 16 KiB and a bit from malloc for every record that it reads
// or writes, and gives it back behind it: right for memory, and three in a hundred of a delivery's instructions, as
// malloc looks for blocks of that size in all of its lists, and hands out other, cold memory each time. So a thread
// keeps the last few of them for the next record. The blocks are malloc's: any of them may be freed by anybody.
#include <cstdlib>
#include <malloc.h>
#include <openssl/crypto.h>
#include <utility>

namespace epode::net {

namespace {

constexpr std::size_t least = 16 * 1024; ///< bytes of a record
constexpr std::size_t most = 18 * 1024;  ///< and what stands before and behind them
constexpr std::size_t kept = 2;          ///< one that is read into, one that is written from

bool is_record(std::size_t size) noexcept { return size > least && size <= most; }

struct Spare {
    void* blocks[kept] = {};
    bool closed = false; ///< the thread ends; what is freed after this is malloc's at once
    ~Spare() {
        closed = true;
        for (void* block : blocks) std::free(block);
    }
    void* take(std::size_t size) noexcept {
        for (void*& block : blocks)
            if (block && ::malloc_usable_size(block) >= size) return std::exchange(block, nullptr);
        return nullptr;
    }
    bool keep(void* piece) noexcept {
        if (closed) return false;
        for (void*& block : blocks) {
            if (block) continue;
            block = piece;
            return true;
        }
        return false;
    }
};

thread_local Spare spare;

void* allocate(std::size_t size, const char* /*file*/, int /*line*/) {
    void* block = is_record(size) ? spare.take(size) : nullptr;
    return block || size == 0 ? block : std::malloc(size);
}

void* reallocate(void* piece, std::size_t size, const char* /*file*/, int /*line*/) {
    return std::realloc(piece, size);
}

void release(void* piece, const char* /*file*/, int /*line*/) {
    if (piece && is_record(::malloc_usable_size(piece)) && spare.keep(piece)) return;
    std::free(piece);
}

/// Before OpenSSL allocates anything; where it has already, it stays with malloc, and works as well.
[[maybe_unused]] const int installed = CRYPTO_set_mem_functions(allocate, reallocate, release);

} // namespace

} // namespace epode::net
