// SPDX-License-Identifier: MIT
// What LMDB's engine does when the ground goes: the process is killed, the disk is full, a sync fails. Each in a child
// that opens the store itself. System calls that LMDB makes are replaced here; they pass everything on until told
// otherwise.
#include "storage/lmdb/engine.hpp"
#include "storage/lmdb/format.hpp"
#include "storage/lmdb/raw.hpp"
#include "tests/storage/engine_suite.hpp"

#include <cerrno>
#include <csignal>
#include <set>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace epode::test;

namespace {

std::atomic<int> sync_error = 0;
std::atomic<int> write_error = 0;
std::atomic<std::size_t> write_limit = 0; ///< fails only writes of more bytes than this

bool fails(const std::atomic<int>& error) {
    if (error != 0) errno = error;
    return error != 0;
}

} // namespace

extern "C" int fdatasync(int descriptor) {
    return fails(sync_error) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
extern "C" ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
    if (size > write_limit && fails(write_error)) return -1;
    return ::syscall(SYS_pwrite64, descriptor, bytes, size, at);
}
extern "C" ssize_t writev(int descriptor, const iovec* pieces, int count) {
    std::size_t size = 0;
    for (int i = 0; i < count; ++i) size += pieces[i].iov_len;
    if (size > write_limit && fails(write_error)) return -1;
    return ::syscall(SYS_writev, descriptor, pieces, count);
}

namespace {

std::unique_ptr<Engine> open(const std::string& directory) {
    LmdbOptions options(directory);
    options.map_size = std::uint64_t{1} << 30;
    options.disk_reserve = 0;
    auto engine = open_lmdb(options);
    return engine ? std::move(*engine) : nullptr;
}

/// Runs `work` in a child; its exit status.
template <typename Work> int in_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGABRT, SIG_DFL); // not Catch2's report
        int code = 99;
        try {
            code = work();
        } catch (...) {
        }
        ::_exit(code);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

/// Commits without end; each acknowledged number goes into the pipe.
void commit_forever(Engine& engine, int writer, int pipe) {
    const Table table = engine.table("desk");
    Turns turns;
    for (int i = 0;; ++i) {
        const int number = i * 10 + writer;
        Batch batch;
        batch.put(table, numbered("left", number), std::string(700, 'l'));
        batch.put(table, numbered("right", number), std::string(700, 'r'));
        turns.wait(engine.commit(std::move(batch)));
        if (::write(pipe, &number, sizeof number) != sizeof number) return;
    }
}

pid_t start_writers(const std::string& directory, const int (&ends)[2]) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::close(ends[0]);
    const auto engine = open(directory);
    if (!engine) ::_exit(1);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&, i] { commit_forever(*engine, i, ends[1]); });
    for (std::thread& thread : threads) thread.join();
    ::_exit(1);
}

} // namespace

TEST_CASE("lmdb: after kill -9 all that was acknowledged is there, and every batch is whole") {
    const TempFolder folder;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = start_writers(folder.path(), ends);
    ::close(ends[1]);
    std::set<int> acknowledged;
    int number = 0;
    while (::read(ends[0], &number, sizeof number) == sizeof number) {
        acknowledged.insert(number);
        if (acknowledged.size() == 200) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(acknowledged.size() >= 200);

    const auto engine = open(folder.path());
    REQUIRE(engine);
    Desk desk(*engine);
    std::size_t missing = 0;
    for (const int each : acknowledged) missing += desk.get(numbered("left", each)).size() != 700;
    CHECK(missing == 0);
    const auto keys = [&](const char* prefix, std::size_t skip) {
        ScanOptions all(100'000);
        all.max_bytes = SIZE_MAX;
        std::vector<std::string> found;
        for (const Entry& entry : desk.page(Range::prefix(prefix), all).entries)
            found.push_back(entry.key.substr(skip));
        return found;
    };
    CHECK(keys("left", 4) == keys("right", 5));
    CHECK_NOTHROW(desk.put("goes on", "1"));
}

TEST_CASE("lmdb: a full disk refuses the guilty batch only, and the engine goes on") {
    const TempFolder folder;
    const int status = in_child([&] {
        const auto engine = open(folder.path());
        Desk desk(*engine);
        desk.put("a", "1");
        write_limit = 100'000; // the disk has room for small writes
        write_error = ENOSPC;
        int written = 0, full = 0;
        for (int i = 0; i < 20; ++i) {
            Batch batch;
            batch.put(desk.table(), numbered("m", i), std::string(i == 7 ? 200'000 : 10, 'x'));
            desk.turns().start(
                engine->commit(std::move(batch)), [&] { ++written; },
                [&](const std::exception_ptr& failure) {
                    try {
                        std::rethrow_exception(failure);
                    } catch (const Full&) {
                        ++full;
                    } catch (...) {
                    }
                });
        }
        while (written + full < 20) desk.turns().run_one();
        if (written != 19 || full != 1 || desk.get(numbered("m", 7)) != "(none)") return 1;
        write_error = 0;
        desk.put(numbered("m", 7), "now there is room");
        return desk.page(Range::prefix("m")).entries.size() == 20 ? 0 : 2;
    });
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    const auto engine = open(folder.path());
    REQUIRE(engine);
    CHECK(Desk(*engine).get(numbered("m", 7)) == "now there is room");
}

TEST_CASE("lmdb: a failed sync ends the process, and nothing acknowledged is lost") {
    const TempFolder folder;
    const int status = in_child([&] {
        const auto engine = open(folder.path());
        Desk desk(*engine);
        desk.put("a", "1");
        sync_error = EIO;
        desk.put("b", "2");
        return 0;
    });
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
    const auto engine = open(folder.path());
    REQUIRE(engine);
    CHECK(Desk(*engine).get("a") == "1");
}

TEST_CASE("lmdb: data of a newer server or of somebody else are refused") {
    const TempFolder folder;
    const auto write_raw = [&](std::string_view key, std::string_view value) {
        lmdb::Environment environment(folder.path(), 1 << 20, 8);
        lmdb::Transaction transaction(environment.get(), false);
        transaction.put(key, std::string(8, '\1'), value);
        transaction.commit([] { return false; });
    };
    const auto error = [&] {
        auto engine = open_lmdb(LmdbOptions(folder.path()));
        return engine ? std::string() : engine.error().text;
    };
    write_raw("strange", "row");
    CHECK(error().find("not written by this server") != std::string::npos);
    write_raw(std::string_view("\0\0format", 8), std::string_view("\0\0\0\0\0\0\0\7", 8));
    CHECK(error().find("format 7") != std::string::npos);
}
