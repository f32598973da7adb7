// SPDX-License-Identifier: MIT
#include "core/session/keeping.hpp"

#include "core/base/codec.hpp"
#include "core/server.hpp"
#include "core/store/keys.hpp"

#include <algorithm>

namespace epode {

using store::row_key;
using store::row_value;

namespace {

constexpr std::size_t owner_bytes = 8;
constexpr std::size_t number_bytes = 4;

std::string out_key(const std::string& id, std::uint32_t number) {
    std::string key = id;
    for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift));
    return key;
}

std::uint32_t number_of(std::string_view four) {
    std::uint32_t number = 0;
    for (const char byte : four) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

OwnerId owner_of(std::string_view key) {
    std::uint64_t owner = 0;
    for (std::size_t i = 0; i < owner_bytes; ++i) owner = owner << 8 | static_cast<unsigned char>(key[i]);
    return OwnerId(owner);
}

Task<std::vector<storage::Entry>> all(storage::Engine& engine, storage::Table table, storage::Range range) {
    std::vector<storage::Entry> entries;
    for (;;) {
        storage::ScanOptions options(1000);
        auto page = co_await engine.scan(table, range, options);
        for (auto& entry : page.entries) entries.push_back(std::move(entry));
        if (!page.more || page.entries.empty()) break;
        range.begin = entries.back().key + '\0';
    }
    co_return entries;
}

} // namespace

SessionTables::SessionTables(Server& server)
    : server_(server), sessions_(server.store_table("store/session")), in_(server.store_table("store/session-in")),
      out_(server.store_table("store/session-out")) {}

void SessionTables::put(Batch& batch, Owner owner, const std::string& id, const std::string& row) const {
    if (auto* writes = batch.writes_for(owner)) writes->put(sessions_, row_key(owner, id), row_value(id, row));
}

void SessionTables::put_handled(Batch& batch, Owner owner, const std::string& id, HandledRow row) const {
    if (auto* writes = batch.writes_for(owner)) writes->put(in_, row_key(owner, id), row_value(id, encode_value(row)));
}

void SessionTables::put_out(Batch& batch, Owner owner, const std::string& id, std::uint32_t number,
                            const OutRow& row) const {
    const auto key = out_key(id, number);
    if (auto* writes = batch.writes_for(owner))
        writes->put(out_, row_key(owner, key), row_value(key, encode_value(row)));
}

void SessionTables::erase_out(Batch& batch, Owner owner, const std::string& id, std::uint32_t number) const {
    if (auto* writes = batch.writes_for(owner)) writes->erase(out_, row_key(owner, out_key(id, number)));
}

void SessionTables::erase_out(Batch& batch, Owner owner, const std::string& id) const {
    if (auto* writes = batch.writes_for(owner)) writes->erase(out_, store::row_range(owner, id));
}

void SessionTables::erase(Batch& batch, Owner owner, const std::string& id) const {
    erase_out(batch, owner, id);
    if (auto* writes = batch.writes_for(owner)) {
        writes->erase(sessions_, row_key(owner, id));
        writes->erase(in_, row_key(owner, id));
    }
}

Task<std::vector<KeptSession>> SessionTables::load() const {
    auto& engine = server_.engine();
    std::vector<KeptSession> kept;
    auto rows = co_await all(engine, sessions_, storage::Range());
    for (auto& entry : rows) {
        if (entry.key.size() <= owner_bytes) continue;
        auto row = decode_value<SessionRow>(entry.bytes);
        if (!row) continue;
        KeptSession session;
        session.id = entry.key.substr(owner_bytes);
        session.owner = owner_of(entry.key);
        session.row = std::move(*row);
        const auto handled = co_await engine.get(in_, entry.key);
        if (handled)
            if (const auto row_in = decode_value<HandledRow>(handled->bytes)) session.handled = *row_in;
        auto range = storage::Range::prefix(entry.key);
        auto out = co_await all(engine, out_, std::move(range));
        for (auto& each : out) {
            auto stanza = decode_value<OutRow>(each.bytes);
            if (!stanza || each.key.size() != entry.key.size() + number_bytes) continue;
            session.out.emplace_back(number_of(std::string_view(each.key).substr(entry.key.size())),
                                     std::move(*stanza));
        }
        // Numbers wrap, and those of one session are never far from one another.
        if (!session.out.empty()) {
            const auto first = session.out.front().first;
            std::ranges::sort(session.out, {},
                              [first](const auto& each) { return static_cast<std::int32_t>(each.first - first); });
        }
        kept.push_back(std::move(session));
    }
    co_return kept;
}

} // namespace epode
