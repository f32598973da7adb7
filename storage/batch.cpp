// SPDX-License-Identifier: MIT
#include "storage/batch.hpp"

#include <iterator>
#include <utility>

namespace epode::storage {

Range Range::prefix(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
    if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return Range(std::string(prefix), std::move(end));
}

void Batch::put(Table table, std::string key, std::string value) {
    bytes_ += key.size() + value.size();
    writes_.push_back(Write{Write::Kind::put, table, std::move(key), std::move(value), 0});
}

void Batch::erase(Table table, std::string key) {
    bytes_ += key.size();
    writes_.push_back(Write{Write::Kind::erase, table, std::move(key), {}, 0});
}

void Batch::erase(Table table, Range range) {
    bytes_ += range.begin.size() + range.end.size();
    writes_.push_back(Write{Write::Kind::erase_range, table, std::move(range.begin), std::move(range.end), 0});
}

void Batch::expect(Table table, std::string key, Version version) {
    bytes_ += key.size();
    writes_.push_back(Write{Write::Kind::expect, table, std::move(key), {}, version});
}

void Batch::merge(Batch&& other) {
    bytes_ += std::exchange(other.bytes_, 0);
    writes_.insert(writes_.end(), std::move_iterator(other.writes_.begin()), std::move_iterator(other.writes_.end()));
    other.writes_.clear();
}

} // namespace epode::storage
