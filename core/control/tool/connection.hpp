// SPDX-License-Identifier: MIT
// Where the server may be, and talking to it.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::control::tool {

/// A place to look, and why it is one.
struct Place {
    std::string path;
    /// Where nobody named it, the socket must be the caller's own: any folder may hold a `data`.
    bool own_only = false;
};

/// The one that is named, or those that are usual, in the order in which they are tried. `environment` is getenv.
std::vector<Place> places(const std::string& named, const std::function<const char*(const char*)>& environment);

/// Sends the line (with its end) and returns the answer's (without) from the first place where a server listens. The
/// error says what was tried.
std::expected<std::string, std::string> ask(const std::vector<Place>& places, std::string_view line);

} // namespace epode::control::tool
