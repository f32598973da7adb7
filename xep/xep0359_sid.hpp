// SPDX-License-Identifier: MIT
// XEP-0359: the id an account or room gave a message (stanza-id), and the one its sender gave it (origin-id).
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep {

inline constexpr std::string_view sid_ns = "urn:xmpp:sid:0";

struct StanzaId {
    static constexpr std::string_view ns = sid_ns;
    static constexpr std::string_view name = "stanza-id";

    std::string id;
    Jid by;

    StanzaId() = default;
    StanzaId(std::string given, Jid who) : id(std::move(given)), by(std::move(who)) {}

    /// Both attributes are required (section 3, rules 5 and 6).
    static Result<StanzaId> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const StanzaId&) const = default;
};

struct OriginId {
    static constexpr std::string_view ns = sid_ns;
    static constexpr std::string_view name = "origin-id";

    std::string id;

    OriginId() = default;
    explicit OriginId(std::string given) : id(std::move(given)) {}

    static Result<OriginId> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const OriginId&) const = default;
};

/// The id that `by` gave the stanza; null where it gave none.
std::optional<std::string> stanza_id(const Stanza& stanza, const Jid& by);
/// The sender's own id, "" where there is none.
std::string origin_id(const Stanza& stanza);
/// Without every stanza-id in the name of `by` (section 3, rule 2). The same stanza where there is none.
Stanza without_stanza_id(const Stanza& stanza, const Jid& by);
/// With exactly this id of `id.by`: others in its name are dropped; the same stanza where it has it already.
Stanza with_stanza_id(const Stanza& stanza, const StanzaId& id);

} // namespace epode::xep
