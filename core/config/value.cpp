// SPDX-License-Identifier: MIT
// Reading and printing the values of options.
#include "core/config/value.hpp"

#include "core/config/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <span>

namespace epode::config {

namespace {

constexpr std::string_view white = " \t\r\n";

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::uint64_t second = 1'000'000;
constexpr std::uint64_t day = 24 * 3600 * second;
// Longest first: printing takes the first that leaves no rest.
constexpr Unit time_units[] = {{"w", 7 * day}, {"d", day}, {"h", 3600 * second}, {"min", 60 * second}, {"s", second},
                               {"ms", 1000},   {"us", 1}};
constexpr Unit size_units[] = {{"TiB", 1ULL << 40},
                               {"GiB", 1ULL << 30},
                               {"MiB", 1ULL << 20},
                               {"KiB", 1ULL << 10},
                               {"TB", 1'000'000'000'000},
                               {"GB", 1'000'000'000},
                               {"MB", 1'000'000},
                               {"KB", 1000},
                               {"B", 1}};

enum class Trouble { not_one, too_large };

/// "<digits><unit>"; zero needs no unit.
std::expected<std::uint64_t, Trouble> parse_with_unit(std::string_view text, std::span<const Unit> units) {
    std::uint64_t count = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault == std::errc::invalid_argument) return std::unexpected(Trouble::not_one);
    std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    auto unit = std::ranges::find(units, name, &Unit::name);
    bool bare_zero = name.empty() && count == 0 && fault == std::errc();
    if (bare_zero) return 0;
    if (unit == units.end()) return std::unexpected(Trouble::not_one);
    std::uint64_t product = 0;
    if (fault != std::errc() || __builtin_mul_overflow(count, unit->factor, &product))
        return std::unexpected(Trouble::too_large);
    return product;
}

std::string print_with_unit(std::uint64_t value, std::span<const Unit> units) {
    for (const Unit& unit : units)
        if (value != 0 && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
    return fmt::format("0{}", units.back().name);
}

template <typename N> Result<N> parse_number(std::string_view text, N least, N most, N like) {
    N value{};
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool whole = end == text.data() + text.size() && fault != std::errc::invalid_argument;
    if (!whole) return fail(fmt::format("is not a number (try {})", like));
    if (fault == std::errc::result_out_of_range || value > most || value < least)
        return fail(fmt::format("is not a number from {} to {}", least, most));
    return value;
}

} // namespace

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    std::size_t begin = text.find_first_not_of(white);
    while (begin != std::string_view::npos) {
        std::size_t end = text.find_first_of(white, begin);
        words.emplace_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(white, end);
    }
    return words;
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
    return fmt::format("{}", fmt::join(words, between));
}

std::string not_one_of(std::string_view text, const std::vector<std::string_view>& names) {
    std::string_view near = nearest(text, names);
    std::string hint = near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near);
    return fmt::format("is none of {}{}", fmt::join(names, ", "), hint);
}

Result<std::int64_t> parse_integer(std::string_view text, std::int64_t least, std::int64_t most, std::int64_t like) {
    return parse_number(text, least, most, like);
}

Result<std::uint64_t> parse_natural(std::string_view text, std::uint64_t most, std::uint64_t like) {
    if (text.size() > 1 && text.front() == '-' && parse_number<std::int64_t>(text, INT64_MIN, INT64_MAX, 0))
        return fail(fmt::format("is not a number from 0 to {}", most));
    return parse_number<std::uint64_t>(text, 0, most, like);
}

Result<double> TextOf<double>::parse(std::string_view text, double like) {
    double value = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool whole = end == text.data() + text.size() && fault == std::errc();
    if (!whole || !std::isfinite(value)) return fail(fmt::format("is not a number (try {})", like));
    return value;
}

std::string TextOf<double>::print(double value) { return fmt::format("{}", value); }

Result<bool> TextOf<bool>::parse(std::string_view text) {
    if (text == "true" || text == "yes") return true;
    if (text == "false" || text == "no") return false;
    return fail("is neither true nor false");
}

Result<Duration> TextOf<Duration>::parse(std::string_view text, Duration like) {
    if (text == "never") return never;
    auto value = parse_with_unit(text, time_units);
    constexpr auto most = static_cast<std::uint64_t>(never.count()) - 1;
    bool fits = value ? *value <= most : value.error() != Trouble::too_large;
    if (!fits) return fail("is too long (try never)");
    if (value) return Duration(static_cast<Duration::rep>(*value));
    return fail(like >= 1_days ? "is not a duration (try 30d, 4w or never)"
                               : "is not a duration (try 30s, 5min or 2h)");
}

std::string TextOf<Duration>::print(Duration value) {
    if (value == never) return "never";
    if (value == Duration::zero()) return "0s";
    return print_with_unit(static_cast<std::uint64_t>(value.count()), time_units);
}

Result<ByteSize> TextOf<ByteSize>::parse(std::string_view text, ByteSize like) {
    auto value = parse_with_unit(text, size_units);
    if (value) return ByteSize{*value};
    if (value.error() == Trouble::too_large) return fail("is too large");
    return fail(like >= 1_MiB ? "is not a size (try 1MiB, 10MB or 2GiB)" : "is not a size (try 64KiB, 1MiB or 10MB)");
}

std::string TextOf<ByteSize>::print(ByteSize value) { return print_with_unit(value.bytes, size_units); }

Result<FilePath> TextOf<FilePath>::parse(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return fail("is not a path");
    return FilePath(std::string(text));
}

Result<Jid> TextOf<Jid>::parse(std::string_view text) {
    auto jid = Jid::parse(text);
    if (!jid) return fail(fmt::format("is not an address: {}", jid.error().text));
    return std::move(*jid);
}

Result<std::vector<Jid>> TextOf<std::vector<Jid>>::parse(std::string_view text) {
    std::vector<Jid> addresses;
    for (const std::string& word : split(text)) {
        auto jid = Jid::parse(word);
        if (!jid) return fail(fmt::format("has \"{}\", which is not an address: {}", word, jid.error().text));
        addresses.push_back(std::move(*jid));
    }
    return addresses;
}

std::string TextOf<std::vector<Jid>>::print(const std::vector<Jid>& value) {
    std::vector<std::string> words;
    for (const Jid& jid : value) words.emplace_back(jid.text());
    return join(words, " ");
}

} // namespace epode::config
