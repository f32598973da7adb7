// SPDX-License-Identifier: MIT
// Completion scripts for shells, made of the catalogue. They ask no server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace epode::control::tool {

/// For bash, zsh or fish; nothing for others.
std::optional<std::string> completion(std::string_view shell);

} // namespace epode::control::tool
