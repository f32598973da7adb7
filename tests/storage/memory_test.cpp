// SPDX-License-Identifier: MIT
#include "storage/memory/memory.hpp"
#include "tests/storage/engine_suite.hpp"

#include <fstream>

using namespace epode::test;

namespace {

EngineMaker maker(bool suspend) {
    const auto open = [suspend](std::shared_ptr<MemoryDisk> disk) {
        MemoryOptions options;
        options.suspend = suspend;
        options.disk = std::move(disk);
        return memory_engine(options);
    };
    return {[open] { return open(nullptr); },
            [open](const std::string& folder) { return open(memory_disk_from(folder).value()); }};
}

} // namespace

TEST_CASE("memory: the engine suite") { engine_suite(maker(false)); }
TEST_CASE("memory: the engine suite with suspension") { engine_suite(maker(true)); }

TEST_CASE("memory: with suspension each call ends its turn") {
    MemoryOptions options;
    options.suspend = true;
    const auto engine = memory_engine(options);
    const Table table = engine->table("t");
    Turns turns;
    int done = 0;
    const auto failed = [&](const std::exception_ptr&) { done += 100; };
    Batch batch;
    batch.put(table, "a", "1");
    turns.start(engine->commit(std::move(batch)), [&] { ++done; }, failed);
    turns.start(engine->get(table, "a"), [&](std::optional<Value>) { ++done; }, failed);
    turns.start(engine->scan(table, Range(), ScanOptions()), [&](Page) { ++done; }, failed);
    CHECK(done == 0);
    turns.run_one();
    CHECK(done == 1);
    turns.run_until([&] { return turns.idle(); });
    CHECK(done == 3);
}

TEST_CASE("memory: the disk outlives the engine") {
    MemoryOptions options;
    options.disk = memory_disk();
    {
        const auto engine = memory_engine(options);
        Desk(*engine).put("a", "1");
    }
    const auto engine = memory_engine(options);
    CHECK(Desk(*engine).get("a") == "1");
}

TEST_CASE("memory: what was given to commit is written when the engine goes") {
    MemoryOptions options;
    options.disk = memory_disk();
    options.suspend = true;
    Turns turns;
    bool done = false;
    auto engine = memory_engine(options);
    Batch batch;
    batch.put(engine->table("desk"), "a", "1");
    turns.start(engine->commit(std::move(batch)), [&] { done = true; }, [](const std::exception_ptr&) {});
    engine->drain();
    CHECK(memory_engine(options)->statistics().bytes > 0);
    CHECK_FALSE(done);
    turns.run_until([&] { return done; });
    CHECK(Desk(*engine).get("a") == "1");
}

TEST_CASE("memory: a used up quota refuses puts and allows erasing") {
    MemoryOptions options;
    options.quota = 100;
    const auto engine = memory_engine(options);
    Desk desk(*engine);
    desk.put("a", std::string(80, 'x'));
    CHECK_THROWS_AS(desk.put("b", std::string(80, 'x')), Full);
    CHECK(desk.page({}).entries.size() == 1);
    Batch erase;
    erase.erase(desk.table(), "a");
    desk.commit(std::move(erase));
    desk.put("b", std::string(80, 'x'));
    CHECK(engine->statistics().failures == 1);
}

TEST_CASE("memory: a damaged backup is refused") {
    const TempFolder folder;
    CHECK_FALSE(memory_disk_from(folder.path()));
    std::ofstream(folder.sub("memory.backup")) << "short";
    CHECK_FALSE(memory_disk_from(folder.path()));
}
