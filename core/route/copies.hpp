// SPDX-License-Identifier: MIT
// Copies: one message that several devices of an account were sent, as itself or as a carbon. Whoever confirms it
// confirms it for all; the last one to end without that hands it on. So a device that dies neither loses the message
// nor shows it twice on the others.
#pragma once

#include "core/base/ref.hpp"
#include "core/stanza.hpp"

#include <cstdint>
#include <utility>

namespace epode {

class Copies final : public Counted<Copies> {
public:
    explicit Copies(Stanza message) : message_(std::move(message)) {}

    /// The account's shard only, like all of this class.
    void confirm() noexcept { confirmed_ = true; }
    bool confirmed() const noexcept { return confirmed_; }
    /// As it was delivered.
    const Stanza& message() const noexcept { return message_; }

    static void destroy(Copies* copies) noexcept { delete copies; }

private:
    ~Copies() = default;
    Stanza message_;
    bool confirmed_ = false;
};

} // namespace epode
