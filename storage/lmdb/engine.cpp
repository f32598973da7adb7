// SPDX-License-Identifier: MIT
#include "storage/lmdb/engine.hpp"

#include "storage/checks.hpp"
#include "storage/lmdb/backup.hpp"
#include "storage/lmdb/folder.hpp"
#include "storage/lmdb/format.hpp"
#include "storage/lmdb/layout.hpp"
#include "storage/lmdb/reader.hpp"
#include "storage/lmdb/writer.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

namespace epode::storage {

namespace lmdb {

namespace {

class LmdbEngine final : public Engine {
public:
    LmdbEngine(Folder folder, std::unique_ptr<Environment> environment, Inventory inventory, const LmdbOptions& options)
        : folder_(std::move(folder)), environment_(std::move(environment)), readers_(*environment_),
          names_(std::move(inventory.tables)), tables_(names_.size()), backups_(*environment_),
          writer_(Writer::Tools{*environment_, readers_, folder_, backups_.copying()}, options,
                  Group::State{inventory.last_version, std::move(inventory.hidden)}) {}

    Table table(std::string_view name) override;
    std::vector<std::string> names() const override;
    Task<std::optional<Value>> get(Table table, std::string key) override;
    Task<Page> scan(Table table, Range range, ScanOptions options) override;
    Task<> commit(Batch batch) override;
    Task<> backup(std::string directory) override;
    Statistics statistics() const override { return writer_.statistics(); }
    void drain() override { writer_.drain(); }

private:
    Task<> commit_checked(Batch batch);

    Folder folder_;
    std::unique_ptr<Environment> environment_;
    Readers readers_;
    mutable std::mutex names_mutex_;
    std::map<std::string, Table, std::less<>> names_;
    std::atomic<std::size_t> tables_;
    Backups backups_;
    Writer writer_;
};

Table LmdbEngine::table(std::string_view name) {
    const std::lock_guard lock(names_mutex_);
    if (const auto known = names_.find(name); known != names_.end()) return known->second;
    if (name.empty() || name.size() > max_key / 2)
        throw std::invalid_argument("storage: a table's name has 1 to 240 bytes");
    if (names_.size() == max_tables) throw Failure("storage: there are too many tables");
    const auto table = static_cast<Table>(names_.size() + 1);
    const Executor::Scope blocking(nullptr);
    Commit commit(writer_, table_record(name, table));
    commit.await_ready();
    commit.await_resume();
    names_.emplace(name, table);
    ++tables_;
    return table;
}

std::vector<std::string> LmdbEngine::names() const {
    const std::lock_guard lock(names_mutex_);
    std::vector<std::string> names;
    for (const auto& [name, table] : names_) names.push_back(name);
    return names;
}

Task<std::optional<Value>> LmdbEngine::get(Table table, std::string key) {
    check_table(table, tables_);
    check_key(key);
    co_return readers_.get(table, key);
}

Task<Page> LmdbEngine::scan(Table table, Range range, ScanOptions options) {
    check_table(table, tables_);
    check_range(range);
    co_return readers_.scan(table, range, options);
}

Task<> LmdbEngine::commit(Batch batch) {
    check_batch(batch, tables_);
    return commit_checked(std::move(batch));
}

Task<> LmdbEngine::commit_checked(Batch batch) {
    if (batch.empty()) co_return;
    Commit commit(writer_, std::move(batch));
    co_await commit;
}

Task<> LmdbEngine::backup(std::string directory) {
    Backup job(backups_, std::move(directory));
    co_await job;
}

std::string explain(const LmdbOptions& options, const Fault& fault) {
    return "cannot open the storage folder " + options.directory + ": " + fault.text();
}

} // namespace

} // namespace lmdb

Result<std::unique_ptr<Engine>> open_lmdb(LmdbOptions options) {
    using namespace lmdb;
    auto folder = Folder::take(options.directory);
    if (!folder) return std::unexpected(folder.error());
    try {
        // One slot more than the readers have, for the backup, and some for LMDB's own tools.
        auto environment = std::make_unique<Environment>(options.directory, options.map_size, Readers::slots + 16);
        auto inventory = take_inventory(*environment);
        if (!inventory)
            return fail("cannot use the storage folder " + options.directory + ": " + inventory.error().text);
        if (auto synced = sync_path(options.directory); !synced) return std::unexpected(synced.error());
        return std::make_unique<LmdbEngine>(std::move(*folder), std::move(environment), std::move(*inventory), options);
    } catch (const Fault& fault) {
        return fail(explain(options, fault));
    }
}

} // namespace epode::storage
