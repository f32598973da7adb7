// SPDX-License-Identifier: MIT
// epodectl(1): the manual page, with the commands and options of the catalogue.
#pragma once

#include <string>

namespace epode::control::tool {

/// In roff, with the man macros.
std::string manual();

} // namespace epode::control::tool
