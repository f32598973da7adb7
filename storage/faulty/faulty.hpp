// SPDX-License-Identifier: MIT
// An engine that fails when told to: the way to walk every error path of what stands above storage. Wraps a real one.
#pragma once

#include "storage/engine.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace epode::storage {

/// Safe from any thread. Calls are get, scan, commit and backup, counted when they start.
class FaultyEngine final : public Engine {
public:
    enum class Fault : std::uint8_t { failure, conflict, full };
    /// Which calls count for `fail`.
    enum class Which : std::uint8_t { any, read, commit };

    explicit FaultyEngine(std::shared_ptr<Engine> inner) : inner_(std::move(inner)) {}

    /// The `nth` such call from now (1: the next) throws and does nothing else; 0: none will. One fault at a time.
    void fail(std::uint64_t nth, Which which = Which::any, Fault fault = Fault::failure);
    /// As `fail`, but so does every such call after the nth.
    void fail_from(std::uint64_t nth, Which which = Which::any, Fault fault = Fault::failure);
    /// Answers come this many turns of the caller's executor after the work was done: a read may be old by then.
    void late(unsigned turns) noexcept { late_ = turns; }
    /// Calls so far, to know which n there are.
    std::uint64_t calls() const noexcept { return calls_; }
    /// Faults so far.
    std::uint64_t faults() const noexcept { return faults_; }

    Table table(std::string_view name) override { return inner_->table(name); }
    std::vector<std::string> names() const override { return inner_->names(); }
    Task<std::optional<Value>> get(Table table, std::string key) override;
    Task<Page> scan(Table table, Range range, ScanOptions options) override;
    Task<> commit(Batch batch) override;
    Task<> backup(std::string directory) override;
    Statistics statistics() const override { return inner_->statistics(); }
    void drain() override { inner_->drain(); }

private:
    void set(std::uint64_t nth, Which which, Fault fault, bool lasting);
    void count(Which kind);
    Task<> delay();
    Task<> answer_commit(Task<> work);

    std::shared_ptr<Engine> inner_;
    std::atomic<std::uint64_t> calls_ = 0;
    std::atomic<std::uint64_t> faults_ = 0;
    std::atomic<std::uint64_t> left_ = 0;
    std::atomic<bool> lasting_ = false;
    std::atomic<Which> which_ = Which::any;
    std::atomic<Fault> fault_ = Fault::failure;
    std::atomic<unsigned> late_ = 0;
};

} // namespace epode::storage
