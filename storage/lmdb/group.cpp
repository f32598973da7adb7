// SPDX-License-Identifier: MIT
#include "storage/lmdb/group.hpp"

#include "storage/lmdb/format.hpp"
#include "storage/lmdb/layout.hpp"

#include <algorithm>

namespace epode::storage::lmdb {

using Kind = Batch::Write::Kind;

std::exception_ptr Group::apply(const Batch& batch) {
    if (!expectations_hold(batch)) return std::make_exception_ptr(Conflict("storage: an expected version has changed"));
    if (!has_room(batch))
        return std::make_exception_ptr(Full(room_.disk_low
                                                ? "storage: the disk is nearly full: make room on it"
                                                : "storage: the data-limit of <epode> is reached: raise it, or "
                                                  "remove accounts or messages"));
    for (const Batch::Write& each : batch.writes()) write(each);
    return nullptr;
}

void Group::sweep(std::size_t rows) {
    if (state_.hidden.empty()) return;
    state_.hidden.sweep(transaction_, rows);
    wrote_ = true;
}

void Group::commit(const std::function<bool()>& disk_low) {
    store_last_version(transaction_, state_.last_version);
    transaction_.commit(disk_low);
}

Version Group::version_at(Table table, std::string_view key) const {
    const auto stored = transaction_.get(FullKey(table, key));
    if (!stored || state_.hidden.hide(table, key, version_of(*stored))) return 0;
    return version_of(*stored);
}

bool Group::expectations_hold(const Batch& batch) const {
    return std::ranges::all_of(batch.writes(), [&](const Batch::Write& write) {
        return write.kind != Kind::expect || version_at(write.table, write.key) == write.version;
    });
}

/// Erasing is always allowed: it is the way out.
bool Group::has_room(const Batch& batch) const {
    if (room_.quota == 0 && !room_.disk_low) return true;
    const bool puts = std::ranges::any_of(batch.writes(), [](const auto& write) { return write.kind == Kind::put; });
    if (!puts) return true;
    return !room_.disk_low && (room_.quota == 0 || transaction_.live_bytes() + batch.bytes() <= room_.quota);
}

void Group::write(const Batch::Write& write) {
    if (write.kind == Kind::expect) return;
    wrote_ = true;
    const Version version = ++state_.last_version;
    switch (write.kind) {
    case Kind::put:
        return transaction_.put(FullKey(write.table, write.key), view<Version>(encode(version)), write.value);
    case Kind::erase:
        return transaction_.erase(FullKey(write.table, write.key));
    case Kind::erase_range:
        return erase_range(write);
    case Kind::expect:
        return;
    }
}

/// The first rows go at once, which is mostly all of them; the rest is hidden.
void Group::erase_range(const Batch::Write& write) {
    if (!write.value.empty() && write.value <= write.key) return;
    const FullKey end = FullKey::end_of(write.table, write.value);
    std::string rest;
    {
        Cursor cursor(transaction_);
        bool inside = cursor.seek(FullKey(write.table, write.key)) && cursor.key() < end;
        for (std::size_t rows = 0; inside && rows < direct_rows_; ++rows) {
            cursor.erase();
            inside = cursor.next() && cursor.key() < end;
        }
        if (!inside) return;
        rest = without_table(cursor.key());
    }
    state_.hidden.add(transaction_, write.table, std::move(rest), write.value, state_.last_version);
}

} // namespace epode::storage::lmdb
