// SPDX-License-Identifier: MIT
// The last step of the incoming half: to the chosen devices, or to where a message waits; and the way back to that step
// for what a device got and may not have had when it died.
#include "core/host.hpp"
#include "core/route/router.hpp"
#include "core/server.hpp"
#include "core/session/client_connection.hpp"
#include "core/shard/shard.hpp"

#include <algorithm>
#include <utility>

namespace epode {

namespace {

bool all_away(const std::vector<Session*>& targets) {
    return !targets.empty() && std::ranges::all_of(targets, [](const Session* each) { return each->detached(); });
}

} // namespace

void Passage::send_copy(Session& device, const Stanza& copy) {
    if (outgoing()) return device.send(copy); // the message itself is on its way to somebody else
    if (!device.connection_ || device.ended()) return;
    if (!copies_) copies_ = Ref<Copies>(new Copies(stanza));
    device.connection_->send_copy(copy.to() ? copy : copy.to(device.jid()), copies_);
}

/// What a dead session was sent and may not have had. It has been admitted, kept and copied before: now it only needs
/// to find another device or a place to wait.
void Router::recovered(Account& account, Parcel parcel) {
    if (parcel.stanza.is_iq()) // RFC 6121 8.5.3.2.3: the one who was asked is there no more
        return bounce(parcel.stanza, StanzaError(Condition::service_unavailable), std::move(parcel.receipt));
    Passage passage(account.host(), Direction::incoming, account, std::move(parcel.stanza));
    passage.receipt_ = std::move(parcel.receipt);
    passage.id = shard_.server().next_id(shard_);
    auto delivery = choose_targets(account, passage.stanza, parcel.skip_session);
    passage.targets = std::move(delivery.targets);
    hand_over(passage, delivery.otherwise);
    run_phase(account.host(), phase::notify.index, passage);
    finish(passage);
}

void Router::hand_over(Passage& passage, Delivery::Otherwise otherwise) {
    if (passage.stanza.is_message() && !passage.kept && all_away(passage.targets)) {
        // They have nothing but memory to keep it, and no archive has it: it waits where messages for nobody wait, and
        // comes to whoever is there first.
        auto targets = std::exchange(passage.targets, {});
        passage.taken = run_phase(passage.host, phase::undelivered.index, passage).kind() == Verdict::Kind::take;
        if (passage.taken) return;
        passage.targets = std::move(targets);
    }
    if (passage.targets.size() > 1 && passage.stanza.is_message() && !passage.copies_)
        passage.copies_ = Ref<Copies>(new Copies(passage.stanza));
    for (auto* target : passage.targets) {
        if (!target->connection_ || target->ended()) continue;
        target->connection_->deliver(passage.stanza, passage.receipt_, passage.copies_);
        ++passage.delivered;
    }
    if (passage.delivered > 0) return;
    if (otherwise == Delivery::Otherwise::refuse)
        return bounce(passage.stanza, StanzaError(Condition::service_unavailable), passage.receipt_);
    if (otherwise != Delivery::Otherwise::offline) return;
    const auto verdict = run_phase(passage.host, phase::undelivered.index, passage);
    switch (verdict.kind()) {
    case Verdict::Kind::take:
    case Verdict::Kind::drop:
        passage.taken = true;
        break;
    case Verdict::Kind::refuse:
        bounce(passage.stanza, *verdict.error(), passage.receipt_);
        break;
    case Verdict::Kind::pass:
        bounce(passage.stanza, StanzaError(Condition::service_unavailable), passage.receipt_);
        break;
    }
}

} // namespace epode
