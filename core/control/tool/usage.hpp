// SPDX-License-Identifier: MIT
// Help texts, made of the catalogue.
#pragma once

#include "core/control/catalogue.hpp"

#include <string>
#include <string_view>

namespace epode::control::tool {

/// All commands and all options.
std::string help();
/// The commands of a noun.
std::string help(std::string_view noun);
/// A command with its arguments and options.
std::string help(const Entry& entry);

} // namespace epode::control::tool
