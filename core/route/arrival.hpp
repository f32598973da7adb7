// SPDX-License-Identifier: MIT
// Arrival: one stanza that has come to a service: to its domain (echo.example.org) or to an address of it (a room, an
// occupant). What a Passage is for accounts.
#pragma once

#include "core/route/receipt.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"

#include <memory>
#include <utility>

namespace epode {

class Host;

class Arrival {
public:
    Arrival(Host& on, Stanza what, Ref<Receipt> proof = {}, std::unique_ptr<Batch> writes = {})
        : host(on), stanza(std::move(what)), receipt_(std::move(proof)), batch_(std::move(writes)) {}

    Host& host; ///< whose service it is
    const Stanza stanza;

    /// What must be durable before the sender's acknowledgement; what the sender's half wrote is in it already.
    Batch& batch() {
        if (!batch_) batch_ = std::make_unique<Batch>();
        return *batch_;
    }
    const Ref<Receipt>& receipt() const noexcept { return receipt_; }

private:
    friend class Router;
    Ref<Receipt> receipt_;
    std::unique_ptr<Batch> batch_;
};

} // namespace epode
