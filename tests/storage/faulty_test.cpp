// SPDX-License-Identifier: MIT
#include "storage/faulty/faulty.hpp"
#include "storage/memory/memory.hpp"
#include "tests/storage/engine_suite.hpp"

using namespace epode::test;

namespace {

std::unique_ptr<FaultyEngine> faulty() { return std::make_unique<FaultyEngine>(memory_engine()); }

} // namespace

TEST_CASE("faulty: the engine suite without faults") {
    engine_suite({[] { return faulty(); },
                  [](const std::string& folder) {
                      MemoryOptions options;
                      options.disk = memory_disk_from(folder).value();
                      return std::make_unique<FaultyEngine>(memory_engine(options));
                  }});
}

TEST_CASE("faulty: the engine suite with late answers") {
    const auto late = [](std::unique_ptr<FaultyEngine> engine) {
        engine->late(3);
        return engine;
    };
    engine_suite({[late] { return late(faulty()); },
                  [late](const std::string& folder) {
                      MemoryOptions options;
                      options.disk = memory_disk_from(folder).value();
                      return late(std::make_unique<FaultyEngine>(memory_engine(options)));
                  }});
}

TEST_CASE("faulty: the nth call fails and does nothing else") {
    const auto engine = faulty();
    Desk desk(*engine);
    engine->fail(2);
    desk.put("a", "1");
    CHECK_THROWS_AS(desk.put("b", "2"), Failure);
    desk.put("c", "3");
    CHECK(desk.rows() == "a=1 c=3");
    CHECK(engine->calls() == 4);
    CHECK(engine->faults() == 1);
}

TEST_CASE("faulty: only the wished kind of call counts") {
    using Which = FaultyEngine::Which;
    const auto engine = faulty();
    Desk desk(*engine);
    engine->fail(1, Which::read);
    desk.put("a", "1");
    CHECK_THROWS_AS(desk.get("a"), Failure);
    engine->fail(1, Which::commit, FaultyEngine::Fault::conflict);
    CHECK(desk.get("a") == "1");
    CHECK_THROWS_AS(desk.put("a", "2"), Conflict);
    engine->fail(1, Which::any, FaultyEngine::Fault::full);
    CHECK_THROWS_AS(desk.rows(), Full);
    CHECK(desk.rows() == "a=1");
}

TEST_CASE("faulty: a lasting fault lasts until it is taken back") {
    const auto engine = faulty();
    Desk desk(*engine);
    engine->fail_from(2);
    desk.put("a", "1");
    CHECK_THROWS_AS(desk.get("a"), Failure);
    CHECK_THROWS_AS(desk.get("a"), Failure);
    engine->fail(0);
    CHECK(desk.get("a") == "1");
}

TEST_CASE("faulty: a late answer is as old as the work") {
    const auto engine = faulty();
    Desk desk(*engine);
    desk.put("a", "1");
    engine->late(2);
    std::string seen;
    desk.turns().start(
        engine->get(desk.table(), "a"), [&](std::optional<Value> value) { seen = value->bytes; },
        [](const std::exception_ptr&) {});
    engine->late(0);
    CHECK(seen.empty());
    desk.put("a", "2");
    desk.turns().run_until([&] { return !seen.empty(); });
    CHECK(seen == "1");
}
