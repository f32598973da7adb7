// SPDX-License-Identifier: MIT
// What can happen, as small typed structs. A module writes `on(&M::f)` and f's parameter says which event it hears.
//
// Four kinds. notify: `void f(const E&)`. filter and provide: `void f(E&)`, which change or add. decide: `Verdict
// f(const E&)`; every handler runs and the strictest verdict wins. `name` is the public name (modules/README.md maps
// them all).
//
// Where they run: what names a Session or an Account, on that account's shard; what names a stream (a Peer), on the
// shard that has the stream; what names only a Host, on each shard for its own instance, unless it says otherwise.
// Handlers do not wait (Module::start does); references and views are good until they return. A handler that throws is
// logged, and counts as a refusal with internal-server-error where something is decided.
#pragma once

#include "core/route/audience.hpp"
#include "core/route/iq.hpp"
#include "core/route/passage.hpp"
#include "core/session/session.hpp"
#include "core/stanza.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

enum class EventKind : std::uint8_t { notify, filter, decide, provide };

#define EPODE_EVENT(kind_, name_)                                                                                      \
    static constexpr EventKind kind = EventKind::kind_;                                                                \
    static constexpr std::string_view name = name_

// ---- Sessions -----------------------------------------------------------------------------------------------------

/// A client asks for a resource; refuse to deny it the session.
struct SessionBinding {
    EPODE_EVENT(decide, "session.bind");
    Account& account;
    std::string resource; ///< prepared; "" where the client left it to us
    const Peer& peer;
};
/// Bound, before anything is delivered to it.
struct SessionOpened {
    EPODE_EVENT(notify, "session.opened");
    Session& session;
};
/// A client is about to bind with XEP-0386 (`request` is its <bind/>): what an answer has to read before is added to
/// `waits`; the session comes when all of them have ended. What they throw is logged.
struct BindPreparing {
    EPODE_EVENT(provide, "bind2.prepare");
    const std::shared_ptr<Account>& account;
    xml::Element request;
    std::vector<Task<>>& waits;
};
/// It is bound: do what <bind/> asks of you and add your answer to `bound` (the <bound/> element is open). Before
/// session.opened; nothing may be sent to it yet.
struct BindInline {
    EPODE_EVENT(provide, "bind2.inline");
    Session& session;
    xml::Element request;
    xml::Builder& bound;
};
/// Gone for good, for this reason (a stream error's condition, or "" after a polite end); its unavailable presence has
/// been sent, it is no longer among the account's sessions.
struct SessionClosed {
    EPODE_EVENT(notify, "session.closed");
    Session& session;
    std::string_view reason;
};
/// The stream of a session that may be resumed (XEP-0198) has gone. The session is there as before to everybody, and
/// what it is sent waits, until SessionResumed or SessionClosed.
struct SessionDetached {
    EPODE_EVENT(notify, "session.detached");
    Session& session;
};
/// It has another stream. What the client has missed is on its way to it, before what is sent from now on.
struct SessionResumed {
    EPODE_EVENT(notify, "session.resumed");
    Session& session;
};
/// The client has the stanza that was sent with this cookie (Session::send_tracked).
struct SessionDelivered {
    EPODE_EVENT(notify, "session.delivered");
    Session& session;
    std::uint64_t cookie;
};
/// A stanza is about to be queued for a client that is inactive (Session::set_inactive): set `hold` and it waits. What
/// waits under the same `key` (0: none) goes without having been sent, since this one says how things are now.
struct StanzaSending {
    EPODE_EVENT(filter, "c2s.element_out");
    Session& session;
    const Stanza& stanza;
    bool hold = false;
    std::uint64_t key = 0;
};
/// The client has said that somebody looks at it again, or that nobody does (XEP-0352).
struct CsiActive {
    EPODE_EVENT(notify, "csi.active");
    Session& session;
};
struct CsiInactive {
    EPODE_EVENT(notify, "csi.inactive");
    Session& session;
};
/// Must an inactive client get this at once? Change `important`, which is what modules/csi thinks.
struct CsiIsImportant {
    EPODE_EVENT(filter, "csi.is_important");
    Session& session;
    const Stanza& stanza;
    bool important;
};
/// The entity capabilities (XEP-0115) of an available session are new or changed.
struct SessionCapsChanged {
    EPODE_EVENT(notify, "session.caps_changed");
    Session& session;
    xml::Element caps;
};

// ---- Streams ------------------------------------------------------------------------------------------------------

/// before_bind: after login, and again where a client is bound by then (XEP-0386).
enum class StreamPhase : std::uint8_t { before_tls, before_login, before_bind };
/// Stream features are being written: add children to `features` (the <stream:features/> element is open). Before TLS
/// only where it is not required.
struct StreamFeatures {
    EPODE_EVENT(provide, "c2s.features");
    Host& host;
    StreamPhase phase;
    const Peer& peer;
    xml::Builder& features;
};
/// What a client may ask for while it binds (XEP-0386) is being listed: xep::bind2::write_feature(features, …).
struct BindFeatures {
    EPODE_EVENT(provide, "bind2.features");
    Host& host;
    xml::Builder& features;
};
/// A top-level element of a bound stream that is no stanza, such as <active xmlns='urn:xmpp:csi:0'/>. Set `handled`, or
/// the stream ends with unsupported-stanza-type.
struct StreamElement {
    EPODE_EVENT(filter, "c2s.element");
    Session& session;
    xml::Element element;
    bool handled = false;
};
/// A stanza came in from a client: raise `pause` to read nothing from it for that long. Never drops anything.
struct RateCheck {
    EPODE_EVENT(filter, "rate.check");
    Session& session;
    std::size_t bytes;
    Duration pause{0};
};
/// A login is about to be tried; refuse to answer temporary-auth-failure.
struct SaslAttempt {
    EPODE_EVENT(decide, "sasl.attempt");
    Host& host;
    const Peer& peer;
    std::string_view mechanism;
};
/// The password, or whatever the mechanism asks for, was right; nothing is bound yet.
struct SaslSuccess {
    EPODE_EVENT(notify, "sasl.success");
    Host& host;
    const Peer& peer;
    const Jid& account;
    std::string_view mechanism;
};
/// A login failed with that condition (RFC 6120 6.5). `account` is null where the name was no address.
struct SaslFailure {
    EPODE_EVENT(notify, "sasl.failure");
    Host& host;
    const Peer& peer;
    const Jid& account;
    std::string_view mechanism;
    std::string_view condition;
};

// ---- Presence and roster ------------------------------------------------------------------------------------------

/// A client's own presence (no `to`), before anyone sees it: change it (avatar hash).
struct PresenceSelf {
    EPODE_EVENT(filter, "presence.self");
    Session& session;
    Stanza& presence;
};
/// The session has become available (RFC 6121 4.2).
struct PresenceInitial {
    EPODE_EVENT(notify, "presence.initial");
    Session& session;
    const Stanza& presence;
};
/// It sent another available presence (4.4).
struct PresenceChanged {
    EPODE_EVENT(notify, "presence.changed");
    Session& session;
    const Stanza& presence;
    int previous_priority;
};
/// It went unavailable or ended (4.5); `presence` has type unavailable. Also for a session that was never available but
/// sent directed presence.
struct PresenceGone {
    EPODE_EVENT(notify, "presence.gone");
    Session& session;
    const Stanza& presence;
    bool was_available;
};
/// A roster item was added, changed or removed.
struct RosterChanged {
    EPODE_EVENT(notify, "roster.changed");
    Account& account;
    const Jid& contact;
};
/// A contact's presence of a subscription type (RFC 6121 section 3) arrives: refuse or drop it before the roster
/// changes.
struct RosterSubscriptionIn {
    EPODE_EVENT(decide, "roster.subscription_in");
    Account& account;
    const Stanza& presence;
};
/// The same for one that the account sends.
struct RosterSubscriptionOut {
    EPODE_EVENT(decide, "roster.subscription_out");
    Account& account;
    const Stanza& presence;
};

// ---- Messages -----------------------------------------------------------------------------------------------------

/// Should this stanza be copied to the account's other devices? Refuse or drop: no.
struct CarbonsDecide {
    EPODE_EVENT(decide, "carbons.should_copy");
    const Passage& passage;
};
/// A message is about to be kept offline; refuse to bounce it, drop to lose it.
struct MessageOffline {
    EPODE_EVENT(decide, "message.offline");
    const Passage& passage;
};
/// A message is about to go into the archive of this half's account; refuse or drop: it does not.
struct ArchiveShouldStore {
    EPODE_EVENT(decide, "archive.should_store");
    const Passage& passage;
};
/// It is in the passage's batch, as `passage.id`.
struct ArchiveStored {
    EPODE_EVENT(notify, "archive.stored");
    const Passage& passage;
};

/// A room has said something that lasts (what its archive keeps, what those see who come later), or has taken it back,
/// and these are members of it (XEP-0045 section 5.2), in the room or not: once for a message and member, however many
/// clients he has. `host` and the members' homes are this host and shard; an account may be gone by now. No stanza is
/// on its way to those who are not in the room, unless they have asked for it (`copies`). Whoever keeps something for
/// them commits it by itself, and holds `message.receipt` until that is durable, if the sender's acknowledgement shall
/// wait for it.
struct RoomSaid {
    EPODE_EVENT(notify, "room.said");
    Host& host;
    const RoomMessage& message;
    std::span<const RoomMember> members;
};

// ---- Push (XEP-0357) ----------------------------------------------------------------------------------------------

/// A client wants a push service to be told; refuse with the error to answer.
struct PushRegister {
    EPODE_EVENT(decide, "push.register");
    Account& account;
    const Jid& service;
    std::string_view node;
    Session* session; ///< the client's
};
/// Something has come for a device that cannot be reached: a message, what a room has said, or a subscription request.
/// Change whether its push service is told, and whether that is urgent.
struct PushDecide {
    EPODE_EVENT(filter, "push.decide");
    Account& account;
    const Jid& service;
    std::string_view device; ///< its resource
    const Stanza& stanza;
    bool wanted;
    bool urgent; ///< a call, a mention
};
/// It is told: add elements to the <notification/> that is open.
struct PushPayload {
    EPODE_EVENT(provide, "push.payload");
    Account& account;
    const Jid& service;
    const Stanza& stanza;
    xml::Builder& notification;
};
/// What the service answered: the condition of its error, or "".
struct PushResult {
    EPODE_EVENT(notify, "push.result");
    Host& host;
    const Jid& account;
    const Jid& service;
    std::string_view condition;
};

// ---- Accounts -----------------------------------------------------------------------------------------------------

/// Someone wants a new account. Refuse with the error to answer. On the shard of whoever asks, as the next one.
struct UserRegistering {
    EPODE_EVENT(decide, "user.registering");
    Host& host;
    const Jid& account;
    const Peer* peer; ///< null for administration
};
/// It is made and durable.
struct UserRegistered {
    EPODE_EVENT(notify, "user.registered");
    Host& host;
    const Jid& account;
};
/// The account is being removed: it is resident, its sessions have ended; say goodbye to its contacts now. Its rows in
/// every Store are erased afterwards by core.
struct UserDeleting {
    EPODE_EVENT(notify, "user.deleting");
    Account& account;
};
/// All of its rows are erased; a new account of that name is another one. On the shard that was its home.
struct UserDeleted {
    EPODE_EVENT(notify, "user.deleted");
    Host& host;
    const Jid& account;
};
/// The new password is durable. On the shard of whoever changed it.
struct UserPasswordChanged {
    EPODE_EVENT(notify, "user.password_changed");
    Host& host;
    const Jid& account;
};

// ---- Discovery ----------------------------------------------------------------------------------------------------

/// disco#info (XEP-0030) is answered: add identities, features and forms. What is registered for the scope is there
/// already; for a service that is what its own module registered, and modules without a service.
struct DiscoInfo {
    EPODE_EVENT(provide, "disco.info");
    Host& host;
    Scope scope;
    const Jid& from;
    const Jid& target;
    std::string_view node;
    xml::Builder& query;     ///< <query/> is open
    bool known_node = false; ///< set it where `node` is yours; an unknown node is item-not-found
};
/// disco#items is answered: add <item/>s. The server's services are there already.
struct DiscoItems {
    EPODE_EVENT(provide, "disco.items");
    Host& host;
    Scope scope;
    const Jid& from;
    const Jid& target;
    std::string_view node;
    xml::Builder& query;     ///< <query/> is open
    bool known_node = false; ///< set it where `node` is yours; an unknown node is item-not-found
};

// ---- Server -------------------------------------------------------------------------------------------------------

/// All modules of the host are there, on this shard; its streams come later.
struct HostAdded {
    EPODE_EVENT(notify, "host.added");
    Host& host;
};
/// Streams are about to be ended with system-shutdown; what is sent now still goes out.
struct ServerStopping {
    EPODE_EVENT(notify, "server.stopping");
    Host& host;
};
/// Settings of this module's host have been replaced.
struct ConfigReloaded {
    EPODE_EVENT(notify, "config.reloaded");
    Host& host;
};

} // namespace epode
