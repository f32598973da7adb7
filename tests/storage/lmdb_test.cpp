// SPDX-License-Identifier: MIT
#include "storage/lmdb/engine.hpp"
#include "tests/harness/captured_log.hpp"
#include "tests/storage/engine_suite.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

using namespace epode::test;

namespace {

std::unique_ptr<Engine> open(const std::string& directory, const std::function<void(LmdbOptions&)>& change = {}) {
    LmdbOptions options(directory);
    options.map_size = std::uint64_t{1} << 30;
    options.disk_reserve = 0;
    if (change) change(options);
    auto engine = open_lmdb(options);
    if (!engine) throw std::runtime_error(engine.error().text);
    return std::move(*engine);
}

std::string error_of(const std::string& directory) {
    auto engine = open_lmdb(LmdbOptions(directory));
    return engine ? "" : engine.error().text;
}

/// Bytes that this process has mapped.
[[maybe_unused]] std::uint64_t address_space() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void fill(Desk& desk, int rows) {
    Batch batch;
    for (int i = 0; i < rows; ++i) batch.put(desk.table(), numbered("m", i), "1");
    desk.commit(std::move(batch));
}

} // namespace

TEST_CASE("lmdb: the engine suite") {
    const TempFolder folder;
    engine_suite({[&] { return open(folder.sub("data")); }, [](const std::string& copy) { return open(copy); }});
}

TEST_CASE("lmdb: the engine suite with a tiny map, small groups and small sweeps") {
    const TempFolder folder;
    const auto tiny = [](LmdbOptions& options) {
        options.map_size = 128 << 10;
        options.group = 3;
        options.sweep = 2;
    };
    engine_suite(
        {[&] { return open(folder.sub("data"), tiny); }, [&](const std::string& copy) { return open(copy, tiny); }});
}

TEST_CASE("lmdb: everything is there after reopening") {
    const TempFolder folder;
    const std::string data = folder.sub("a/new/folder");
    Version version = 0;
    Table table{};
    {
        const auto engine = open(data);
        (void)engine->table("first");
        Desk desk(*engine);
        desk.put("a", "1");
        version = desk.version("a");
        table = desk.table();
    }
    const auto engine = open(data);
    CHECK(engine->statistics().bytes > 0);
    Desk desk(*engine);
    CHECK(desk.table() == table);
    CHECK(desk.get("a") == "1");
    CHECK(desk.version("a") == version);
    desk.put("a", "1");
    CHECK(desk.version("a") > version);
}

TEST_CASE("lmdb: what was given to commit is on the disk when the engine has gone") {
    const TempFolder folder;
    Turns turns;
    int done = 0;
    {
        const auto engine = open(folder.path());
        const Table table = engine->table("desk");
        for (int i = 0; i < 100; ++i) {
            Batch batch;
            batch.put(table, numbered("m", i), "1");
            turns.start(engine->commit(std::move(batch)), [&] { ++done; }, [](const std::exception_ptr&) {});
        }
    }
    turns.run_until([&] { return done == 100; });
    CHECK(Desk(*open(folder.path())).page({}).entries.size() == 100);
}

TEST_CASE("lmdb: a second instance is refused and told who is the first") {
    const TempFolder folder;
    {
        const auto engine = open(folder.path());
        const std::string error = error_of(folder.path());
        CHECK(error.find(folder.path() + " is in use by process " + std::to_string(::getpid())) != std::string::npos);
        CHECK(Desk(*engine).get("a") == "(none)");
    }
    CHECK(error_of(folder.path()) == "");
}

TEST_CASE("lmdb: a folder that cannot be used is refused with a reason") {
    const TempFolder folder;
    std::ofstream(folder.sub("file")) << "x";
    CHECK(error_of(folder.sub("file/below")).find("cannot make the folder") != std::string::npos);
    std::filesystem::create_directory(folder.sub("other"));
    std::ofstream(folder.sub("other/data.mdb")) << std::string(8192, 'x');
    CHECK(error_of(folder.sub("other")).find("cannot open the storage folder") != std::string::npos);
}

TEST_CASE("lmdb: a used up quota refuses puts and allows erasing") {
    const TempFolder folder;
    const auto engine = open(folder.path(), [](LmdbOptions& options) { options.quota = 256 << 10; });
    Desk desk(*engine);
    int put = 0;
    const auto fill_up = [&] {
        for (;; ++put) desk.put(numbered("m", put), std::string(10'000, 'x'));
    };
    CHECK_THROWS_AS(fill_up(), Full);
    CHECK(put > 10);
    CHECK(engine->statistics().quota == 256 << 10);
    CHECK(engine->statistics().bytes <= 256 << 10);
    CHECK(engine->statistics().failures == 1);
    Batch erase;
    erase.erase(desk.table(), Range());
    desk.commit(std::move(erase));
    CHECK_NOTHROW(desk.put("a", std::string(10'000, 'x')));
}

TEST_CASE("lmdb: a disk that is nearly full refuses puts and allows erasing") {
    const TempFolder folder;
    {
        const auto engine = open(folder.path());
        Desk(*engine).fill("a=1 b=2");
    }
    const auto engine = open(folder.path(), [](LmdbOptions& options) { options.disk_reserve = UINT64_MAX; });
    Desk desk(*engine);
    CHECK_THROWS_AS(desk.put("c", "3"), Full);
    CHECK_THROWS_AS(engine->table("another"), Full);
    Batch erase;
    erase.erase(desk.table(), "a");
    desk.commit(std::move(erase));
    CHECK(desk.rows() == "b=2");
}

TEST_CASE("lmdb: a map larger than the address space is made as large as it can be") {
    const TempFolder folder;
    const auto engine = open(folder.path(), [](LmdbOptions& options) { options.map_size = std::uint64_t{1} << 50; });
    Desk desk(*engine);
    desk.put("a", "1");
    CHECK(desk.get("a") == "1");
}

TEST_CASE("lmdb: the map grows while others read") {
    const TempFolder folder;
    const auto engine = open(folder.path(), [](LmdbOptions& options) { options.map_size = 128 << 10; });
    Desk desk(*engine);
    desk.put("a", "1");
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0, reads = 0;
    const auto read = [&] {
        Turns turns;
        while (!stop) {
            const auto value = turns.wait(engine->get(desk.table(), "a"));
            const Page page = turns.wait(engine->scan(desk.table(), Range("a", "b"), ScanOptions()));
            if (!value || value->bytes != "1" || page.entries.size() != 1) ++wrong;
            ++reads;
        }
    };
    std::thread one(read), two(read);
    for (int i = 0; i < 100; ++i) desk.put(numbered("m", i), std::string(100'000, 'x'));
    stop = true;
    one.join();
    two.join();
    CHECK(wrong == 0);
    CHECK(reads > 0);
    CHECK(std::filesystem::file_size(folder.sub("data.mdb")) > 10'000'000);
    CHECK(desk.get(numbered("m", 99)).size() == 100'000);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // they need address space themselves
TEST_CASE("lmdb: a map that cannot grow refuses puts, allows reading, and grows once it may") {
    const TempFolder folder;
    const auto engine = open(folder.path(), [](LmdbOptions& options) { options.map_size = 16 << 20; });
    Desk desk(*engine);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
    rlimit tight = before;
    tight.rlim_cur = address_space() + (24 << 20); // less than the larger map, enough for everything else
    REQUIRE(::setrlimit(RLIMIT_AS, &tight) == 0);
    int put = 0;
    std::string why;
    try {
        for (; put < 100; ++put) desk.put(numbered("m", put), std::string(1 << 20, 'x'));
    } catch (const Full& full) {
        why = full.what();
    }
    REQUIRE(::setrlimit(RLIMIT_AS, &before) == 0);
    CHECK(put > 5);
    CHECK(put < 16);
    CHECK(why == "storage: growing the map: no address space left: raise its limit (ulimit -v)");
    CHECK(desk.get(numbered("m", put - 1)).size() == 1 << 20);
    CHECK(desk.get(numbered("m", put)) == "(none)");
    CHECK_NOTHROW(desk.put(numbered("m", put), std::string(16 << 20, 'x')));
}
#endif

TEST_CASE("lmdb: a write that is cut at the limit of files is refused, and nothing of it is there") {
    const TempFolder folder;
    const auto engine = open(folder.path());
    Desk desk(*engine);
    desk.put("a", "1");
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
    rlimit tight = before;
    tight.rlim_cur = std::filesystem::file_size(folder.sub("data.mdb")) + 100'000; // in the middle of what follows
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    std::string why;
    try {
        desk.put("b", std::string(1 << 20, 'x'));
    } catch (const Full& full) {
        why = full.what();
    }
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, ignored);
    CHECK(why == "storage: committing: the file may not get larger: raise the limit of files (ulimit -f)");
    CHECK(desk.rows() == "a=1");
    CHECK_NOTHROW(desk.put("b", std::string(1 << 20, 'x')));
}

TEST_CASE("lmdb: the log says once that there is no room, why, and when there is again") {
    const TempFolder folder;
    const auto engine = open(folder.path(), [](LmdbOptions& options) { options.quota = 256 << 10; });
    Desk desk(*engine);
    const CapturedLog log;
    for (int i = 0; i < 3; ++i) CHECK_THROWS_AS(desk.put("a", std::string(1 << 20, 'x')), Full);
    const std::string complaint = "storage: nothing more can be kept reason=\"storage: the data-limit of <epode> is "
                                  "reached: raise it, or remove accounts or messages\" data=" +
                                  folder.path();
    CHECK(log.last() == complaint);
    Batch erase;
    erase.erase(desk.table(), "a");
    desk.commit(std::move(erase)); // takes no room, so it says nothing about it
    CHECK(log.last() == complaint);
    desk.put("a", "1");
    CHECK(log.last() == "storage: there is room again");
    const std::string all = log.all();
    CHECK(std::ranges::count(all, '\n') == 2);
}

TEST_CASE("lmdb: an erased range stays hidden over a restart and is swept in the end") {
    const TempFolder folder;
    const auto slow = [](LmdbOptions& options) { options.sweep = 1; };
    std::uint64_t full = 0;
    {
        const auto engine = open(folder.path(), slow);
        Desk desk(*engine);
        fill(desk, 2000);
        full = engine->statistics().bytes;
        Batch erase;
        erase.erase(desk.table(), Range::prefix("m"));
        erase.put(desk.table(), numbered("m", 1000), "2");
        desk.commit(std::move(erase));
        CHECK(desk.rows() == "m001000=2");
    }
    const auto engine = open(folder.path());
    Desk desk(*engine);
    CHECK(desk.rows() == "m001000=2");
    for (int i = 0; i < 4; ++i) desk.put("z", "1"); // each commit sweeps up to 1,000
    CHECK(engine->statistics().bytes < full / 2);
    CHECK(desk.rows() == "m001000=2 z=1");
}

/// Every snapshot has either all rows of the range or none and the mark that says so.
TEST_CASE("lmdb: readers see a range whole or erased") {
    const TempFolder folder;
    const auto engine = open(folder.path(), [](LmdbOptions& options) { options.sweep = 7; });
    Desk desk(*engine);
    fill(desk, 100);
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::thread reader([&] {
        Turns turns;
        while (!stop) {
            const Page page = turns.wait(engine->scan(desk.table(), Range(), ScanOptions()));
            const bool erased = page.entries.size() == 1 && page.entries.front().key == "erased";
            if (!erased && page.entries.size() != 100) ++wrong;
        }
    });
    for (int i = 0; i < 50; ++i) {
        Batch erase;
        erase.erase(desk.table(), Range());
        erase.put(desk.table(), "erased", "1");
        desk.commit(std::move(erase));
        Batch again;
        again.erase(desk.table(), "erased");
        for (int row = 0; row < 100; ++row) again.put(desk.table(), numbered("m", row), "1");
        desk.commit(std::move(again));
    }
    stop = true;
    reader.join();
    CHECK(wrong == 0);
}

TEST_CASE("lmdb: batches that wait together are committed together") {
    const TempFolder folder;
    const auto engine = open(folder.path());
    Desk desk(*engine);
    const std::uint64_t before = engine->statistics().commits;
    int done = 0;
    for (int i = 0; i < 1000; ++i) {
        Batch batch;
        batch.put(desk.table(), numbered("m", i), "1");
        desk.turns().start(engine->commit(std::move(batch)), [&] { ++done; }, [](const std::exception_ptr&) {});
    }
    desk.turns().run_until([&] { return done == 1000; });
    CHECK(engine->statistics().commits - before < 500);
    CHECK(engine->statistics().batches >= 1000);
}

TEST_CASE("lmdb: a backup leaves nothing half made behind") {
    const TempFolder folder;
    const auto engine = open(folder.sub("data"));
    Desk desk(*engine);
    std::ofstream(folder.sub("file")) << "x";
    CHECK_THROWS_AS(desk.turns().wait(engine->backup(folder.sub("file"))), Failure);
    CHECK_THROWS_AS(desk.turns().wait(engine->backup(folder.sub("file/below"))), Failure);
    CHECK_THROWS_AS(desk.turns().wait(engine->backup(folder.sub("data"))), Failure);
    std::filesystem::create_directory(folder.sub("empty"));
    std::filesystem::create_directory(folder.sub("empty.partial")); // of one that was interrupted
    CHECK_NOTHROW(desk.turns().wait(engine->backup(folder.sub("empty"))));
    using std::filesystem::perms; // the accounts' keys are in it
    CHECK(std::filesystem::status(folder.sub("empty")).permissions() == perms::owner_all);
    CHECK(std::filesystem::status(folder.sub("empty/data.mdb")).permissions() ==
          (perms::owner_read | perms::owner_write));
    CHECK_FALSE(std::filesystem::exists(folder.sub("empty.partial")));
    CHECK(std::filesystem::exists(folder.sub("empty/data.mdb")));
}
