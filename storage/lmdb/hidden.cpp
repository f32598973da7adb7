// SPDX-License-Identifier: MIT
#include "storage/lmdb/hidden.hpp"

#include "storage/lmdb/layout.hpp"
#include "storage/lmdb/raw.hpp"

#include <algorithm>

namespace epode::storage::lmdb {

namespace {

constexpr std::string_view record_prefix = "hidden/";
constexpr std::size_t record_head = table_bytes + 2; // the table, the length of `begin`; `begin` and `end` follow

} // namespace

HiddenRanges HiddenRanges::load(Transaction& transaction) {
    HiddenRanges hidden;
    Cursor cursor(transaction);
    for (bool row = cursor.seek(FullKey(own_table, record_prefix)); row; row = cursor.next()) {
        if (!cursor.key().starts_with(FullKey(own_table, record_prefix))) break;
        const std::string_view record = bytes_of(cursor.stored());
        const std::string_view version = without_table(cursor.key()).substr(record_prefix.size());
        if (record.size() < record_head || version.size() != version_bytes) continue;
        const std::size_t begin = decode<std::uint16_t>(record.substr(table_bytes));
        if (record.size() < record_head + begin) continue;
        hidden.ranges_.push_back(Hidden{static_cast<Table>(decode<std::uint16_t>(record)),
                                        std::string(record.substr(record_head, begin)),
                                        std::string(record.substr(record_head + begin)), decode<Version>(version)});
    }
    return hidden;
}

bool HiddenRanges::hide(Table table, std::string_view key, Version version) const noexcept {
    return std::ranges::any_of(ranges_, [&](const Hidden& hidden) {
        return hidden.table == table && version < hidden.version && hidden.covers(key);
    });
}

void HiddenRanges::add(Transaction& transaction, Table table, std::string begin, std::string end, Version version) {
    ranges_.push_back(Hidden{table, std::move(begin), std::move(end), version});
    ranges_.back().store(transaction);
}

std::string HiddenRanges::Hidden::record_key() const {
    return std::string(FullKey(own_table, record_prefix)).append(view<Version>(encode(version)));
}

void HiddenRanges::Hidden::store(Transaction& transaction) const {
    std::string record;
    record.append(view<std::uint16_t>(encode(static_cast<std::uint16_t>(table))));
    record.append(view<std::uint16_t>(encode(static_cast<std::uint16_t>(begin.size()))));
    record.append(begin).append(end);
    transaction.put(record_key(), view<Version>(encode(version)), record);
}

void HiddenRanges::sweep(Transaction& transaction, std::size_t rows) {
    if (ranges_.empty()) return;
    if (!sweep(transaction, ranges_.front(), rows)) return ranges_.front().store(transaction);
    transaction.erase(ranges_.front().record_key());
    ranges_.erase(ranges_.begin());
}

/// True when nothing of the range is left; else it begins where the sweep stopped.
bool HiddenRanges::sweep(Transaction& transaction, Hidden& hidden, std::size_t rows) {
    const FullKey end = FullKey::end_of(hidden.table, hidden.end);
    Cursor cursor(transaction);
    bool inside = cursor.seek(FullKey(hidden.table, hidden.begin)) && cursor.key() < end;
    for (; inside && rows > 0; --rows) {
        if (version_of(cursor.stored()) < hidden.version) cursor.erase();
        inside = cursor.next() && cursor.key() < end;
    }
    if (inside) hidden.begin = without_table(cursor.key());
    return !inside;
}

} // namespace epode::storage::lmdb
