// SPDX-License-Identifier: MIT
// Record: one message as an archive keeps it.
#pragma once

#include "core/jid.hpp"
#include "core/stanza.hpp"

#include <utility>

namespace epode::archive {

struct Record {
    Jid peer; ///< the other side: whom it went to or came from, with the resource
    Stanza message;
    Jid author; ///< of a room's message: who the peer really was; null where that is not kept

    Record() = default;
    Record(Jid other, Stanza what, Jid who = {})
        : peer(std::move(other)), message(std::move(what)), author(std::move(who)) {}
    void fields(auto& f) { f(peer, message, author); }
    bool complete() const noexcept { return static_cast<bool>(message); }
};

} // namespace epode::archive
