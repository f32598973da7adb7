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

    Record() = default;
    Record(Jid other, Stanza what) : peer(std::move(other)), message(std::move(what)) {}
    void fields(auto& f) { f(peer, message); }
    bool complete() const noexcept { return static_cast<bool>(message); }
};

} // namespace epode::archive
