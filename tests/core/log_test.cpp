// SPDX-License-Identifier: MIT
#include "core/base/log.hpp"
#include "tests/catch.hpp"
#include "tests/harness/captured_log.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using epode::Logger;
using epode::LogLevel;
using epode::test::CapturedLog;
namespace logging = epode::logging;

TEST_CASE("a line has time, level, area, text and fields") {
    const CapturedLog log;
    const Logger area("log-test");
    area.info("logged in", {{"jid", "romeo@example.org"}, {"tries", 3}, {"name", "with space"}, {"secure", true}});
    std::string shape = log.all().substr(0, 24);
    for (char& c : shape)
        if (c >= '0' && c <= '9') c = '9';
    CHECK(shape == "9999-99-99T99:99:99.999Z");
    CHECK(log.all().substr(24) ==
          " info  log-test: logged in jid=romeo@example.org tries=3 name=\"with space\" secure=true\n");
}

TEST_CASE("nothing from outside ends a line or forges a field") {
    const CapturedLog log;
    const Logger area("log-test");
    area.info("x", {{"v", "a\nb\r\tc"}});
    CHECK(log.last() == "log-test: x v=\"a\\nb\\r\\tc\"");
    area.info("x", {{"v", "a\" admin=\"yes"}});
    CHECK(log.last() == "log-test: x v=\"a\\\" admin=\\\"yes\"");
    area.info("x", {{"v", "\x1b[2J"}});
    CHECK(log.last() == "log-test: x v=\"\\u001b[2J\"");
    area.info("x", {{"v", "\u009b2J"}});
    CHECK(log.last() == "log-test: x v=\\u009b2J");
    area.info("x", {{"v", "a\u2028b\u202ec"}});
    CHECK(log.last() == "log-test: x v=a\\u2028b\\u202ec");
    area.info("x", {{"v", "\x9b\xff\xc0\xaf"}});
    CHECK(log.last() == "log-test: x v=\\x9b\\xff\\xc0\\xaf");
    area.info("x", {{"v", "\xed\xa0\x80"}});
    CHECK(log.last() == "log-test: x v=\\xed\\xa0\\x80");
    area.info("x", {{"v", "a\\n"}});
    CHECK(log.last() == "log-test: x v=\"a\\\\n\"");
    area.info("x", {{"v", "a=b"}});
    CHECK(log.last() == "log-test: x v=\"a=b\"");
    area.info("x", {{"v", ""}});
    CHECK(log.last() == "log-test: x v=\"\"");
    area.info("x", {{"v", "\u00e4\u265a\U0001F600"}});
    CHECK(log.last() == "log-test: x v=\u00e4\u265a\U0001F600");
    area.info("two\nlines");
    CHECK(log.last() == "log-test: two\\nlines");
    area.info("x", {{"v", std::string_view("a\0b", 3)}});
    CHECK(log.last() == "log-test: x v=\"a\\u0000b\"");
}

TEST_CASE("an area's level decides, and is shared by everyone who names it") {
    const CapturedLog log;
    const Logger one("log-test");
    const Logger same("log-test");
    const Logger other("log-other");
    REQUIRE(logging::configure("warn, log-test=debug").empty());
    CHECK(one.on(LogLevel::debug));
    CHECK(same.on(LogLevel::debug));
    CHECK_FALSE(one.on(LogLevel::trace));
    CHECK_FALSE(other.on(LogLevel::info));
    CHECK(other.on(LogLevel::warn));
    CHECK(Logger("log-late").on(LogLevel::warn));
    CHECK_FALSE(Logger("log-late").on(LogLevel::info));
    other.info("not written");
    one.debug("written");
    CHECK(log.last() == "log-test: written");
    CHECK(log.all().find("not written") == std::string::npos);
    REQUIRE(logging::configure("off").empty());
    CHECK_FALSE(one.on(LogLevel::error));
    CHECK_FALSE(one.on(LogLevel::off));
}

TEST_CASE("a wrong configuration changes nothing and says what would be right") {
    const CapturedLog log;
    const Logger area("log-test");
    REQUIRE(logging::configure("log-test=debug").empty());
    CHECK(logging::configure("loud") == "\"loud\" names no level (try trace, debug, info, warn, error or off)");
    CHECK(logging::configure("info, tls=") == "\"tls=\" names no level (try trace, debug, info, warn, error or off)");
    CHECK(logging::configure("info, warn") == "\"warn\" is a second level for everything (try area=warn)");
    CHECK(logging::configure("=warn") == "\"=warn\" names no area (try tls=warn)");
    CHECK(area.on(LogLevel::debug));
    const auto areas = logging::areas();
    CHECK(std::find(areas.begin(), areas.end(), std::pair(std::string("log-test"), LogLevel::debug)) != areas.end());
    REQUIRE(logging::configure("").empty());
    CHECK_FALSE(area.on(LogLevel::debug));
}

TEST_CASE("level names parse back") {
    for (const auto level :
         {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
        LogLevel back = LogLevel::trace;
        CHECK(logging::parse(logging::name(level), back));
        CHECK(back == level);
    }
    LogLevel level = LogLevel::warn;
    CHECK_FALSE(logging::parse("INFO", level));
    CHECK(level == LogLevel::warn);
}

TEST_CASE("after a rotation lines go to the new file") {
    const CapturedLog log;
    const Logger area("log-test");
    area.info("before");
    logging::flush();
    std::filesystem::rename(log.file(), log.file() + ".1");
    area.info("still there");
    logging::flush();
    logging::reopen();
    area.info("after");
    CHECK(log.last() == "log-test: after");
    CHECK(log.all().find("still there") == std::string::npos);
    CHECK(CapturedLog::read(log.file() + ".1").find("still there") != std::string::npos);
}

TEST_CASE("a file that cannot be opened is named") {
    const std::string fault = logging::open("/nonexistent-folder/epode.log");
    CHECK(fault == "cannot open the log file /nonexistent-folder/epode.log: No such file or directory");
}

TEST_CASE("under systemd a line has a priority and no time") {
    const CapturedLog log;
    // Standard error becomes the file, and JOURNAL_STREAM names it.
    const int before = ::dup(STDERR_FILENO);
    REQUIRE(::freopen(log.file().c_str(), "a", stderr) != nullptr);
    struct stat status{};
    REQUIRE(::fstat(STDERR_FILENO, &status) == 0);
    ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(), 1);
    (void)logging::open("");
    const Logger area("log-test");
    area.info("x");
    area.warn("y", {{"v", 1}});
    area.error("z");
    logging::flush();
    ::unsetenv("JOURNAL_STREAM");
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    (void)logging::open(log.file());
    CHECK(log.all() == "<6>log-test: x\n<4>log-test: y v=1\n<3>log-test: z\n");
}

TEST_CASE("a long line stays whole") {
    const CapturedLog log;
    Logger("log-test").info("x", {{"v", std::string(100'000, 'a')}});
    CHECK(log.last().size() == std::string_view("log-test: x v=").size() + 100'000);
}

TEST_CASE("a queue that is full drops and counts, and every line was written or counted") {
    const CapturedLog log;
    const Logger area("log-test");
    const auto before = logging::dropped();
    constexpr std::size_t lines = 50'000;
    for (std::size_t i = 0; i < lines; ++i) area.info("x");
    const std::string all = log.all();
    const auto written = static_cast<std::uint64_t>(std::count(all.begin(), all.end(), '\n'));
    // Marks of a flush may have been overrun too.
    CHECK(written + (logging::dropped() - before) >= lines);
    CHECK(written > 0);
}
