// SPDX-License-Identifier: MIT
// How values look in the configuration: for every type that an option can have, TextOf<T> reads and prints it. A type
// of your own becomes one by a specialisation, an enum by a list of names:
//
//     enum class Conflict { replace, refuse };
//     constexpr auto setting_names(Conflict) {
//         return std::to_array<Named<Conflict>>({{"replace", Conflict::replace}, {"refuse", Conflict::refuse}});
//     }
//
// An error is the rest of a sentence that begins with `keep="30 dayz" `: "is not a duration (try 30d, 4w or never)".
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/jid.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace epode {

/// A time that does not come. Do not start a timer with it, and do not add to it.
inline constexpr Duration never = Duration::max();

/// A number of bytes, written 64KiB, 1MiB or 10MB.
struct ByteSize {
    std::uint64_t bytes = 0;

    constexpr operator std::uint64_t() const noexcept { return bytes; }
    constexpr auto operator<=>(const ByteSize&) const = default;
};

/// A file or folder; in the configuration it is relative to the file in which it stands, here it is resolved.
struct FilePath {
    std::string text;

    FilePath() = default;
    explicit FilePath(std::string path) : text(std::move(path)) {}
    bool empty() const noexcept { return text.empty(); }
    bool operator==(const FilePath&) const = default;
};

/// One name of an enum's value.
template <typename E> struct Named {
    std::string_view name;
    E value;
};

inline namespace literals {
constexpr Duration operator""_days(unsigned long long count) { return std::chrono::days(static_cast<int>(count)); }
constexpr ByteSize operator""_KiB(unsigned long long count) { return ByteSize{count << 10}; }
constexpr ByteSize operator""_MiB(unsigned long long count) { return ByteSize{count << 20}; }
constexpr ByteSize operator""_GiB(unsigned long long count) { return ByteSize{count << 30}; }
} // namespace literals

namespace config {

/// Reads and prints T. `parse` may take the option's default as a second argument, to suggest something like it.
template <typename T> struct TextOf;

/// Types with a smaller and a larger: their options can have bounds.
template <typename T>
concept Ordered =
    (std::is_arithmetic_v<T> && !std::same_as<T, bool>) || std::same_as<T, Duration> || std::same_as<T, ByteSize>;

/// Enums that declare their names.
template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) { setting_names(value); };

Result<std::int64_t> parse_integer(std::string_view text, std::int64_t least, std::int64_t most, std::int64_t like);
Result<std::uint64_t> parse_natural(std::string_view text, std::uint64_t most, std::uint64_t like);
/// Words between white space.
std::vector<std::string> split(std::string_view text);
std::string join(const std::vector<std::string>& words, std::string_view between);
/// "is none of a, b, c", with the nearest name.
std::string not_one_of(std::string_view text, const std::vector<std::string_view>& names);

/// The same error or the value as another type; the value fits.
template <typename To, typename From> Result<To> as(Result<From> read) {
    if (!read) return std::unexpected(std::move(read).error());
    return static_cast<To>(*read);
}

template <typename I>
    requires std::integral<I> && (!std::same_as<I, bool>)
struct TextOf<I> {
    static std::string kind() { return "a number"; }
    static Result<I> parse(std::string_view text, I like) {
        using Limits = std::numeric_limits<I>;
        if constexpr (std::signed_integral<I>)
            return as<I>(parse_integer(text, Limits::min(), Limits::max(), like));
        else
            return as<I>(parse_natural(text, Limits::max(), like));
    }
    static std::string print(I value) { return std::to_string(value); }
};

template <> struct TextOf<double> {
    static std::string kind() { return "a number"; }
    static Result<double> parse(std::string_view text, double like);
    static std::string print(double value);
};

/// true or false; yes and no are taken too.
template <> struct TextOf<bool> {
    static std::string kind() { return "true or false"; }
    static Result<bool> parse(std::string_view text);
    static std::string print(bool value) { return value ? "true" : "false"; }
};

/// A number and a unit (us, ms, s, min, h, d, w), or never.
template <> struct TextOf<Duration> {
    static std::string kind() { return "a duration"; }
    static Result<Duration> parse(std::string_view text, Duration like);
    static std::string print(Duration value);
};

/// A number and a unit: B, KiB, MiB, GiB, TiB by 1024; KB, MB, GB, TB by 1000.
template <> struct TextOf<ByteSize> {
    static std::string kind() { return "a size"; }
    static Result<ByteSize> parse(std::string_view text, ByteSize like);
    static std::string print(ByteSize value);
};

template <> struct TextOf<std::string> {
    static std::string kind() { return "text"; }
    static Result<std::string> parse(std::string_view text) { return std::string(text); }
    static std::string print(const std::string& value) { return value; }
};

template <> struct TextOf<Secret> {
    static std::string kind() { return "a secret (text, or file: and a path)"; }
    static Result<Secret> parse(std::string_view text) { return Secret(Bytes(text)); }
    static std::string print(const Secret& value) { return std::string(value.view()); }
};

template <> struct TextOf<FilePath> {
    static std::string kind() { return "a path"; }
    static Result<FilePath> parse(std::string_view text);
    static std::string print(const FilePath& value) { return value.text; }
};

template <> struct TextOf<Jid> {
    static std::string kind() { return "an address"; }
    static Result<Jid> parse(std::string_view text);
    static std::string print(const Jid& value) { return std::string(value.text()); }
};

template <> struct TextOf<std::vector<std::string>> {
    static std::string kind() { return "words"; }
    static Result<std::vector<std::string>> parse(std::string_view text) { return split(text); }
    static std::string print(const std::vector<std::string>& value) { return join(value, " "); }
};

template <> struct TextOf<std::vector<Jid>> {
    static std::string kind() { return "addresses"; }
    static Result<std::vector<Jid>> parse(std::string_view text);
    static std::string print(const std::vector<Jid>& value);
};

template <NamedEnum E> struct TextOf<E> {
    static std::vector<std::string_view> names() {
        std::vector<std::string_view> names;
        for (const Named<E>& known : setting_names(E{})) names.push_back(known.name);
        return names;
    }
    static std::string kind() {
        const auto known = names();
        return join({known.begin(), known.end()}, " or ");
    }
    static Result<E> parse(std::string_view text) {
        for (const Named<E>& known : setting_names(E{}))
            if (known.name == text) return known.value;
        return fail(not_one_of(text, names()));
    }
    static std::string print(E value) {
        for (const Named<E>& known : setting_names(E{}))
            if (known.value == value) return std::string(known.name);
        return {};
    }
};

/// "too short" and "too long" for times, "too small" and "too large" for the rest.
template <Ordered T> std::string_view below() { return std::same_as<T, Duration> ? "is too short" : "is too small"; }
template <Ordered T> std::string_view above() { return std::same_as<T, Duration> ? "is too long" : "is too large"; }

} // namespace config
} // namespace epode
