// SPDX-License-Identifier: MIT
// An engine of ordered maps: for tests, and for servers that may forget. Nothing survives the process, but a MemoryDisk
// survives its engine, so a test can stop a server and start the next one on the same data.
#pragma once

#include "core/base/result.hpp"
#include "storage/engine.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace epode::storage {

/// The data of a memory engine. Any number of engines, also at the same time and on several threads, may share one.
class MemoryDisk;
std::shared_ptr<MemoryDisk> memory_disk();
/// Reads what MemoryEngine::backup wrote into `directory`.
Result<std::shared_ptr<MemoryDisk>> memory_disk_from(const std::string& directory);

struct MemoryOptions {
    std::shared_ptr<MemoryDisk> disk; ///< null: a new one
    bool suspend = false;             ///< every call ends its turn once, so that tests see suspension
    std::uint64_t quota = 0;          ///< bytes of keys and values; 0: none

    MemoryOptions() = default;
};

/// Durable at once. With `suspend` a batch is written in a later turn (or by drain): a read in between does not see it.
std::unique_ptr<Engine> memory_engine(MemoryOptions options = {});

} // namespace epode::storage
