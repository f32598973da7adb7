// SPDX-License-Identifier: MIT
// Log lines: formatted by who logs, written by spdlog's thread. A line is one write(2), so a crash loses only what is
// queued and a file can be rotated under us. What comes from outside cannot end a line, forge a field or move a cursor.
#include "core/base/log.hpp"

#include "core/base/clock.hpp"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <optional>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

namespace epode {

class LogArea {
public:
    LogArea(std::string name, LogLevel level) : name_(std::move(name)), level_(level) {}
    const std::string& name() const noexcept { return name_; }
    LogLevel level() const noexcept { return level_.load(std::memory_order_relaxed); }
    void set(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }

private:
    std::string name_;
    std::atomic<LogLevel> level_;
};

namespace {

constexpr std::size_t queue_length = 4096;
constexpr std::string_view level_names[] = {"trace", "debug", "info", "warn", "error", "off"};

/// Writes whole lines to a descriptor.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    ~LineSink() override { close_file(); }

    std::string open(const std::string& file) {
        const std::lock_guard lock(mutex_);
        int descriptor = STDERR_FILENO;
        if (!file.empty()) {
            descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
            if (descriptor < 0) return fmt::format("cannot open the log file {}: {}", file, std::strerror(errno));
        }
        close_file();
        descriptor_ = descriptor;
        file_ = file;
        return {};
    }
    void reopen() {
        std::unique_lock lock(mutex_);
        const std::string file = file_;
        lock.unlock();
        if (!file.empty()) (void)open(file); // where that fails, the old file is still better than none
    }
    std::uint64_t flushes() {
        const std::lock_guard lock(flushed_mutex_);
        return flushes_;
    }
    void await_flush_after(std::uint64_t before, std::chrono::milliseconds most) {
        std::unique_lock lock(flushed_mutex_);
        flushed_.wait_for(lock, most, [&] { return flushes_ != before; });
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        line_.assign(message.payload.data(), message.payload.size());
        line_.push_back('\n');
        std::string_view rest = line_;
        while (!rest.empty()) {
            const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return; // nowhere to complain
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void flush_() override {
        {
            const std::lock_guard lock(flushed_mutex_);
            ++flushes_;
        }
        flushed_.notify_all();
    }

private:
    void close_file() noexcept {
        if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
    }
    int descriptor_ = STDERR_FILENO;
    std::string file_;
    std::string line_;
    std::mutex flushed_mutex_;
    std::condition_variable flushed_;
    std::uint64_t flushes_ = 0;
};

/// systemd says in JOURNAL_STREAM which device and inode its pipe is (systemd.exec(5)).
bool stderr_is_the_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

using AreaLevels = std::map<std::string, LogLevel, std::less<>>;

/// Everything there is one of in the process.
struct Everything {
    std::mutex mutex; ///< guards areas, wanted and standard
    std::map<std::string, std::shared_ptr<LogArea>, std::less<>> areas;
    AreaLevels wanted;
    LogLevel standard = LogLevel::info;

    std::atomic<bool> journal = stderr_is_the_journal();
    std::shared_ptr<LineSink> sink = std::make_shared<LineSink>();
    std::shared_ptr<spdlog::details::thread_pool> pool =
        std::make_shared<spdlog::details::thread_pool>(queue_length, 1U);
    std::shared_ptr<spdlog::async_logger> logger =
        std::make_shared<spdlog::async_logger>("epode", sink, pool, spdlog::async_overflow_policy::overrun_oldest);

    Everything() { logger->set_level(spdlog::level::trace); }
    ~Everything() { pool.reset(); } // its thread writes what is left and ends, before the logger that it writes with

    LogLevel level_of(std::string_view area) const {
        const auto found = wanted.find(area);
        return found == wanted.end() ? standard : found->second;
    }
    void take(LogLevel level, AreaLevels levels) {
        const std::lock_guard lock(mutex);
        standard = level;
        wanted = std::move(levels);
        apply();
    }
    void add(std::optional<LogLevel> level, AreaLevels levels) {
        const std::lock_guard lock(mutex);
        standard = level.value_or(standard);
        levels.merge(wanted); // those that are there already win
        wanted = std::move(levels);
        apply();
    }

private:
    void apply() {
        for (auto& [area, state] : areas) state->set(level_of(area));
    }
};

Everything& everything() {
    static Everything one;
    return one;
}

/// Length of the valid UTF-8 sequence at the front of `text`, `point` what it stands for; 0 where it is broken.
std::size_t sequence(std::string_view text, std::uint32_t& point) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t size = byte(0) < 0x80   ? 1
                             : byte(0) < 0xC2 ? 0
                             : byte(0) < 0xE0 ? 2
                             : byte(0) < 0xF0 ? 3
                             : byte(0) < 0xF5 ? 4
                                              : 0;
    if (size == 0 || size > text.size()) return 0;
    point = size == 1 ? byte(0) : byte(0) & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
        point = point << 6 | (byte(i) & 0x3F);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < least[size] || surrogate || point > 0x10FFFF ? 0 : size;
}

/// Controls, line separators, and what turns the direction of writing.
bool must_be_escaped(std::uint32_t c) noexcept {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

void append_escaped(std::string& out, std::string_view text, bool quoted) {
    while (!text.empty()) {
        std::uint32_t point = 0;
        const std::size_t size = sequence(text, point);
        if (size == 0)
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[0]));
        else if (point == '\n')
            out += "\\n";
        else if (point == '\r')
            out += "\\r";
        else if (point == '\t')
            out += "\\t";
        else if (must_be_escaped(point))
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", point);
        else if (quoted && (point == '"' || point == '\\'))
            (out += '\\') += static_cast<char>(point);
        else
            out.append(text.substr(0, size));
        text.remove_prefix(size == 0 ? 1 : size);
    }
}

bool needs_quotes(std::string_view value) noexcept {
    if (value.empty()) return true;
    for (const char c : value)
        if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\') return true;
    return false;
}

void append_value(std::string& out, std::string_view value) {
    const bool quoted = needs_quotes(value);
    if (quoted) out += '"';
    append_escaped(out, value, quoted);
    if (quoted) out += '"';
}

/// sd-daemon(3): syslog's priorities.
int priority(LogLevel level) noexcept {
    switch (level) {
    case LogLevel::error:
        return 3;
    case LogLevel::warn:
        return 4;
    case LogLevel::info:
        return 6;
    default:
        return 7;
    }
}

void append_head(std::string& out, LogLevel level) {
    if (everything().journal.load(std::memory_order_relaxed)) {
        fmt::format_to(std::back_inserter(out), "<{}>", priority(level));
        return;
    }
    const auto now = std::chrono::floor<std::chrono::milliseconds>(SystemClock().wall());
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(now - day);
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z {:<5} ",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                   time.seconds().count(), time.subseconds().count(), logging::name(level));
}

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// "info, tls=debug", read.
struct Levels {
    std::optional<LogLevel> standard;
    AreaLevels areas;

    /// "", or what is wrong.
    std::string read(std::string_view text) {
        while (!text.empty()) {
            const std::size_t comma = std::min(text.find(','), text.size());
            if (std::string fault = read_entry(trimmed(text.substr(0, comma))); !fault.empty()) return fault;
            text.remove_prefix(std::min(comma + 1, text.size()));
        }
        return {};
    }

private:
    std::string read_entry(std::string_view entry) {
        const std::size_t equals = entry.find('=');
        const bool one_area = equals != std::string_view::npos;
        const std::string_view area = one_area ? trimmed(entry.substr(0, equals)) : std::string_view();
        LogLevel level = LogLevel::info;
        if (!logging::parse(trimmed(one_area ? entry.substr(equals + 1) : entry), level))
            return fmt::format("\"{}\" names no level (try trace, debug, info, warn, error or off)", entry);
        if (one_area && area.empty())
            return fmt::format("\"{}\" names no area (try tls={})", entry, logging::name(level));
        if (!one_area && standard)
            return fmt::format("\"{}\" is a second level for everything (try area={})", entry, entry);
        if (one_area)
            areas.insert_or_assign(std::string(area), level);
        else
            standard = level;
        return {};
    }
};

} // namespace

Logger::Logger(std::string_view area) {
    Everything& all = everything();
    const std::lock_guard lock(all.mutex);
    auto found = all.areas.find(area);
    if (found == all.areas.end())
        found = all.areas.emplace(area, std::make_shared<LogArea>(std::string(area), all.level_of(area))).first;
    area_ = found->second;
}

bool Logger::on(LogLevel level) const noexcept { return level >= area_->level() && level != LogLevel::off; }

void Logger::write(LogLevel level, std::string_view text, std::initializer_list<LogField> fields) const {
    std::string line;
    append_head(line, level);
    line.append(area_->name()).append(": ");
    append_escaped(line, text, false);
    for (const LogField& field : fields) {
        line.append(" ").append(field.name()).push_back('=');
        append_value(line, field.value());
    }
    everything().logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

namespace logging {

std::string configure(std::string_view levels) {
    Levels given;
    if (std::string fault = given.read(levels); !fault.empty()) return fault;
    everything().take(given.standard.value_or(LogLevel::info), std::move(given.areas));
    return {};
}

std::string adjust(std::string_view levels) {
    Levels given;
    if (std::string fault = given.read(levels); !fault.empty()) return fault;
    everything().add(given.standard, std::move(given.areas));
    return {};
}

std::vector<std::pair<std::string, LogLevel>> areas() {
    Everything& all = everything();
    const std::lock_guard lock(all.mutex);
    std::vector<std::pair<std::string, LogLevel>> list;
    for (const auto& [area, state] : all.areas) list.emplace_back(area, state->level());
    return list;
}

std::string open(const std::string& file) {
    Everything& all = everything();
    if (std::string fault = all.sink->open(file); !fault.empty()) return fault;
    all.journal = file.empty() && stderr_is_the_journal();
    return {};
}

void reopen() { everything().sink->reopen(); }

void flush() {
    Everything& all = everything();
    const std::uint64_t before = all.sink->flushes();
    // The mark itself may be overrun by new lines: ask again, but never hang a process that wants to end.
    for (int attempt = 0; attempt < 20 && all.sink->flushes() == before; ++attempt) {
        all.logger->flush();
        all.sink->await_flush_after(before, std::chrono::milliseconds(250));
    }
}

std::uint64_t dropped() { return everything().pool->overrun_counter(); }

std::string_view name(LogLevel level) { return level_names[static_cast<std::size_t>(level)]; }

bool parse(std::string_view text, LogLevel& level) {
    for (std::size_t i = 0; i < std::size(level_names); ++i) {
        if (level_names[i] != text) continue;
        level = static_cast<LogLevel>(i);
        return true;
    }
    return false;
}

} // namespace logging
} // namespace epode
