// SPDX-License-Identifier: MIT
// The phases a stanza passes, on the sender's shard (outgoing) and again on the recipient's (incoming), and what a hook
// may answer. Order inside a phase must not matter: it is by module name in production and shuffled in tests. If two
// hooks of one phase need an order, a phase is missing.
//
// Outgoing, for what a client of this server says: admit, amend, store, copy, notify. Incoming, for what reaches an
// account: admit, amend, then for messages and presence store, copy, deliver, perhaps undelivered, notify; queries go
// to their handlers after amend, and those to oneself at once. Stanzas for a service pass no incoming half (Service in
// core/module.hpp). A hook that throws is logged; up to and with `store` the stanza is then refused.
#pragma once

#include "core/stanza.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace epode {

class Passage;

/// What a hook that decides says. The strictest answer of a phase wins: drop over refuse over take over pass.
class Verdict {
public:
    enum class Kind : std::uint8_t { pass, take, refuse, drop };

    static Verdict pass() noexcept { return Verdict(Kind::pass); }
    /// "I have it": only in `deliver` and `undelivered`.
    static Verdict take() noexcept { return Verdict(Kind::take); }
    /// The sender gets this error (nobody does where errors must not be answered).
    static Verdict refuse(StanzaError error) {
        Verdict verdict(Kind::refuse);
        verdict.error_ = std::make_unique<StanzaError>(std::move(error));
        return verdict;
    }
    /// Silently gone.
    static Verdict drop() noexcept { return Verdict(Kind::drop); }

    Kind kind() const noexcept { return kind_; }
    const StanzaError* error() const noexcept { return error_.get(); }
    bool stricter_than(const Verdict& other) const noexcept { return kind_ > other.kind_; }

private:
    explicit Verdict(Kind kind) noexcept : kind_(kind) {}
    Kind kind_;
    std::unique_ptr<StanzaError> error_;
};

namespace phase {

// Each phase is a type, so that `on(phase::copy, &M::f)` checks f's signature.
template <int Index, typename Answer, typename Argument> struct Phase {
    static constexpr int index = Index;
    using answer = Answer;
    using argument = Argument;
};

/// May it pass? Every hook runs; the strictest verdict wins.
inline constexpr Phase<0, Verdict, const Passage&> admit;
/// What must change? Sets `passage.stanza`.
inline constexpr Phase<1, void, Passage&> amend;
/// Targets are chosen now (core). Keep it: add to `passage.batch()`.
inline constexpr Phase<2, void, Passage&> store;
/// Who else sees it? Sends copies.
inline constexpr Phase<3, void, Passage&> copy;
/// Hand over. A hook that takes it replaces core's delivery (subscriptions, probes).
inline constexpr Phase<4, Verdict, Passage&> deliver;
/// Nobody was there. If no hook takes it, core bounces.
inline constexpr Phase<5, Verdict, Passage&> undelivered;
/// What follows, after the outcome is known.
inline constexpr Phase<6, void, const Passage&> notify;
inline constexpr int count = 7;
/// By index.
inline constexpr std::string_view names[count] = {"admit",   "amend",       "store", "copy",
                                                  "deliver", "undelivered", "notify"};

} // namespace phase
} // namespace epode
