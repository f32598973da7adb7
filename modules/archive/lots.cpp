// SPDX-License-Identifier: MIT
#include "modules/archive/lots.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace epode::archive {

namespace {

constexpr std::uint8_t last = 0x80;

void put_number(std::string& out, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

Lot::Set bit(std::size_t place) { return Lot::Set(1) << (place % Lot::size); }

} // namespace

OrderedId Lot::id(std::size_t place) const {
    return *OrderedId::from_bytes(std::string_view(ids_).substr(place * id_size, id_size));
}

void Lot::add(const OrderedId& id, const Names& names, const std::vector<std::uint32_t>& words,
              std::vector<Posting>& postings) {
    const auto place = static_cast<std::uint8_t>(count());
    ids_.append(id.bytes());
    put_number(names_, names.id);
    put_number(names_, names.origin);
    for (const auto word : words) postings.emplace_back(word, place);
}

void Lot::write(std::vector<Posting> postings) {
    std::ranges::sort(postings);
    words_.clear();
    places_.clear();
    for (std::size_t i = 0; i < postings.size(); ++i) {
        const auto& [word, place] = postings[i];
        if (i == 0 || postings[i - 1].first != word) put_number(words_, word);
        const bool ends = i + 1 == postings.size() || postings[i + 1].first != word;
        places_.push_back(static_cast<char>(ends ? place | last : place));
    }
}

std::vector<Lot::Posting> Lot::postings() const {
    std::vector<Posting> all;
    std::size_t word = 0;
    for (const char each : places_) {
        if (word >= words_.size()) break;
        const auto place = static_cast<std::uint8_t>(each);
        all.emplace_back(number_at(words_, word), static_cast<std::uint8_t>(place & ~last));
        if (place & last) word += word_size;
    }
    return all;
}

Lot::Set Lot::named(std::uint32_t name) const {
    Set found = 0;
    for (std::size_t at = 0; name != 0 && at + word_size <= names_.size(); at += word_size)
        if (number_at(names_, at) == name) found |= bit(at / name_size);
    return found;
}

Lot::Set Lot::with(const std::vector<std::uint32_t>& words) const {
    Set all = ~Set(0);
    for (const auto wanted : words) {
        std::size_t low = 0, high = words_.size() / word_size;
        while (low < high) {
            const auto middle = (low + high) / 2;
            if (number_at(words_, middle * word_size) < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        if (low * word_size >= words_.size() || number_at(words_, low * word_size) != wanted) return 0;
        Set having = 0;
        std::size_t skip = low;
        for (const char each : places_) {
            const auto place = static_cast<std::uint8_t>(each);
            if (skip == 0) having |= bit(place & ~last);
            if (place & last && skip-- == 0) break;
        }
        all &= having;
    }
    return all;
}

void Lot::forget(const OrderedId& id) {
    for (std::size_t place = 0; place < count(); ++place) {
        if (this->id(place) != id) continue;
        names_.replace(place * name_size, name_size, name_size, '\0');
        auto left = postings();
        std::erase_if(left, [place](const Posting& posting) { return posting.second == place; });
        write(std::move(left));
    }
}

Lot Lot::without(const std::vector<OrderedId>& gone) const {
    Lot left;
    std::array<std::uint8_t, size> moved{};
    moved.fill(last);
    for (std::size_t place = 0; place < count(); ++place) {
        if (std::ranges::binary_search(gone, id(place))) continue;
        moved[place] = static_cast<std::uint8_t>(left.count());
        left.ids_.append(ids_, place * id_size, id_size);
        left.names_.append(names_, place * name_size, name_size);
    }
    auto all = postings();
    for (auto& [word, place] : all) place = moved[place % size];
    std::erase_if(all, [](const Posting& posting) { return posting.second == last; });
    left.write(std::move(all));
    return left;
}

// ---- Rows ---------------------------------------------------------------------------------------------------------

namespace {

Lot lot_in(const std::string& bytes) {
    auto lot = decode_value<Lot>(bytes);
    if (!lot) throw storage::Failure(lot.error().text);
    if (lot->count() == 0) throw storage::Failure("damaged row: a lot of no messages");
    return std::move(*lot);
}

} // namespace

void Lots::put(Batch& batch, Owner owner, const Lot& lot) { write(batch, owner, lot.id(0).bytes(), encode_value(lot)); }

Task<std::optional<Lot>> Lots::at(Owner owner, std::optional<OrderedId> id) {
    std::string before;
    if (id) before = std::string(id->bytes()) + '\0';
    const auto rows = co_await read_all(owner, std::string(), std::move(before), 1, true);
    if (rows.empty()) co_return std::nullopt;
    co_return lot_in(rows.front().second);
}

Task<std::vector<Lot>> Lots::read(Owner owner, std::optional<OrderedId> from, std::size_t limit, bool backwards) {
    std::string after;
    if (from) after = std::string(from->bytes());
    const auto rows = co_await read_all(owner, std::string(), std::move(after), limit, backwards);
    std::vector<Lot> lots;
    lots.reserve(rows.size());
    for (const auto& [key, bytes] : rows) lots.push_back(lot_in(bytes));
    co_return lots;
}

} // namespace epode::archive
