// SPDX-License-Identifier: MIT
// Log lines with named fields, one area each ("tls", "sasl", "roster"). Arguments are evaluated only when the level is
// on:
//
//     log.info("logged in", {{"jid", jid.text()}, {"mechanism", name}});
//
// Lines go to spdlog's queue and are written by its own thread; a full queue drops the oldest and counts. Never a
// password at any level, never a message body above debug.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

/// One named value of a line. Holds a view where it can: only for use inside the call.
class LogField {
public:
    LogField(std::string_view name, std::string_view value) : name_(name), value_(value) {}
    LogField(std::string_view name, const std::string& value) : name_(name), value_(value) {}
    LogField(std::string_view name, const char* value) : name_(name), value_(value) {}
    LogField(std::string_view name, bool value) : name_(name), value_(value ? "true" : "false") {}
    template <std::integral I> LogField(std::string_view name, I value) : name_(name), own_(std::to_string(value)) {}

    std::string_view name() const noexcept { return name_; }
    std::string_view value() const noexcept { return own_.empty() ? value_ : std::string_view(own_); }

private:
    std::string_view name_;
    std::string_view value_;
    std::string own_;
};

class LogArea;

/// A cheap handle on an area; copyable, usable from any thread, valid for the process's life.
class Logger {
public:
    /// The area's level is shared by everyone who names it.
    explicit Logger(std::string_view area);

    bool on(LogLevel level) const noexcept;
    void write(LogLevel level, std::string_view text, std::initializer_list<LogField> fields = {}) const;

    void trace(std::string_view text, std::initializer_list<LogField> fields = {}) const {
        put(LogLevel::trace, text, fields);
    }
    void debug(std::string_view text, std::initializer_list<LogField> fields = {}) const {
        put(LogLevel::debug, text, fields);
    }
    void info(std::string_view text, std::initializer_list<LogField> fields = {}) const {
        put(LogLevel::info, text, fields);
    }
    void warn(std::string_view text, std::initializer_list<LogField> fields = {}) const {
        put(LogLevel::warn, text, fields);
    }
    void error(std::string_view text, std::initializer_list<LogField> fields = {}) const {
        put(LogLevel::error, text, fields);
    }

private:
    void put(LogLevel level, std::string_view text, std::initializer_list<LogField> fields) const {
        if (on(level)) write(level, text, fields);
    }
    std::shared_ptr<LogArea> area_;
};

namespace logging {

/// What the configuration says: "info" or "info, tls=debug, roster=warn". On a fault nothing changes and the text says
/// what would be right.
std::string configure(std::string_view levels);
/// The same text, but what it does not name stays as it is: "tls=debug" changes one area, "info" those without their
/// own.
std::string adjust(std::string_view levels);
/// Levels by area, for `epodectl log`.
std::vector<std::pair<std::string, LogLevel>> areas();
/// Where lines go: "" is standard error (with a syslog priority prefix under systemd), else a file opened for
/// appending. Call before the first line; `reopen` after a rotation.
std::string open(const std::string& file);
void reopen();
/// Writes what is queued; call before the process ends.
void flush();
/// Lines dropped because the queue was full.
std::uint64_t dropped();
std::string_view name(LogLevel level);
bool parse(std::string_view text, LogLevel& level);

} // namespace logging
} // namespace epode
