// SPDX-License-Identifier: MIT
// Law: what from_bytes takes is sound, and its bytes come back the same.
#include "core/service/credentials.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto read = epode::Credentials::from_bytes(bytes);
    if (!read) return 0;
    const auto again = epode::Credentials::from_bytes(read->bytes());
    if (!again || again->bytes() != read->bytes() || again->state() != read->state()) std::abort();
    for (const auto hash : epode::scram_hashes)
        if (const auto* keys = read->find(hash))
            if (keys->iterations == 0 || keys->stored_key.view().size() != epode::size(hash)) std::abort();
    return 0;
}
