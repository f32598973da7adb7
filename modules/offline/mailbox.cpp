// SPDX-License-Identifier: MIT
#include "modules/offline/mailbox.hpp"

namespace epode::offline {

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

Task<LogPage<Stanza>> Mailbox::read_after(Owner owner, std::optional<OrderedId> after, std::size_t limit) {
    auto query = LogQuery().limit(limit);
    if (after) query = std::move(query).after(*after);
    auto page = co_await messages_.page(owner, std::move(query));
    co_return page;
}

} // namespace epode::offline
