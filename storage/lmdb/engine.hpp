// SPDX-License-Identifier: MIT
// The engine on LMDB: reads on the calling thread, writes by one thread that commits in groups. See storage/README.md.
#pragma once

#include "core/base/result.hpp"
#include "storage/engine.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace epode::storage {

struct LmdbOptions {
    std::string directory; ///< made if missing; one server at a time
    std::uint64_t map_size = std::uint64_t{1}
                             << 40;         ///< address space, not memory; as much as there is, and grows when used up
    std::uint64_t quota = 0;                ///< bytes of pages in use beyond which puts are Full; 0: none
    std::uint64_t disk_reserve = 64u << 20; ///< puts are Full while less than this is free on the disk
    std::size_t group = 512;                ///< most batches in one commit
    std::size_t sweep = 1000;               ///< rows an erased range loses per commit; the rest is only hidden at first

    LmdbOptions() = default;
    explicit LmdbOptions(std::string folder) : directory(std::move(folder)) {}
};

/// Takes the folder's lock before anything else is touched; a second instance gets an error that names the first. Do
/// not fork while the engine is open. Executors that commits came from must outlive the engine.
///
/// Ends the process (SIGABRT) when a sync fails: what the disk holds is then unknown.
Result<std::unique_ptr<Engine>> open_lmdb(LmdbOptions options);

} // namespace epode::storage
