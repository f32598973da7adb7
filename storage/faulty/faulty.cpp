// SPDX-License-Identifier: MIT
#include "storage/faulty/faulty.hpp"

#include "core/base/executor.hpp"
#include "storage/checks.hpp"

namespace epode::storage {

namespace {

[[noreturn]] void raise(FaultyEngine::Fault fault) {
    switch (fault) {
    case FaultyEngine::Fault::conflict:
        throw Conflict("storage: a conflict, as the test wished");
    case FaultyEngine::Fault::full:
        throw Full("storage: full, as the test wished");
    case FaultyEngine::Fault::failure:
        break;
    }
    throw Failure("storage: a failure, as the test wished");
}

} // namespace

void FaultyEngine::fail(std::uint64_t nth, Which which, Fault fault) { set(nth, which, fault, false); }
void FaultyEngine::fail_from(std::uint64_t nth, Which which, Fault fault) { set(nth, which, fault, true); }

void FaultyEngine::set(std::uint64_t nth, Which which, Fault fault, bool lasting) {
    which_ = which;
    fault_ = fault;
    lasting_ = lasting;
    left_ = nth;
}

void FaultyEngine::count(Which kind) {
    ++calls_;
    if (which_ != Which::any && which_ != kind) return;
    std::uint64_t left = left_;
    while (left != 0) {
        const bool hit = left == 1;
        if (!left_.compare_exchange_weak(left, hit && lasting_ ? 1 : left - 1)) continue;
        if (!hit) return;
        ++faults_;
        raise(fault_);
    }
}

Task<> FaultyEngine::delay() {
    for (unsigned turns = late_; turns > 0; --turns) co_await NextTurn();
}

Task<std::optional<Value>> FaultyEngine::get(Table table, std::string key) {
    count(Which::read);
    auto value = co_await inner_->get(table, std::move(key));
    co_await delay();
    co_return value;
}

Task<Page> FaultyEngine::scan(Table table, Range range, ScanOptions options) {
    count(Which::read);
    auto page = co_await inner_->scan(table, std::move(range), options);
    co_await delay();
    co_return page;
}

Task<> FaultyEngine::commit(Batch batch) { return answer_commit(inner_->commit(std::move(batch))); }

Task<> FaultyEngine::answer_commit(Task<> work) {
    count(Which::commit);
    std::exception_ptr failure;
    try {
        co_await work;
    } catch (...) {
        failure = std::current_exception();
    }
    co_await delay();
    if (failure) std::rethrow_exception(failure);
}

Task<> FaultyEngine::backup(std::string directory) {
    count(Which::any);
    co_await inner_->backup(std::move(directory));
    co_await delay();
}

} // namespace epode::storage
