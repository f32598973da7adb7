// SPDX-License-Identifier: MIT
#include "xep/xep0082_datetime.hpp"

#include <chrono>

namespace epode::xep {

namespace {

void put_number(std::string& out, unsigned value, unsigned digits) {
    out.append(digits, '0');
    for (auto at = out.size(); digits > 0; --digits, value /= 10) out[--at] = static_cast<char>('0' + value % 10);
}

/// Reads from the front; once something was wrong, everything after it is wrong too.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int number(std::size_t digits) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') {
                ok_ = false;
                return 0;
            }
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }
    bool accept(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) { ok_ = accept(c) && ok_; }
    /// The digits after the point, as microseconds; what is finer is cut off.
    Duration fraction() {
        std::int64_t value = 0;
        std::int64_t unit = 100'000;
        bool any = false;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            value += (rest_.front() - '0') * unit;
            unit /= 10;
            any = true;
            rest_.remove_prefix(1);
        }
        ok_ = ok_ && any;
        return Duration(value);
    }
    void fail() { ok_ = false; }
    bool done() const { return ok_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

/// Z, ±hh:mm, or nothing (then UTC is meant).
Duration read_offset(Scanner& in) {
    if (in.accept('Z')) return Duration(0);
    const bool east = in.accept('+');
    if (!east && !in.accept('-')) return Duration(0);
    const int hours = in.number(2);
    in.expect(':');
    const int minutes = in.number(2);
    if (hours > 23 || minutes > 59) in.fail();
    const Duration offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return east ? offset : -offset;
}

} // namespace

std::string format_datetime(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string out;
    out.reserve(27);
    put_number(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_number(out += '-', static_cast<unsigned>(date.month()), 2);
    put_number(out += '-', static_cast<unsigned>(date.day()), 2);
    put_number(out += 'T', static_cast<unsigned>(clock.hours().count()), 2);
    put_number(out += ':', static_cast<unsigned>(clock.minutes().count()), 2);
    put_number(out += ':', static_cast<unsigned>(clock.seconds().count()), 2);
    if (const auto micros = clock.subseconds().count(); micros != 0) {
        put_number(out += '.', static_cast<unsigned>(micros), 6);
        while (out.ends_with('0')) out.pop_back();
    }
    return out += 'Z';
}

std::optional<WallTime> parse_datetime(std::string_view text) {
    Scanner in(text);
    const int year = in.number(4);
    const bool dashes = in.accept('-');
    const int month = in.number(2);
    if (dashes) in.expect('-');
    const int day = in.number(2);
    in.expect('T');
    const int hours = in.number(2);
    in.expect(':');
    const int minutes = in.number(2);
    in.expect(':');
    const int seconds = in.number(2);
    const Duration fraction = in.accept('.') ? in.fraction() : Duration(0);
    const Duration offset = read_offset(in);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    // A leap second (60) is taken as the first of the next minute.
    if (!in.done() || year < 1 || !date.ok() || hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
           std::chrono::seconds(seconds) + fraction - offset;
}

} // namespace epode::xep
