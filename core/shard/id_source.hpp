// SPDX-License-Identifier: MIT
// Time-ordered ids of one shard, which grow also when the clock goes back between two runs of the server: a row says up
// to which time ids may have been given. It is written ahead, once in `ahead` while ids are asked for, so an id costs a
// comparison; and before what has the id is given to the store.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/id.hpp"
#include "core/base/task.hpp"
#include "storage/engine.hpp"

#include <cstddef>
#include <string>

namespace epode {

class IdSource {
public:
    /// How far the row is ahead of the last id: what ids may be ahead of the clock after a crash.
    static constexpr Duration ahead = 10s;

    IdSource(storage::Engine& engine, std::size_t shard);
    IdSource(const IdSource&) = delete;

    /// The time that no id of an earlier run is behind, over all shards; call `begin` of all with it.
    static Task<WallTime> given(storage::Engine& engine);
    void begin(WallTime given);
    /// On the shard.
    OrderedId next(WallTime now);
    /// The row says exactly what has been given; nothing where no id was. At the end, when the shard has stopped.
    Task<> save();

private:
    Task<> reserve(WallTime until);

    storage::Engine& engine_;
    std::string row_;
    OrderedId last_;
    WallTime reserved_{};
    bool used_ = false;
};

} // namespace epode
