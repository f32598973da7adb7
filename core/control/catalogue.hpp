// SPDX-License-Identifier: MIT
// The catalogue: every command with its parameters, as plain data. The server checks requests by it, the tool makes its
// arguments, help and shell completion of it. What a command does stands in the file of its noun.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace epode::control {

struct Parameter {
    /// What the tool does with it: paths are made absolute, the value of KEY=- is asked for unseen, all else is left
    /// alone.
    enum class Kind : std::uint8_t { text, path, assignment };

    std::string_view name; ///< "" where there is none
    std::string_view help;
    bool required = true;
    bool many = false; ///< takes all that follow
    Kind kind = Kind::text;
};

struct Entry {
    std::string_view words; ///< "sessions kick"
    std::string_view help;
    std::array<Parameter, 3> parameters{};
    bool password = false; ///< the tool asks for one and sends it as the option "password"
    bool host = false;     ///< may be for one host: the option "host"

    std::size_t least() const noexcept;
    std::size_t most() const noexcept; ///< the largest number where a parameter takes many
};

/// "sessions" and a sentence on what it is about.
struct Noun {
    std::string_view name, help;
};

std::span<const Entry> catalogue() noexcept;
std::span<const Noun> nouns() noexcept;

} // namespace epode::control
