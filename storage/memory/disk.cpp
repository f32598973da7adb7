// SPDX-License-Identifier: MIT
#include "storage/memory/disk.hpp"

#include <algorithm>
#include <fstream>

namespace epode::storage {

namespace {

using Kind = Batch::Write::Kind;

bool wants_room(const Batch& batch) {
    return std::ranges::any_of(batch.writes(), [](const Batch::Write& write) { return write.kind == Kind::put; });
}

void write_number(std::ostream& out, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) out.put(static_cast<char>(number >> shift & 0xff));
}

std::uint64_t read_number(std::istream& in) {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(in.get());
    return number;
}

void write_text(std::ostream& out, const std::string& text) {
    write_number(out, text.size());
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string read_text(std::istream& in) {
    std::string text;
    const std::uint64_t size = read_number(in);
    for (std::uint64_t i = 0; i < size && in; ++i) text.push_back(static_cast<char>(in.get()));
    return text;
}

/// Takes entries until a limit is reached; the caller offers them in order.
class Collector {
public:
    explicit Collector(const ScanOptions& options) : options_(options) {}
    /// False when there is no room for it, and that was the end.
    bool take(const std::string& key, const Value& value) {
        const bool first = page_.entries.empty();
        page_.more =
            page_.entries.size() >= options_.limit || (!first && bytes_ + value.bytes.size() > options_.max_bytes);
        if (page_.more) return false;
        bytes_ += value.bytes.size();
        page_.entries.emplace_back(key, value.bytes, value.version);
        return true;
    }
    Page page() { return std::move(page_); }

private:
    const ScanOptions& options_;
    std::size_t bytes_ = 0;
    Page page_;
};

} // namespace

Table MemoryDisk::table(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (const auto known = names_.find(name); known != names_.end()) return known->second;
    return add_table(name);
}

Table MemoryDisk::add_table(std::string_view name) {
    tables_.emplace_back();
    return names_.emplace(name, static_cast<Table>(tables_.size())).first->second;
}

std::size_t MemoryDisk::tables() const {
    const std::lock_guard lock(mutex_);
    return tables_.size();
}

std::vector<std::string> MemoryDisk::names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, table] : names_) names.push_back(name);
    return names;
}

std::uint64_t MemoryDisk::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

std::optional<Value> MemoryDisk::get(Table table, const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto row = rows(table).find(key);
    return row == rows(table).end() ? std::nullopt : std::optional(row->second);
}

Page MemoryDisk::scan(Table table, const Range& range, const ScanOptions& options) const {
    const std::lock_guard lock(mutex_);
    Collector collector(options);
    if (!range.end.empty() && range.end <= range.begin) return collector.page();
    const auto begin = rows(table).lower_bound(range.begin);
    const auto end = range.end.empty() ? rows(table).end() : rows(table).lower_bound(range.end);
    const auto take = [&](const Rows::value_type& row) { return collector.take(row.first, row.second); };
    if (options.backwards) {
        (void)std::all_of(std::make_reverse_iterator(end), std::make_reverse_iterator(begin), take);
    } else {
        (void)std::all_of(begin, end, take);
    }
    return collector.page();
}

bool MemoryDisk::expectations_hold(const Batch& batch) const {
    return std::ranges::all_of(batch.writes(), [&](const Batch::Write& write) {
        if (write.kind != Kind::expect) return true;
        const auto row = rows(write.table).find(write.key);
        return (row == rows(write.table).end() ? 0 : row->second.version) == write.version;
    });
}

std::exception_ptr MemoryDisk::apply(const Batch& batch, std::uint64_t quota) {
    const std::lock_guard lock(mutex_);
    if (!expectations_hold(batch)) return std::make_exception_ptr(Conflict("storage: an expected version has changed"));
    if (quota != 0 && bytes_ + batch.bytes() > quota && wants_room(batch))
        return std::make_exception_ptr(Full("storage: the quota is used up"));
    for (const Batch::Write& each : batch.writes()) write(each);
    return nullptr;
}

void MemoryDisk::write(const Batch::Write& write) {
    Rows& rows = this->rows(write.table);
    switch (write.kind) {
    case Kind::put:
        return put(rows, write.key, Value(write.value, ++last_));
    case Kind::erase:
        if (const auto row = rows.find(write.key); row != rows.end()) erase(rows, row);
        return;
    case Kind::erase_range:
        for (auto row = rows.lower_bound(write.key); row != rows.end();) {
            if (!write.value.empty() && row->first >= write.value) break;
            row = erase(rows, row);
        }
        return;
    case Kind::expect:
        return;
    }
}

void MemoryDisk::put(Rows& rows, const std::string& key, Value value) {
    if (const auto row = rows.find(key); row != rows.end()) erase(rows, row);
    bytes_ += key.size() + value.bytes.size();
    rows.emplace(key, std::move(value));
}

MemoryDisk::Rows::iterator MemoryDisk::erase(Rows& rows, Rows::iterator row) {
    bytes_ -= row->first.size() + row->second.bytes.size();
    return rows.erase(row);
}

bool MemoryDisk::save(const std::string& file) const {
    const std::lock_guard lock(mutex_);
    std::ofstream out(file, std::ios::binary);
    write_number(out, last_);
    write_number(out, tables_.size());
    for (const auto& [name, table] : names_) {
        write_text(out, name);
        write_number(out, static_cast<std::uint64_t>(table));
        write_number(out, rows(table).size());
        for (const auto& [key, value] : rows(table)) {
            write_text(out, key);
            write_number(out, value.version);
            write_text(out, value.bytes);
        }
    }
    out.close();
    return out.good();
}

bool MemoryDisk::load(const std::string& file) {
    const std::lock_guard lock(mutex_);
    std::ifstream in(file, std::ios::binary);
    last_ = read_number(in);
    const std::uint64_t tables = read_number(in);
    if (!in || tables > 0xffff) return false;
    tables_.resize(tables);
    for (std::uint64_t i = 0; i < tables && in; ++i) {
        std::string name = read_text(in);
        const std::uint64_t number = read_number(in);
        if (!in || number == 0 || number > tables) return false;
        const auto table = static_cast<Table>(number);
        names_.emplace(std::move(name), table);
        for (std::uint64_t left = read_number(in); left > 0 && in; --left) {
            const std::string key = read_text(in);
            const Version version = read_number(in);
            put(rows(table), key, Value(read_text(in), version));
        }
    }
    return in.good();
}

} // namespace epode::storage
