// SPDX-License-Identifier: MIT
// For tests of the core without modules: a server that serves example.org from the engine it is given, with shards that
// the test steps, and a way to wait for a task on the first of them.
#pragma once

#include "core/base/clock.hpp"
#include "core/host.hpp"
#include "core/module/registry.hpp"
#include "core/server.hpp"
#include "tests/core/config_kit.hpp"
#include "tests/storage/turns.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

namespace epode::test {

class BareServer {
public:
    explicit BareServer(std::unique_ptr<storage::Engine> engine,
                        std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(), std::size_t shards = 1) {
        auto registry = ModuleRegistry::discover({}, run_.path());
        config::MemoryFiles files;
        files.files["test.xml"] = "<epode data='unused'><host name='example.org'/></epode>";
        auto loaded = config::load("test.xml", registry->schema(), files);
        if (!loaded) throw std::invalid_argument(loaded.error().front().line());
        Server::Options options;
        options.config = std::move(*loaded);
        options.engine = std::move(engine);
        options.clock = std::move(clock);
        options.modules = std::move(registry);
        options.shards = shards;
        options.threads = false;
        server_ = std::make_unique<Server>(std::move(options));
        if (auto started = server_->start(); !started) throw std::runtime_error(started.error().text);
    }

    Server* operator->() const noexcept { return server_.get(); }
    Server& operator*() const noexcept { return *server_; }
    Shard& shard() const noexcept { return server_->shard(0); }
    Host& host() const noexcept { return *shard().host("example.org"); }

    /// What the task returns or throws; made on the shard, which turns until it has ended. `R` is the task's type.
    template <typename R, typename Make> R wait(Make make) {
        std::optional<R> value;
        std::exception_ptr failure;
        shard().post(Job([&] {
            spawn(
                make(), [&](R given) { value.emplace(std::move(given)); },
                [&](std::exception_ptr thrown) { failure = std::move(thrown); });
        }));
        turn_until([&] { return value || failure; });
        if (failure) std::rethrow_exception(failure);
        return std::move(*value);
    }
    template <typename Make> void wait(Make make) {
        bool done = false;
        std::exception_ptr failure;
        shard().post(Job([&] {
            spawn(make(), [&] { done = true; }, [&](std::exception_ptr thrown) { failure = std::move(thrown); });
        }));
        turn_until([&] { return done || failure; });
        if (failure) std::rethrow_exception(failure);
    }
    void turn() {
        for (std::size_t i = 0; i < server_->shard_count(); ++i) server_->shard(i).turn();
    }

private:
    /// An engine may answer from a thread of its own.
    template <typename Condition> void turn_until(Condition condition) {
        while (!condition()) {
            turn();
            std::this_thread::yield();
        }
    }

    TempFolder run_;
    std::unique_ptr<Server> server_;
};

} // namespace epode::test
