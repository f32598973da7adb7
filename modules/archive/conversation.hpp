// SPDX-License-Identifier: MIT
// Conversation: what an account and one other side have said, as an inbox tells it (XEP-0430). One with a room follows
// the room's archive, as far as the room has told its member of it.
#pragma once

#include "core/base/id.hpp"
#include "core/jid.hpp"
#include "core/store/batch.hpp"
#include "modules/archive/contents.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode::archive {

struct Conversation {
    /// An instant message that nobody has read.
    struct Unread {
        OrderedId id;
        Names names;

        Unread() = default;
        Unread(const OrderedId& given, const Names& called) : id(given), names(called) {}
        void fields(auto& f) { f(id, names.id, names.origin); }
    };
    /// As many are known by name; of more only the number.
    static constexpr std::size_t most_unread = 200;

    Jid with;                   ///< bare
    OrderedId last;             ///< the last message of any kind in the archive
    OrderedId said;             ///< the last instant message; null (all zeros) where there was none
    std::uint64_t count = 0;    ///< messages in the archive
    std::uint64_t older = 0;    ///< unread ones before these
    std::vector<Unread> unread; ///< the newest ones, in order
    // ---- Of a room
    std::optional<OwnerId> archive; ///< in which the messages are; null: in the account's own
    OrderedId told;                 ///< up to here the account was told, as a member
    OrderedId reached;              ///< up to here that is counted above

    Conversation() = default;
    explicit Conversation(Jid whom) : with(std::move(whom)) {}

    std::uint64_t unread_count() const noexcept { return older + unread.size(); }
    /// One more message. `reply_reads`: whoever answers has read what was said before.
    void add(const OrderedId& id, const Contents& contents, const Names& names, bool reply_reads);
    /// Everything up to the message of that name is read; nothing where it is not among the unread ones.
    bool displayed(std::string_view name);
    /// Everything up to that place in the archive is read, whatever lies there.
    bool displayed(const OrderedId& place);
    /// One of them has been taken back.
    void forget(const OrderedId& id);
    /// Messages up to `end` are not in the archive any more, of this conversation so many.
    void expire(const OrderedId& end, std::uint64_t how_many);

    void fields(auto& f) { f(with, last, said, count, older, unread, archive, told, reached); }
};

} // namespace epode::archive
