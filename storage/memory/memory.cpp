// SPDX-License-Identifier: MIT
#include "storage/memory/memory.hpp"

#include "core/base/executor.hpp"
#include "storage/checks.hpp"
#include "storage/memory/disk.hpp"

#include <atomic>
#include <deque>
#include <filesystem>
#include <mutex>

namespace epode::storage {

namespace {

const char* const backup_file = "/memory.backup";

class MemoryEngine final : public Engine {
public:
    explicit MemoryEngine(MemoryOptions options)
        : disk_(options.disk ? std::move(options.disk) : memory_disk()), suspend_(options.suspend),
          quota_(options.quota) {}
    ~MemoryEngine() override { drain(); }

    Table table(std::string_view name) override { return disk_->table(name); }
    std::vector<std::string> names() const override { return disk_->names(); }
    Task<std::optional<Value>> get(Table table, std::string key) override;
    Task<Page> scan(Table table, Range range, ScanOptions options) override;
    Task<> commit(Batch batch) override;
    Task<> backup(std::string directory) override;
    Statistics statistics() const override;
    void drain() override;

private:
    /// A batch that was given to commit; lives in commit's frame.
    struct Pending {
        explicit Pending(Batch given) : batch(std::move(given)) {}
        Batch batch;
        std::exception_ptr failure;
        bool done = false;
    };

    Task<> commit_checked(Batch batch);
    void enqueue(Pending& pending);
    void write_up_to(const Pending* last);
    void write(Pending& pending);

    std::shared_ptr<MemoryDisk> disk_;
    bool suspend_;
    std::uint64_t quota_;
    std::mutex mutex_;
    std::deque<Pending*> queue_;
    std::atomic<std::uint64_t> batches_ = 0;
    std::atomic<std::uint64_t> failures_ = 0;
};

Task<std::optional<Value>> MemoryEngine::get(Table table, std::string key) {
    check_table(table, disk_->tables());
    check_key(key);
    if (suspend_) co_await NextTurn();
    co_return disk_->get(table, key);
}

Task<Page> MemoryEngine::scan(Table table, Range range, ScanOptions options) {
    check_table(table, disk_->tables());
    check_range(range);
    if (suspend_) co_await NextTurn();
    co_return disk_->scan(table, range, options);
}

Task<> MemoryEngine::commit(Batch batch) {
    check_batch(batch, disk_->tables());
    return commit_checked(std::move(batch));
}

Task<> MemoryEngine::commit_checked(Batch batch) {
    Pending pending(std::move(batch));
    enqueue(pending);
    if (suspend_) co_await NextTurn();
    write_up_to(&pending);
    if (pending.failure) std::rethrow_exception(pending.failure);
}

void MemoryEngine::enqueue(Pending& pending) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(&pending);
}

/// Writes the queue from its head, so that the order of the calls holds, until `last` is done; null: all of it.
void MemoryEngine::write_up_to(const Pending* last) {
    const std::lock_guard lock(mutex_);
    while (!queue_.empty() && (!last || !last->done)) {
        write(*queue_.front());
        queue_.pop_front();
    }
}

void MemoryEngine::write(Pending& pending) {
    pending.failure = disk_->apply(pending.batch, quota_);
    pending.done = true;
    ++(pending.failure ? failures_ : batches_);
}

Task<> MemoryEngine::backup(std::string directory) {
    if (suspend_) co_await NextTurn();
    drain();
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error || !std::filesystem::is_empty(directory, error))
        throw Failure("backup: " + directory + " is not an empty folder");
    if (!disk_->save(directory + backup_file)) throw Failure("backup: cannot write into " + directory);
}

Statistics MemoryEngine::statistics() const {
    Statistics now;
    now.batches = now.commits = batches_;
    now.failures = failures_;
    now.bytes = disk_->bytes();
    now.quota = quota_;
    return now;
}

void MemoryEngine::drain() { write_up_to(nullptr); }

} // namespace

std::shared_ptr<MemoryDisk> memory_disk() { return std::make_shared<MemoryDisk>(); }

Result<std::shared_ptr<MemoryDisk>> memory_disk_from(const std::string& directory) {
    auto disk = memory_disk();
    if (!disk->load(directory + backup_file))
        return fail("there is no complete backup of a memory engine in " + directory);
    return disk;
}

std::unique_ptr<Engine> memory_engine(MemoryOptions options) {
    return std::make_unique<MemoryEngine>(std::move(options));
}

} // namespace epode::storage
