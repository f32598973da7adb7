// SPDX-License-Identifier: MIT
#include "modules/offline/mailbox.hpp"

#include <array>
#include <cstdint>

namespace epode::offline {

namespace {

/// The id just before, for the exclusive bounds of a log query.
OrderedId before(const OrderedId& id) {
    std::array<std::uint8_t, 16> bytes{};
    const auto given = id.bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(given[i]);
    for (std::size_t i = bytes.size(); i-- > 0;)
        if (bytes[i]-- != 0) break;
    return OrderedId(bytes);
}

} // namespace

OrderedId Mailbox::behind_all(const Account& account, const OrderedId& given) const {
    const auto& all = headers(account);
    const auto last = all.empty() ? std::nullopt : OrderedId::from_bytes(all.rbegin()->first);
    return last && given <= *last ? OrderedId::next(given.time(), *last) : given;
}

std::vector<OrderedId> Mailbox::ids(const Account& account) const {
    std::vector<OrderedId> all;
    all.reserve(count(account));
    for (const auto& [key, header] : headers(account))
        if (const auto id = OrderedId::from_bytes(key)) all.push_back(*id);
    return all;
}

std::vector<OrderedId> Mailbox::older_than(const Account& account, WallTime when) const {
    std::vector<OrderedId> old;
    for (const auto& [key, header] : headers(account)) {
        const auto id = OrderedId::from_bytes(key);
        if (id && id->time() >= when) break;
        if (id) old.push_back(*id);
    }
    return old;
}

Task<std::optional<Stanza>> Mailbox::read(Owner owner, OrderedId id) {
    auto page = co_await read_after(owner, before(id), 1);
    if (page.entries.empty() || page.entries.front().id != id) co_return std::nullopt;
    co_return std::move(page.entries.front().value);
}

Task<LogPage<Stanza>> Mailbox::read_after(Owner owner, std::optional<OrderedId> after, std::size_t limit) {
    auto query = LogQuery().limit(limit);
    if (after) query = std::move(query).after(*after);
    auto page = co_await messages_.page(owner, std::move(query));
    co_return page;
}

} // namespace epode::offline
