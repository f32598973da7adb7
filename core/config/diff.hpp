// SPDX-License-Identifier: MIT
// What a reload would change, and what must happen for each change to count: the answer that the administrator gets per
// option.
#pragma once

#include "core/config/server_config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::config {

struct Change {
    enum class What : std::uint8_t { added, removed, changed };

    std::string path; ///< "epode", "listen c2s *:5222", "host example.org", "host example.org/archive"
    What what;        ///< added and removed: the element as a whole, without an option
    std::string option;
    std::string old_text; ///< in its usual form; of a secret "..."
    std::string new_text;
    Needs needs;

    Change(std::string where, What happened, Needs need) : path(std::move(where)), what(happened), needs(need) {}
    Change(std::string where, std::string_view name, std::string before, std::string after, Needs need)
        : path(std::move(where)), what(What::changed), option(name), old_text(std::move(before)),
          new_text(std::move(after)), needs(need) {}

    /// `host example.org/archive: keep was "30d", is "1w"`, with what it needs at the end.
    std::string line() const;
};

/// In the order of elements as the reference has them; equal values that are written differently are no change. Both
/// were loaded with this schema. Hosts and modules come and go without a restart; listeners do not.
std::vector<Change> diff(const ServerConfig& before, const ServerConfig& after, const Schema& schema);

} // namespace epode::config
