// SPDX-License-Identifier: MIT
// Upgrade: a client that has proved that it knows the password gives what the server lacks for newer hashes (XEP-0480),
// one task after the other. No I/O: the driver, Login, sends what comes out.
#pragma once

#include "core/base/result.hpp"
#include "core/service/credentials.hpp"
#include "xep/xep0480_upgrade.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace epode {

class Upgrade {
public:
    /// What a client may ask for: hashes worth going to.
    static constexpr ScramHash offered[] = {ScramHash::sha512, ScramHash::sha256};
    static std::string_view name(ScramHash hash) noexcept; ///< "UPGR-SCRAM-SHA-256"

    /// Adds to <authentication/> what `hashes` there are tasks for.
    static void offer(xml::Builder& authentication, std::span<const ScramHash> hashes);
    /// What is asked for in <authenticate/>, in its order, each once; unknown ones are left out.
    static std::vector<ScramHash> asked_for(xml::Element authenticate);

    Upgrade(std::vector<ScramHash> tasks, std::uint32_t iterations)
        : tasks_(std::move(tasks)), iterations_(iterations) {}

    bool done() const noexcept { return tasks_.empty(); }
    std::string_view task() const noexcept { return name(tasks_.front()); }
    /// The client goes on with the task of that name: what it shall derive with.
    Result<xep::upgrade::Salt> begin(std::string_view task);
    /// It has; the next task is in front, or none.
    Result<ScramKeys> finish(const xep::upgrade::Hash& hash);

private:
    std::vector<ScramHash> tasks_;
    std::uint32_t iterations_;
    Bytes salt_; ///< of the task that has begun
};

} // namespace epode
