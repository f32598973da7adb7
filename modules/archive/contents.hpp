// SPDX-License-Identifier: MIT
// What a kept message means to what is derived from it: conversations, retractions, search.
#pragma once

#include "modules/archive/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace epode::archive {

/// The hash of a name or a word in stored rows: the same for ever (FNV-1a). Whatever is found by it is looked at again.
std::uint32_t hash_of(std::string_view text) noexcept;

struct Contents {
    enum class Kind : std::uint8_t {
        other,
        said,       ///< an instant message: what somebody may have read or not
        displayed,  ///< everything up to `about` is read (XEP-0333)
        retraction, ///< `about` is taken back (XEP-0424)
    };
    Kind kind = Kind::other;
    bool own = false;   ///< its owner said it
    bool group = false; ///< a room's, in its archive
    std::string about;

    Contents() = default;
};
Contents contents_of(const Record& record);

/// The hashes under which somebody may name the message later; 0 where there is none.
struct Names {
    std::uint32_t id = 0, origin = 0;

    Names() = default;
    explicit Names(const Stanza& message);
    bool is(std::uint32_t name) const noexcept { return name != 0 && (id == name || origin == name); }
};

/// Words as an index has them: sorted, once each. None of encrypted messages, whose text is for those who cannot read
/// them, nor of what only stands in for something else.
std::vector<std::uint32_t> words_in(const Stanza& message);
/// The words that somebody looks for.
std::vector<std::uint32_t> words_of(std::string_view text);
/// Whether the message has all of them.
bool has_words(const Stanza& message, const std::vector<std::uint32_t>& words);

} // namespace epode::archive
