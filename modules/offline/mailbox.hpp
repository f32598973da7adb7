// SPDX-License-Identifier: MIT
// Mailbox: the messages that wait, per account. The messages themselves stay on disk; what is resident is a line for
// each (its id and sender), which counts them, tells what is there and makes every change visible at once.
#pragma once

#include "core/module.hpp"

#include <optional>
#include <string>
#include <vector>

namespace epode::offline {

/// What is known of a waiting message without reading it.
struct Header {
    Jid from;
    bool archived = false; ///< the account's archive has it too

    Header() = default;
    explicit Header(Jid sender, bool elsewhere = false) : from(std::move(sender)), archived(elsewhere) {}
    void fields(auto& f) { f(from, archived); }
};

class Mailbox {
public:
    using Headers = ResidentMap<Header>::Rows; ///< by the bytes of the id, so by time

    explicit Mailbox(Module& module) : messages_(module, "messages"), headers_(module, "headers") {}

    const Headers& headers(const Account& account) const { return headers_.of(account); }
    std::size_t count(const Account& account) const { return headers_.of(account).size(); }
    bool holds(const Account& account, const OrderedId& id) const {
        return headers_.find(account, id.bytes()) != nullptr;
    }

    /// Keeps the message behind all others, also where the clock was set back while nobody remembered the last id.
    void add(Batch& batch, Account& account, const OrderedId& given, const Stanza& message, bool archived = false) {
        const OrderedId id = behind_all(account, given);
        messages_.append(batch, account, id, message);
        headers_.put(batch, account, std::string(id.bytes()), Header(message.from(), archived));
    }
    void remove(Batch& batch, Account& account, const OrderedId& id) {
        messages_.erase(batch, account, id);
        headers_.erase(batch, account, id.bytes());
    }
    void clear(Batch& batch, Account& account) {
        for (const OrderedId& id : ids(account)) headers_.erase(batch, account, id.bytes());
        messages_.erase_all(batch, account);
    }

    /// The ids that wait, oldest first.
    std::vector<OrderedId> ids(const Account& account) const;
    /// Those that arrived before `when`.
    std::vector<OrderedId> older_than(const Account& account, WallTime when) const;
    /// One message; null where it is not there (any more) or damaged.
    Task<std::optional<Stanza>> read(Owner owner, OrderedId id) { return messages_.get(owner, id); }
    /// The oldest messages after `after` (null: from the start), `limit` at most.
    Task<LogPage<Stanza>> read_after(Owner owner, std::optional<OrderedId> after, std::size_t limit);

private:
    OrderedId behind_all(const Account& account, const OrderedId& given) const;

    Log<Stanza> messages_;
    ResidentMap<Header> headers_;
};

} // namespace epode::offline
