// SPDX-License-Identifier: MIT
// Acknowledgement: what of a client's stanzas is handled, in order: a stanza counts when its receipt and all earlier
// ones have ended. Serves XEP-0198's `h`, held IQ results, and pressure (a client with too much open is not read).
#pragma once

#include "core/base/clock.hpp"
#include "core/base/ring.hpp"
#include "core/route/receipt.hpp"
#include "core/stanza.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace epode {

namespace ns {
inline constexpr std::string_view sm = "urn:xmpp:sm:3"; ///< XEP-0198
} // namespace ns

class Acknowledgement {
public:
    /// A stanza came in; its number (from 1).
    std::uint32_t opened(const Stanza& stanza);
    /// Its receipt has ended. Returns the stanza when it failed (its sender gets an error), else null.
    Stanza ended(std::uint32_t number, bool failed);
    /// All stanzas up to this number have been handled.
    std::uint32_t handled() const noexcept { return handled_; }
    bool has_handled(std::uint32_t number) const noexcept { return static_cast<std::int32_t>(number - handled_) <= 0; }
    std::uint32_t received() const noexcept { return received_; }
    bool all_handled() const noexcept { return handled_ == received_; }
    std::size_t open() const noexcept { return open_.size(); }
    std::size_t open_bytes() const noexcept { return open_bytes_; }
    /// Gives memory back when nothing is open.
    void park() noexcept { open_.park(); }

    // ---- XEP-0198 -------------------------------------------------------------------------------------------------
    bool enabled() const noexcept { return enabled_; }
    /// Counting begins with the next stanza, both ways.
    void enable() noexcept {
        enabled_ = true;
        base_ = received_;
        early_ = static_cast<std::uint32_t>(open_.size());
    }
    /// The `h` for an <a/>, modulo 2^32.
    std::uint32_t h() const noexcept { return counting() ? handled_ - base_ : 0; }
    /// The peer said <a h='…'/>: how many more stanzas it has handled. `sent` counts ours since <enabled/>.
    std::uint32_t confirmed_by(std::uint32_t h) noexcept {
        const auto more = h - peer_h_;
        peer_h_ = h;
        return more;
    }
    std::uint32_t peer_h() const noexcept { return peer_h_; }
    /// Counting goes on from there: so many of the client's stanzas are handled, and it has so many of ours.
    void start_at(std::uint32_t h, std::uint32_t peer_h) noexcept {
        base_ = received_ - h;
        peer_h_ = sent = asked_at = peer_h;
    }
    /// Whether so many can have been handled: not fewer than before, not more than there were.
    bool may_confirm(std::uint32_t h) const noexcept { return h - peer_h_ <= sent - peer_h_; }
    /// The `h` for a <resumed/>. What has come and is not handled yet comes again, and `repeated` tells so.
    std::uint32_t repeat() noexcept {
        repeats_ = received_ - base_ - h();
        return h();
    }
    bool repeated() noexcept { return repeats_ > 0 && repeats_-- > 0; }
    std::uint32_t sent = 0;      ///< our counted stanzas since <enabled/>
    std::uint32_t asked_at = 0;  ///< `sent` when we last asked with <r/>
    Instant asked{};             ///< when that was
    bool answer_due = false;     ///< an <r/> waits for its <a/>
    Timers::Handle answer_timer; ///< it may not wait for ever

private:
    /// Whether all is handled that came before <enable/>.
    bool counting() const noexcept { return early_ == 0; }
    struct Open {
        Stanza stanza;
        std::uint32_t bytes = 0;
        bool done = false;
    };
    Ring<Open> open_;
    std::size_t open_bytes_ = 0;
    std::uint32_t received_ = 0;
    std::uint32_t handled_ = 0;
    std::uint32_t base_ = 0;
    std::uint32_t peer_h_ = 0;
    std::uint32_t repeats_ = 0;
    std::uint32_t early_ = 0; ///< open stanzas that came before <enable/>
    bool enabled_ = false;
};

} // namespace epode
