// SPDX-License-Identifier: MIT
// The inbox (XEP-0430): an account's conversations, those of which somebody has heard last first.
#pragma once

#include "core/stanza.hpp"
#include "modules/archive/conversation.hpp"
#include "xep/xep0430_inbox.hpp"

#include <cstddef>
#include <expected>
#include <vector>

namespace epode::archive {

struct Inbox {
    std::vector<Conversation> shown;
    xep::inbox::Fin fin;

    Inbox() = default;
};

/// The page that was asked for, of at most `most` conversations; known to a client by the id of its last message.
std::expected<Inbox, StanzaError> inbox_of(std::vector<Conversation> all, const xep::inbox::Query& query,
                                           std::size_t most);

} // namespace epode::archive
