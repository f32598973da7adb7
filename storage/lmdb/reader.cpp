// SPDX-License-Identifier: MIT
#include "storage/lmdb/reader.hpp"

#include "storage/lmdb/hidden.hpp"
#include "storage/lmdb/layout.hpp"

namespace epode::storage::lmdb {

namespace {

std::atomic<std::size_t> threads = 0;
thread_local const std::size_t thread_number = threads++;

/// Walks a range and fills a page.
class Scan {
public:
    Scan(Cursor& cursor, const HiddenRanges& hidden, Table table, const Range& range, const ScanOptions& options)
        : cursor_(cursor), hidden_(hidden), table_(table), options_(options), begin_(table, range.begin),
          end_(FullKey::end_of(table, range.end)) {}

    Page run() {
        for (bool row = first(); row; row = options_.backwards ? cursor_.previous() : cursor_.next()) {
            if (past_the_end() || !take()) break;
        }
        return std::move(page_);
    }

private:
    bool first() {
        if (!options_.backwards) return cursor_.seek(begin_);
        return cursor_.seek(end_) ? cursor_.previous() : cursor_.last();
    }
    bool past_the_end() const {
        return options_.backwards ? cursor_.key() < begin_ : cursor_.key() >= std::string_view(end_);
    }
    /// False when the row has no room any more.
    bool take() {
        const std::string_view key = without_table(cursor_.key());
        const std::string_view bytes = bytes_of(cursor_.stored());
        const Version version = version_of(cursor_.stored());
        if (!hidden_.empty() && hidden_.hide(table_, key, version)) return true;
        const bool first = page_.entries.empty();
        page_.more = page_.entries.size() >= options_.limit || (!first && bytes_ + bytes.size() > options_.max_bytes);
        if (page_.more) return false;
        bytes_ += bytes.size();
        page_.entries.emplace_back(std::string(key), std::string(bytes), version);
        return true;
    }

    Cursor& cursor_;
    const HiddenRanges& hidden_;
    Table table_;
    const ScanOptions& options_;
    FullKey begin_;
    FullKey end_;
    std::size_t bytes_ = 0;
    Page page_;
};

} // namespace

/// A slot's transaction from its renewal to its reset.
class Readers::Snapshot {
public:
    Snapshot(Readers& readers, Slot& slot) : lock_(slot.mutex), slot_(slot) {
        if (slot.transaction) {
            slot.transaction.renew();
        } else {
            slot.transaction = Transaction(readers.environment_.get(), true);
        }
    }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() { slot_.transaction.reset(); }

    Transaction& transaction() { return slot_.transaction; }
    Cursor& cursor() {
        if (slot_.cursor) {
            slot_.cursor.renew(slot_.transaction);
        } else {
            slot_.cursor = Cursor(slot_.transaction);
        }
        return slot_.cursor;
    }

private:
    std::lock_guard<std::mutex> lock_;
    Slot& slot_;
};

Readers::Slot& Readers::own_slot() noexcept { return slots_[thread_number % slots]; }

/// The snapshot was taken before the question, and the writer syncs between telling and committing: it cannot miss one.
HiddenRanges Readers::hidden_in(Transaction& snapshot) const {
    return snapshot.id() >= clear_since_ ? HiddenRanges() : HiddenRanges::load(snapshot);
}

std::optional<Value> Readers::get(Table table, std::string_view key) {
    try {
        Snapshot snapshot(*this, own_slot());
        const auto stored = snapshot.transaction().get(FullKey(table, key));
        if (!stored) return std::nullopt;
        const HiddenRanges hidden = hidden_in(snapshot.transaction());
        if (!hidden.empty() && hidden.hide(table, key, version_of(*stored))) return std::nullopt;
        return Value(std::string(bytes_of(*stored)), version_of(*stored));
    } catch (const Fault& fault) {
        throw Failure(fault.text());
    }
}

Page Readers::scan(Table table, const Range& range, const ScanOptions& options) {
    if (!range.end.empty() && range.end <= range.begin) return Page();
    try {
        Snapshot snapshot(*this, own_slot());
        const HiddenRanges hidden = hidden_in(snapshot.transaction());
        return Scan(snapshot.cursor(), hidden, table, range, options).run();
    } catch (const Fault& fault) {
        throw Failure(fault.text());
    }
}

Readers::Pause::Pause(Readers& readers) {
    for (std::size_t i = 0; i < slots; ++i) locks_[i] = std::unique_lock(readers.slots_[i].mutex);
}

} // namespace epode::storage::lmdb
