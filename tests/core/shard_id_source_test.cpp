// SPDX-License-Identifier: MIT
#include "storage/faulty/faulty.hpp"
#include "storage/memory/memory.hpp"
#include "tests/catch.hpp"
#include "tests/core/server_kit.hpp"

using namespace epode;
using namespace epode::test;

namespace {

/// One run of a server on data that outlive it, with a clock of its own that starts where it is told.
class Run {
public:
    explicit Run(std::shared_ptr<storage::MemoryDisk> disk, Duration later = 0s, std::size_t shards = 1)
        : clock_(std::make_shared<ManualClock>()) {
        clock_->advance(later);
        storage::MemoryOptions options;
        options.disk = std::move(disk);
        engine_ = new storage::FaultyEngine(std::shared_ptr(storage::memory_engine(std::move(options))));
        server_ = std::make_unique<BareServer>(std::unique_ptr<storage::Engine>(engine_), clock_, shards);
    }

    OrderedId next(std::size_t shard = 0) {
        auto& on = (*server_)->shard(shard);
        const Executor::Scope scope(&on);
        return (*server_)->next_id(on);
    }
    void pass(Duration by) { clock_->advance(by); }
    WallTime now() const { return clock_->wall(); }
    std::uint64_t calls() const { return engine_->calls(); }
    /// Ends like a killed process: nothing more is written.
    void crash() {
        server_->turn();
        engine_->fail_from(1, storage::FaultyEngine::Which::commit);
    }
    storage::FaultyEngine& engine() { return *engine_; }

private:
    std::shared_ptr<ManualClock> clock_;
    storage::FaultyEngine* engine_;
    std::unique_ptr<BareServer> server_;
};

} // namespace

TEST_CASE("ids grow over restarts, although the clock went back") {
    const auto disk = storage::memory_disk();
    const bool crash = GENERATE(false, true);
    OrderedId last;
    // Each run's clock is a day behind the one before it, and the last one's is right again.
    for (const Duration start : {72h, 48h, 24h, 0h, 96h}) {
        Run run(disk, start);
        for (int i = 0; i < 100; ++i) {
            const auto id = run.next();
            CHECK(id > last);
            last = id;
            run.pass(1s);
        }
        if (crash) run.crash();
    }
    CHECK(last.time() >= WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 5)));
}

TEST_CASE("ids of a shard are beyond those of all shards before the restart") {
    const auto disk = storage::memory_disk();
    OrderedId last;
    {
        Run run(disk, 24h, 3);
        for (std::size_t shard = 0; shard < 3; ++shard) {
            last = run.next(shard);
            run.pass(1h);
        }
    }
    Run run(disk);
    CHECK(run.next() > last);
}

TEST_CASE("where the clock is right an id has its time") {
    const auto disk = storage::memory_disk();
    SECTION("after a stop exactly") {
        {
            Run(disk).next();
        }
        Run run(disk, 1s);
        CHECK(run.next().time() == run.now());
    }
    SECTION("after a crash nearly, and soon exactly") {
        {
            Run run(disk);
            run.next();
            run.crash();
        }
        Run run(disk, 1s);
        CHECK(run.next().time() <= run.now() + IdSource::ahead);
        run.pass(IdSource::ahead);
        CHECK(run.next().time() == run.now());
    }
}

TEST_CASE("ids are noted in the store now and then, not each time") {
    Run run(storage::memory_disk());
    run.next();
    const auto calls = run.calls();
    for (int i = 0; i < 1000; ++i) run.next();
    run.pass(IdSource::ahead);
    run.next();
    CHECK(run.calls() == calls);
    run.pass(1s);
    run.next();
    CHECK(run.calls() == calls + 1);
}

TEST_CASE("what could not be noted is tried again") {
    const auto disk = storage::memory_disk();
    OrderedId last;
    {
        Run run(disk, 24h);
        run.engine().fail(1, storage::FaultyEngine::Which::commit);
        run.next();
        last = run.next();
        run.crash();
    }
    Run run(disk);
    CHECK(run.next() > last);
}
