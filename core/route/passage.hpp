// SPDX-License-Identifier: MIT
// Passage: one stanza on its way through one half: whose half it is, the chosen targets, the batch, the receipt.
#pragma once

#include "core/base/id.hpp"
#include "core/route/copies.hpp"
#include "core/route/phases.hpp"
#include "core/route/receipt.hpp"
#include "core/session/account.hpp"
#include "core/store/batch.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace epode {

enum class Direction : std::uint8_t { outgoing, incoming };

class Passage {
public:
    Passage(Host& on, Direction way, Account& whose, Stanza what)
        : host(on), direction(way), account(whose), stanza(std::move(what)) {}

    Host& host;
    const Direction direction;
    Account& account;           ///< outgoing: the sender's; incoming: the recipient's
    Stanza stanza;              ///< set by `amend`
    Session* session = nullptr; ///< outgoing: the client's session; null for what the server sends in its name

    bool outgoing() const noexcept { return direction == Direction::outgoing; }
    bool incoming() const noexcept { return direction == Direction::incoming; }

    /// Incoming: the sessions core delivers to, known from `store` on. Outgoing: empty.
    std::vector<Session*> targets;
    bool reaches(const Session& session) const noexcept {
        for (const Session* target : targets)
            if (target == &session) return true;
        return &session == this->session; // the sender's own device has it already
    }
    /// The id under which this half's owner keeps the message, from `store` on; fresh for each half. Whoever keeps it
    /// there sets `kept`: then it is delivered with that id (XEP-0359), and so are copies.
    OrderedId id;
    bool kept = false;
    /// Known in `notify`: sessions it was queued for; whether a hook took it instead.
    std::size_t delivered = 0;
    bool taken = false;

    /// In `copy`: sends a device something that stands for the message itself, as a carbon does. It counts like the
    /// message: once that device has it, the message is not lost, whatever becomes of its targets.
    void send_copy(Session& device, const Stanza& copy);

    /// What must be durable before the sender's acknowledgement; travels on to the recipient's half.
    Batch& batch() {
        if (!batch_) batch_ = std::make_unique<Batch>();
        return *batch_;
    }
    const Ref<Receipt>& receipt() const noexcept { return receipt_; }

private:
    friend class Router;
    std::unique_ptr<Batch> batch_;
    Ref<Receipt> receipt_;
    Ref<Copies> copies_;
};

} // namespace epode
