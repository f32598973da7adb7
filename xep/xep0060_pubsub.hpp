// SPDX-License-Identifier: MIT
// XEP-0060: what is asked of a publish-subscribe service (by anybody: Request, by a node's owner: OwnerRequest), what
// it answers and what it tells its subscribers. Also the language of PEP (XEP-0163).
#pragma once

#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0004_forms.hpp"
#include "xep/xep0059_rsm.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace epode::xep::pubsub {

inline constexpr std::string_view ns = "http://jabber.org/protocol/pubsub";
inline constexpr std::string_view owner_ns = "http://jabber.org/protocol/pubsub#owner";
inline constexpr std::string_view event_ns = "http://jabber.org/protocol/pubsub#event";
inline constexpr std::string_view errors_ns = "http://jabber.org/protocol/pubsub#errors";
/// FORM_TYPEs.
inline constexpr std::string_view config_form = "http://jabber.org/protocol/pubsub#node_config";
inline constexpr std::string_view options_form = "http://jabber.org/protocol/pubsub#publish-options";
inline constexpr std::string_view metadata_form = "http://jabber.org/protocol/pubsub#meta-data";

enum class Affiliation : std::uint8_t { none = 0, owner = 1, publisher = 2, publish_only = 3, member = 4, outcast = 5 };
std::string_view name(Affiliation affiliation) noexcept;
std::optional<Affiliation> affiliation(std::string_view text) noexcept;

/// An error with a condition of this protocol beside the stanza's ("precondition-not-met"); for `unsupported` with the
/// feature's name.
StanzaError refusal(Condition condition, std::string_view own, std::string text = {});
StanzaError unsupported(std::string_view feature);

struct Item {
    static constexpr std::string_view name = "item";

    std::string id;        ///< "" where the service shall choose one
    std::string publisher; ///< in events and answers, where it is told
    xml::Fragment payload; ///< null where there is none

    Item() = default;
    explicit Item(std::string which, xml::Fragment inside = {}) : id(std::move(which)), payload(std::move(inside)) {}
    void encode(xml::Builder& builder) const;
};

// ---- What anybody may ask -----------------------------------------------------------------------------------------

/// 7.1; no item at all where the node is for bare notifications.
struct Publish {
    std::string node;
    std::vector<Item> items;
    std::optional<Form> options; ///< 7.1.5
};
/// 7.2
struct Retract {
    std::string node;
    bool notify = false;
    std::vector<std::string> ids;
};
/// 6.5
struct Items {
    std::string node, subid;
    std::optional<std::uint64_t> max;
    std::vector<std::string> ids;
    rsm::Request page;
};
/// 8.1; without a name the service chooses one.
struct Create {
    std::string node;
    std::optional<Form> configuration;
};
/// 6.1, 6.2
struct Subscribe {
    std::string node;
    Jid jid;
    std::optional<Form> options;
};
struct Unsubscribe {
    std::string node;
    Jid jid;
    std::string subid;
};
/// 5.6, 5.7; "" for those of all nodes.
struct Subscriptions {
    std::string node;
};
struct Affiliations {
    std::string node;
};

struct Request {
    static constexpr std::string_view ns = pubsub::ns;
    static constexpr std::string_view name = "pubsub";
    using Action = std::variant<Publish, Retract, Items, Create, Subscribe, Unsubscribe, Subscriptions, Affiliations>;

    Action action;

    explicit Request(Action what) : action(std::move(what)) {}
    /// The error has the condition that its chapter names (nodeid-required, invalid-jid, …).
    static std::expected<Request, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    /// Whether it comes in a set.
    bool changes() const noexcept;
};

// ---- What a node's owner may ask ----------------------------------------------------------------------------------

/// 8.2; without a form it asks for one.
struct Configure {
    std::string node;
    std::optional<Form> form;
};
/// 8.3
struct Default {};
/// 8.4, 8.5
struct Delete {
    std::string node, redirect;
};
struct Purge {
    std::string node;
};
struct Affiliate {
    Jid jid;
    Affiliation affiliation = Affiliation::none;
};
/// 8.9; in a get without a list.
struct Affiliates {
    std::string node;
    std::vector<Affiliate> list;
};
struct Subscriber {
    Jid jid;
    std::string subid;
    bool subscribed = true;
};
/// 8.8
struct Subscribers {
    std::string node;
    std::vector<Subscriber> list;
};

struct OwnerRequest {
    static constexpr std::string_view ns = owner_ns;
    static constexpr std::string_view name = "pubsub";
    using Action = std::variant<Configure, Default, Delete, Purge, Affiliates, Subscribers>;

    Action action;

    explicit OwnerRequest(Action what) : action(std::move(what)) {}
    static std::expected<OwnerRequest, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool changes() const noexcept;
};

// ---- What subscribers hear ----------------------------------------------------------------------------------------

/// The <event/> of a notification.
struct Event {
    static constexpr std::string_view ns = event_ns;
    static constexpr std::string_view name = "event";
    enum class Kind : std::uint8_t { items, purged, deleted, configured };

    Kind kind = Kind::items;
    std::string node;
    std::vector<Item> items;           ///< published
    std::vector<std::string> retracts; ///< taken back
    std::optional<Form> form;          ///< of `configured`
    std::string redirect;              ///< of `deleted`

    Event() = default;
    Event(Kind what, std::string where) : kind(what), node(std::move(where)) {}
    static Result<Event> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep::pubsub
