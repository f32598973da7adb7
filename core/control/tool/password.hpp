// SPDX-License-Identifier: MIT
// Passwords come from a terminal without being shown, or from a file; never from the command line, which others can
// see.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

#include <string>

namespace epode::control::tool {

/// The first line of a file; "-" is standard input. In UTF-8, not empty, at most 1023 bytes.
Result<Secret> password_from(const std::string& file);
/// Asks twice at the terminal that is standard input; an error where there is none, or where the two differ.
Result<Secret> new_password(const std::string& whose);
/// Asks once, or takes a line of standard input where that is no terminal.
Result<Secret> unseen_value(const std::string& name);

} // namespace epode::control::tool
