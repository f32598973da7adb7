// SPDX-License-Identifier: MIT
#include "storage/lmdb/format.hpp"

#include "storage/lmdb/layout.hpp"

namespace epode::storage::lmdb {

namespace {

const FullKey format_key(own_table, "format");
const FullKey version_key(own_table, "version");
constexpr std::string_view table_prefix = "table/";

/// Step n brings data of format n to format n + 1. There never was a format 0.
using Upgrade = void (*)(Transaction&);
constexpr Upgrade upgrades[current_format] = {nullptr};

void put_number(Transaction& transaction, std::string_view key, std::uint64_t number) {
    transaction.put(key, view<Version>(encode(Version{1})), view<std::uint64_t>(encode(number)));
}

std::uint64_t get_number(const Transaction& transaction, std::string_view key) {
    const auto stored = transaction.get(key);
    return stored && bytes_of(*stored).size() == 8 ? decode<std::uint64_t>(bytes_of(*stored)) : 0;
}

Result<> bring_up_to_date(Transaction& transaction) {
    std::uint64_t format = get_number(transaction, format_key);
    if (format > current_format)
        return fail("the data have format " + std::to_string(format) + " and this server knows formats up to " +
                    std::to_string(current_format) + "; run the newer server");
    if (format == 0) {
        if (Cursor(transaction).seek(FullKey(own_table, {}))) return fail("the data were not written by this server");
        format = current_format;
    }
    for (; format < current_format; ++format) upgrades[format](transaction);
    put_number(transaction, format_key, current_format);
    return {};
}

std::map<std::string, Table, std::less<>> load_tables(Transaction& transaction) {
    std::map<std::string, Table, std::less<>> tables;
    Cursor cursor(transaction);
    for (bool row = cursor.seek(FullKey(own_table, table_prefix)); row; row = cursor.next()) {
        if (!cursor.key().starts_with(FullKey(own_table, table_prefix))) break;
        const std::string_view name = without_table(cursor.key()).substr(table_prefix.size());
        if (bytes_of(cursor.stored()).size() != 2) continue;
        tables.emplace(name, static_cast<Table>(decode<std::uint16_t>(bytes_of(cursor.stored()))));
    }
    return tables;
}

} // namespace

Result<Inventory> take_inventory(Environment& environment) {
    Transaction transaction(environment.get(), false);
    if (auto done = bring_up_to_date(transaction); !done) return std::unexpected(done.error());
    Inventory inventory;
    inventory.last_version = get_number(transaction, version_key);
    inventory.tables = load_tables(transaction);
    inventory.hidden = HiddenRanges::load(transaction);
    transaction.commit([] { return false; });
    return inventory;
}

void store_last_version(Transaction& transaction, Version version) { put_number(transaction, version_key, version); }

Batch table_record(std::string_view name, Table table) {
    const auto number = encode(static_cast<std::uint16_t>(table));
    Batch batch;
    batch.put(own_table, std::string(table_prefix).append(name), std::string(number.data(), number.size()));
    return batch;
}

} // namespace epode::storage::lmdb
