// SPDX-License-Identifier: MIT
// What the tool can be told: the catalogue, the few commands that need no server, and the options. Command line, help,
// completion and manual are all made of this.
#pragma once

#include "core/control/catalogue.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace epode::control::tool {

struct Option {
    /// Which commands take it.
    enum class Of : std::uint8_t { all, host, password };

    std::string_view name;  ///< "--socket"
    std::string_view value; ///< "PATH"; "" where it takes none
    std::string_view help;
    Of of = Of::all;
    bool file = false; ///< its value is one
};

std::span<const Option> options() noexcept;
bool takes(const Entry& entry, const Option& option) noexcept;

/// "completion" and "manual", which the tool answers itself.
std::span<const Entry> own_commands() noexcept;
bool is_own(const Entry& entry) noexcept;

/// The catalogue, then the tool's own.
std::vector<const Entry*> all_commands();
/// "sessions" of "sessions kick", "" of "status".
std::string_view noun_of(const Entry& entry) noexcept;
/// "kick" of "sessions kick", "status" of "status".
std::string_view verb_of(const Entry& entry) noexcept;

/// What may stand first: nouns and single commands, in the catalogue's order, each with its sentence.
struct Word {
    std::string_view word, help;
};
std::vector<Word> first_words();
/// The verbs of a noun.
std::vector<Word> second_words(std::string_view noun);

/// "accounts role JID ROLE"
std::string signature(const Entry& entry);

} // namespace epode::control::tool
