// SPDX-License-Identifier: MIT
// Lots: behind a log a row for each 64 of its messages: their ids, by what others may name them, and which of their
// words are in which of them. So a search reads a few kilobytes for 64 messages, and in the log only what it finds.
#pragma once

#include "core/module.hpp"
#include "modules/archive/contents.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace epode::archive {

class Lot {
public:
    static constexpr std::size_t size = 64;
    using Set = std::uint64_t; ///< of its messages: a bit each, the first one lowest

    /// A word, and the place of a message that has it.
    using Posting = std::pair<std::uint32_t, std::uint8_t>;

    Lot() = default;

    std::size_t count() const noexcept { return ids_.size() / id_size; }
    bool full() const noexcept { return count() >= size; }
    OrderedId id(std::size_t place) const;
    /// Behind the others; not where it is full.
    void add(const OrderedId& id, const Names& names, const std::vector<std::uint32_t>& words,
             std::vector<Posting>& postings);
    /// All there are, in any order; after the last `add`.
    void write(std::vector<Posting> postings);
    std::vector<Posting> postings() const;
    Set named(std::uint32_t name) const;
    /// Those that have all the words.
    Set with(const std::vector<std::uint32_t>& words) const;
    /// What is known of the message, but that it is there.
    void forget(const OrderedId& id);
    /// Without those ids, which are in order.
    Lot without(const std::vector<OrderedId>& gone) const;

    void fields(auto& f) { f(ids_, names_, words_, places_); }
    bool complete() const noexcept {
        return ids_.size() % id_size == 0 && count() <= size && names_.size() == count() * name_size &&
               words_.size() % word_size == 0;
    }

private:
    static constexpr std::size_t id_size = 16, name_size = 8, word_size = 4;

    std::string ids_;
    std::string names_;  ///< two hashes for each
    std::string words_;  ///< sorted hashes
    std::string places_; ///< for each word the places of messages that have it; the last one has its highest bit set
};

/// By their first ids.
class Lots : public StoreBase {
public:
    using StoreBase::StoreBase;

    void put(Batch& batch, Owner owner, const Lot& lot);
    void erase(Batch& batch, Owner owner, const Lot& lot) { remove(batch, owner, lot.id(0).bytes()); }
    void erase_all(Batch& batch, Owner owner) { remove_all(batch, owner, {}); }
    /// The lot that an id lies in, if it is there: the last one that begins with it or before; null for the last of
    /// all.
    Task<std::optional<Lot>> at(Owner owner, std::optional<OrderedId> id);
    /// In order, or backwards, beginning behind (before) the one that begins with `from`.
    Task<std::vector<Lot>> read(Owner owner, std::optional<OrderedId> from, std::size_t limit, bool backwards);
};

} // namespace epode::archive
