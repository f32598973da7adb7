// SPDX-License-Identifier: MIT
// A key that stands in a file of its own, so that a copy of the store is not a copy of it.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

#include <string>

namespace epode {

/// The file's 32 bytes; made, for its owner's eyes only, where there is none. Blocks. The error is a sentence for the
/// administrator.
Result<Secret> key_file(const std::string& path);

} // namespace epode
