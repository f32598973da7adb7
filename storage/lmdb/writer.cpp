// SPDX-License-Identifier: MIT
#include "storage/lmdb/writer.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

namespace epode::storage::lmdb {

namespace {

constexpr std::chrono::seconds sweep_retry(1);
constexpr std::chrono::minutes between_complaints(1);

const Logger& log() {
    static const Logger area("storage");
    return area;
}

std::exception_ptr to_failure(const Fault& fault) {
    const auto kind = fault.kind();
    if (kind == Fault::Kind::no_room || kind == Fault::Kind::map_full)
        return std::make_exception_ptr(Full(fault.text()));
    return std::make_exception_ptr(Failure(fault.text()));
}

/// What it says if it is an `E`.
template <typename E> std::optional<std::string> said_by(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const E& thrown) {
        return thrown.what();
    } catch (...) {
        return std::nullopt;
    }
}

bool puts(const Batch& batch) {
    return std::ranges::any_of(batch.writes(), [](const auto& write) { return write.kind == Batch::Write::Kind::put; });
}

} // namespace

// ---- Commit

bool Commit::await_ready() {
    if (executor_) return false;
    writer_.give(*this);
    writer_.finish(*this);
    return true;
}

void Commit::await_suspend(std::coroutine_handle<> caller) {
    caller_ = caller;
    writer_.give(*this);
}

void Commit::await_resume() const {
    if (failure_) std::rethrow_exception(failure_);
}

// ---- The callers' side

Writer::Writer(Tools tools, const LmdbOptions& options, Group::State state)
    : tools_(tools), options_(options), state_(std::move(state)) {
    bytes_ = Transaction(tools_.environment.get(), true).live_bytes();
    readers_told_ = !state_.hidden.empty();
    if (readers_told_) tools_.readers.hidden_from_now_on();
    thread_ = std::thread(&Writer::run, this);
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_one();
    thread_.join();
}

void Writer::give(Commit& commit) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(&commit);
        ++given_;
    }
    work_.notify_one();
}

void Writer::finish(const Commit& commit) {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return commit.done_; });
}

void Writer::drain() {
    std::unique_lock lock(mutex_);
    const std::uint64_t last = given_;
    answered_.wait(lock, [&] { return done_ >= last; });
}

Statistics Writer::statistics() const {
    Statistics now;
    now.commits = commits_;
    now.batches = batches_;
    now.failures = failures_;
    now.bytes = bytes_;
    now.quota = options_.quota;
    return now;
}

// ---- The thread's side

void Writer::run() {
    std::vector<Commit*> group;
    while (take(group)) {
        settle(group, !state_.hidden.empty() && std::chrono::steady_clock::now() >= sweep_from_);
        answer(group);
    }
}

/// False at the end. The group may be empty: then there is something to sweep.
bool Writer::take(std::vector<Commit*>& group) {
    group.clear();
    std::unique_lock lock(mutex_);
    wait_for_work(lock);
    const auto size = static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.group));
    group.assign(queue_.begin(), queue_.begin() + size);
    queue_.erase(queue_.begin(), queue_.begin() + size);
    return !group.empty() || !stopping_;
}

void Writer::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto work = [this] { return stopping_ || !queue_.empty(); };
    if (state_.hidden.empty()) return work_.wait(lock, work);
    work_.wait_until(lock, sweep_from_, work); // mostly past: the next step of the sweep comes at once
}

/// Everybody in the group gets an answer.
void Writer::settle(Commits group, bool sweep) {
    try {
        write_growing(group, sweep);
    } catch (const Fault& fault) {
        failed(group, sweep, to_failure(fault));
    } catch (const std::exception& error) {
        failed(group, sweep, std::make_exception_ptr(Failure(error.what())));
    }
}

/// What fails as a group is tried without the sweep, then in halves, so that only the guilty batch fails.
void Writer::failed(Commits group, bool sweep, std::exception_ptr failure) {
    if (sweep) sweep_from_ = std::chrono::steady_clock::now() + sweep_retry;
    if (group.empty()) return;
    if (sweep) return settle(group, false);
    if (group.size() == 1) {
        group.front()->failure_ = std::move(failure);
        return;
    }
    settle(group.first(group.size() / 2), false);
    settle(group.subspan(group.size() / 2), false);
}

void Writer::write_growing(Commits group, bool sweep) {
    for (;;) {
        try {
            return write(group, sweep);
        } catch (const Fault& fault) {
            if (fault.kind() != Fault::Kind::map_full) throw;
        }
        grow_map(group);
    }
}

void Writer::write(Commits group, bool sweep) {
    Group now(tools_.environment, state_, Room{options_.quota, disk_low()}, options_.sweep);
    for (Commit* commit : group) commit->failure_ = now.apply(commit->batch_);
    if (sweep) now.sweep(options_.sweep);
    if (!now.wrote()) return;
    if (!now.state().hidden.empty() && !std::exchange(readers_told_, true)) tools_.readers.hidden_from_now_on();
    const std::size_t snapshot = now.snapshot();
    const std::uint64_t bytes = now.live_bytes();
    now.commit([this] { return disk_low(); });
    publish(now, snapshot, bytes);
}

void Writer::publish(const Group& group, std::size_t snapshot, std::uint64_t bytes) {
    state_ = group.state();
    if (state_.hidden.empty() && std::exchange(readers_told_, false)) tools_.readers.clear_since(snapshot);
    bytes_ = bytes;
    ++commits_;
}

void Writer::grow_map(Commits group) {
    const std::uint64_t wanted = std::accumulate(group.begin(), group.end(), std::uint64_t{0},
                                                 [](auto sum, auto* commit) { return sum + commit->batch_.bytes(); });
    const std::lock_guard no_backup(tools_.copying);
    const Readers::Pause no_reads(tools_.readers);
    const std::uint64_t size = tools_.environment.map_size();
    tools_.environment.resize_map(size + std::max(size, 2 * wanted));
}

bool Writer::disk_low() const { return tools_.folder.free_bytes() < options_.disk_reserve; }

void Writer::note(const Commit& commit) {
    if (!commit.failure_) {
        ++batches_;
        if (told_full_ && puts(commit.batch_)) {
            told_full_ = false;
            log().warn("there is room again");
        }
        return;
    }
    if (said_by<Conflict>(commit.failure_)) return;
    ++failures_;
    const auto why = said_by<Full>(commit.failure_);
    const auto now = std::chrono::steady_clock::now();
    if (!why || told_full_ || now < complain_after_) return;
    told_full_ = true;
    complain_after_ = now + between_complaints; // at the edge what is small still fits and what is large does not
    log().error("nothing more can be kept", {{"reason", *why}, {"data", tools_.folder.path()}});
}

void Writer::answer(Commits group) {
    if (group.empty()) return;
    std::vector<std::pair<Executor*, std::vector<Commit*>>> answers;
    for (Commit* commit : group) {
        note(*commit);
        auto at = std::ranges::find(answers, commit->executor_, &decltype(answers)::value_type::first);
        if (at == answers.end()) at = answers.insert(at, {commit->executor_, {}});
        at->second.push_back(commit);
    }
    // From its post, or its mark, on a commit belongs to its caller and may be gone.
    for (auto& [executor, commits] : answers) {
        if (!executor) continue;
        executor->post([commits = std::move(commits)] {
            for (Commit* commit : commits) commit->caller_.resume();
        });
    }
    {
        const std::lock_guard lock(mutex_);
        done_ += group.size();
        for (auto& [executor, commits] : answers) {
            if (!executor) std::ranges::for_each(commits, [](Commit* commit) { commit->done_ = true; });
        }
    }
    answered_.notify_all();
}

} // namespace epode::storage::lmdb
