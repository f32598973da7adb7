// SPDX-License-Identifier: MIT
#include "core/route/receipt.hpp"

#include "core/shard/shard.hpp"

namespace epode {

void Receipt::destroy(Receipt* receipt) noexcept {
    const Settled settled{receipt->session_, receipt->number_, receipt->failed_.load(std::memory_order_relaxed)};
    auto& home = receipt->home_;
    delete receipt;
    home.post(settled);
}

} // namespace epode
