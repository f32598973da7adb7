// SPDX-License-Identifier: MIT
// Batch: writes that belong together; all of them become durable at once or none does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace epode::storage {

/// A table as an engine numbers it: get one from Engine::table.
enum class Table : std::uint16_t {};
/// Changes with every write of a value; 0 means "there is none".
using Version = std::uint64_t;

/// Keys from `begin` (included) to `end` (excluded; "" means to the end of the table), in byte order.
struct Range {
    std::string begin;
    std::string end;

    Range() = default;
    Range(std::string from, std::string to) : begin(std::move(from)), end(std::move(to)) {}
    /// All keys that start with `prefix`.
    static Range prefix(std::string_view prefix);
};

class Batch {
public:
    struct Write {
        enum class Kind : std::uint8_t { put, erase, erase_range, expect };
        Kind kind;
        Table table;
        std::string key;   ///< or the range's begin
        std::string value; ///< or the range's end
        Version version = 0;
    };

    Batch() = default;
    Batch(Batch&&) noexcept = default;
    Batch& operator=(Batch&&) noexcept = default;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    void put(Table table, std::string key, std::string value);
    void erase(Table table, std::string key);
    /// Erases what is in the range when the batch is committed. May be swept in small steps when it is large, but
    /// readers after the commit see nothing of it.
    void erase(Table table, Range range);
    /// The batch fails as a whole (Conflict) unless the key's version is still this one; 0: unless the key is absent.
    void expect(Table table, std::string key, Version version);
    /// Moves the other batch's writes behind these.
    void merge(Batch&& other);

    bool empty() const noexcept { return writes_.empty(); }
    std::size_t bytes() const noexcept { return bytes_; }
    const std::vector<Write>& writes() const noexcept { return writes_; }

private:
    std::vector<Write> writes_;
    std::size_t bytes_ = 0;
};

} // namespace epode::storage
