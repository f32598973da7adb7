// SPDX-License-Identifier: MIT
#include "core/net/pool.hpp"
#include "tests/core/net_kit.hpp"

#include <atomic>
#include <future>
#include <string>

using namespace epode;
using namespace epode::net;
using namespace epode::net::kit;

namespace {

/// Runs a task on an executor until it is done; yields its value or throws.
template <typename T> T finish(HandExecutor& shard, Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    {
        const Executor::Scope scope(&shard);
        spawn(
            std::move(task), [&](T result) { value = std::move(result); },
            [&](std::exception_ptr error) { failure = error; });
    }
    while (!value && !failure) shard.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}

/// A job that keeps a thread busy until told otherwise.
struct Gate {
    std::promise<void> entered;
    std::promise<void> open;
};

class Asker {
public:
    explicit Asker(Pool& pool) : pool_(pool) {}
    Task<std::string> where() {
        const auto before = std::this_thread::get_id();
        Executor* home = Executor::current();
        auto look = [] { return std::this_thread::get_id(); };
        const auto inside = co_await pool_.run(std::move(look));
        if (std::this_thread::get_id() != before || Executor::current() != home) co_return "lost";
        co_return inside == before ? "same thread" : "another thread";
    }
    Task<int> hold(Gate* gate) {
        auto job = [gate] {
            gate->entered.set_value();
            gate->open.get_future().wait();
            return 7;
        };
        co_return co_await pool_.run(std::move(job));
    }
    Task<int> add(int a, int b) {
        auto job = [a, b] { return a + b; };
        co_return co_await pool_.run(std::move(job));
    }
    Task<int> throwing() {
        auto job = []() -> int { throw std::runtime_error("from the job"); };
        co_return co_await pool_.run(std::move(job));
    }
    Task<int> nothing(int* ran) {
        auto job = [ran, text = std::make_unique<std::string>("owned")] { *ran += static_cast<int>(text->size()); };
        co_await pool_.run(std::move(job));
        co_return *ran;
    }

private:
    Pool& pool_;
};

} // namespace

TEST_CASE("a job runs on a thread of the pool, its caller goes on at home") {
    HandExecutor shard;
    Pool pool(2, 8);
    Asker asker(pool);
    CHECK(finish(shard, asker.where()) == "another thread");
    int ran = 0;
    CHECK(finish(shard, asker.nothing(&ran)) == 5);
}

TEST_CASE("a pool without threads, and a caller without executor, run at once") {
    HandExecutor shard;
    Pool none(0, 0);
    CHECK(finish(shard, Asker(none).where()) == "same thread");
    Pool pool(1, 8);
    Asker asker(pool);
    std::string answer;
    spawn(
        asker.where(), [&](std::string text) { answer = std::move(text); }, [](std::exception_ptr) { FAIL("threw"); });
    CHECK(answer == "same thread");
}

TEST_CASE("what the job throws its caller gets") {
    HandExecutor shard;
    Pool pool(GENERATE(0u, 1u), 8);
    CHECK_THROWS_WITH(finish(shard, Asker(pool).throwing()), "from the job");
}

TEST_CASE("a full queue refuses, and what was accepted is done") {
    HandExecutor shard;
    Pool pool(1, 2);
    Asker asker(pool);
    Gate gate;
    int done = 0;
    auto count = [&](int value) { done += value; };
    auto unexpected = [](std::exception_ptr) { FAIL("was accepted"); };
    {
        const Executor::Scope scope(&shard);
        spawn(asker.hold(&gate), count, unexpected);
        gate.entered.get_future().wait();
        spawn(asker.add(1, 2), count, unexpected);
        spawn(asker.add(3, 4), count, unexpected);
        CHECK(pool.waiting() == 2);
    }
    CHECK_THROWS_AS(finish(shard, asker.add(5, 6)), PoolFull);
    gate.open.set_value();
    while (done < 17) shard.run();
    CHECK(done == 17);
    CHECK(finish(shard, asker.add(5, 6)) == 11);
}

TEST_CASE("a pool that ends does what is queued first") {
    HandExecutor shard;
    int done = 0;
    {
        Pool pool(1, 200);
        Asker asker(pool);
        const Executor::Scope scope(&shard);
        for (int i = 0; i < 100; ++i)
            spawn(asker.add(1, 0), [&](int value) { done += value; }, [](std::exception_ptr) { FAIL("threw"); });
    }
    while (shard.run() != 0) {
    }
    CHECK(done == 100);
}

TEST_CASE("many callers on several executors each get their own answer") {
    Pool pool(3, 100'000);
    std::atomic<int> wrong{0};
    auto ask = [&] {
        HandExecutor shard;
        Asker asker(pool);
        for (int i = 0; i < 500; ++i)
            if (finish(shard, asker.add(i, 1)) != i + 1) ++wrong;
    };
    std::thread first(ask);
    std::thread second(ask);
    first.join();
    second.join();
    CHECK(wrong == 0);
}
