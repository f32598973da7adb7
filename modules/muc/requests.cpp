// SPDX-License-Identifier: MIT
// Queries to a room: roles and affiliations, configuration, registration, its vCard, what is taken back.
#include "modules/muc/muc.hpp"

namespace epode::muc {

Reply Muc::nowhere() { return error(Condition::item_not_found, "no such room"); }

/// Section 8.2 has the order: on disk, to those who go, the answer, to everybody else.
Task<Reply> Muc::finish(RoomPtr room, Result<Deed, StanzaError> outcome) {
    if (!outcome) co_return error(std::move(outcome).error());
    const auto deed = std::make_shared<Deed>(std::move(*outcome));
    if (!deed->batch.empty()) {
        try {
            co_await host.commit(std::move(deed->batch));
        } catch (...) {
            room->undo(*deed);
            throw;
        }
    }
    room->remove(*deed);
    // After the batch, which has rows of the same archive. If it fails nobody is told, and whoever asked may do it
    // again.
    if (deed->tombstone) co_await bury(room, *deed->retracted, deed->tombstone);
    rooms_.note(*room);
    co_return result(deed->answer).then([room, deed] { room->tell(*deed); });
}

Task<Reply> Muc::list(Iq iq, xep::muc::Admin asked) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    co_return room ? room->list(iq.from(), asked.items.front()) : nowhere();
}
Task<Reply> Muc::change(Iq iq, xep::muc::Admin asked) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    co_return co_await finish(room, room->change(iq.from(), asked.items));
}
Task<Reply> Muc::form(Iq iq, xep::muc::Owner) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    co_return room ? room->form(iq.from()) : nowhere();
}
Task<Reply> Muc::configure(Iq iq, xep::muc::Owner submitted) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    if (room->affiliation(iq.from()) != Affiliation::owner) co_return error(Condition::forbidden);
    if (submitted.destroy) co_return co_await destroy(room, *submitted.destroy);
    if (!submitted.form) co_return error(Condition::bad_request, "a form is submitted or cancelled here");
    if (submitted.form->type == xep::Form::Type::cancel) {
        // Section 10.1.3: it was never made.
        if (room->locked()) co_return co_await destroy(room, xep::muc::Destroy());
        co_return result();
    }
    if (submitted.form->type != xep::Form::Type::submit) co_return error(Condition::bad_request);
    co_return co_await finish(room, room->configure(iq.from(), *submitted.form));
}
Task<Reply> Muc::destroy(RoomPtr room, xep::muc::Destroy how) {
    if (room->configuration().persistent) {
        room->set_ending(true);
        Batch batch;
        records_.erase(batch, room->jid());
        records_.erase_archive(batch, room->jid(), room->archive_owner());
        try {
            co_await host.commit(std::move(batch));
        } catch (...) {
            room->set_ending(false);
            throw;
        }
    }
    Change why;
    why.destroy = std::move(how);
    room->close(std::move(why));
    rooms_.note(*room);
    co_return result();
}

Task<Reply> Muc::registration(Iq iq, xep::muc::Registration) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    co_return room ? room->registration(iq.from()) : nowhere();
}
Task<Reply> Muc::enroll(Iq iq, xep::muc::Registration submitted) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    co_return co_await finish(room, room->enroll(iq.from(), submitted));
}

Task<Reply> Muc::issue_token(Iq iq, xep::TokenRequest wanted) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    const auto longest =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(*token_life_).count());
    co_return co_await finish(room, room->issue_token(iq.from(), wanted, longest));
}
Task<Reply> Muc::list_tokens(Iq iq, xep::TokenList) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    co_return room ? room->list_tokens(iq.from()) : nowhere();
}
Task<Reply> Muc::revoke_token(Iq iq, xep::TokenRevocation revoked) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    co_return co_await finish(room, room->revoke_token(iq.from(), revoked));
}

Task<Reply> Muc::vcard(Iq iq, xep::VCard) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room || !room->vcard()) co_return error(Condition::item_not_found);
    co_return result(*room->vcard());
}
Task<Reply> Muc::set_vcard(Iq iq, xep::VCard given) {
    const RoomPtr room = co_await room_for(iq.stanza().to(), iq.from());
    if (!room) co_return nowhere();
    if (given.size() > *max_vcard_) co_return error(Condition::policy_violation, "the vCard is too large");
    co_return co_await finish(room, room->set_vcard(iq.from(), given));
}

} // namespace epode::muc
