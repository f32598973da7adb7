// SPDX-License-Identifier: MIT
// Items: what nodes hold, in the order of publication, found by id or by place.
#pragma once

#include "core/store/store.hpp"
#include "modules/common/pubsub/kept.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace epode::pubsub {

struct Placed {
    std::uint64_t place;
    Kept kept;

    Placed(std::uint64_t at, Kept what) : place(at), kept(std::move(what)) {}
};

/// A Store that is also read from a key on, forwards or backwards.
class ItemStore : public Store<Kept> {
public:
    using Store<Kept>::Store;

    Task<std::vector<std::pair<std::string, Kept>>> page(Owner owner, std::string prefix, std::string after,
                                                         std::size_t limit, bool backwards);
};

class Items {
public:
    explicit Items(Module& module) : items_(module, "items"), marks_(module, "marks") {}

    Task<std::optional<Mark>> find(Owner owner, std::uint64_t node, std::string id);
    Task<std::optional<Kept>> at(Owner owner, std::uint64_t node, std::uint64_t place);
    /// From behind `after` (0: from the beginning) forwards, or backwards from before it (0: from the end).
    Task<std::vector<Placed>> page(Owner owner, std::uint64_t node, std::uint64_t after, std::size_t limit,
                                   bool backwards);
    void put(Batch& batch, Owner owner, std::uint64_t node, std::uint64_t place, const Kept& kept);
    void erase(Batch& batch, Owner owner, std::uint64_t node, std::uint64_t place, const std::string& id);
    void erase_all(Batch& batch, Owner owner, std::uint64_t node);

private:
    ItemStore items_;
    Store<Mark> marks_;
};

} // namespace epode::pubsub
