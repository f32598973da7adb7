// SPDX-License-Identifier: MIT
// XEP-0313: questions to an archive and its answers; XEP-0441: what an account wants kept.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0059_rsm.hpp"
#include "xep/xep0297_forwarded.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep::mam {

inline constexpr std::string_view ns = "urn:xmpp:mam:2";
inline constexpr std::string_view extended = "urn:xmpp:mam:2#extended";
inline constexpr std::string_view groupchat_field = "urn:xmpp:mam:2#groupchat-field";
inline constexpr std::string_view fulltext_ns = "urn:xmpp:fulltext:0";              ///< XEP-0431
inline constexpr std::string_view fulltext_field = "{urn:xmpp:fulltext:0}fulltext"; ///< its field in the form

/// What is asked for (sections 4.1, 4.3). Without content, as it comes in a get, it asks for the form.
struct Query {
    static constexpr std::string_view ns = mam::ns;
    static constexpr std::string_view name = "query";

    std::string id;   ///< queryid
    std::string node; ///< of a pubsub archive (XEP-0442)
    Jid with;         ///< null: anybody
    std::optional<WallTime> start, end;
    std::optional<std::string> before_id, after_id;
    std::vector<std::string> ids;
    std::optional<bool> groupchat; ///< include-groupchat
    std::string text;              ///< what messages say (XEP-0431); "": anything
    rsm::Request page;
    bool flip = false;

    Query() = default;
    /// A field nobody knows is feature-not-implemented (4.1.5); of a known one that cannot be read, bad-request says
    /// which.
    static std::expected<Query, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Query&) const = default;
};

/// The form of 4.1.5, as the answer to a get.
struct QueryForm {
    void encode(xml::Builder& builder) const;
};

/// One message of an answer (4.2).
struct Item {
    static constexpr std::string_view ns = mam::ns;
    static constexpr std::string_view name = "result";

    std::string query, id;
    Forwarded message;

    static Result<Item> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// The end of an answer (4.3).
struct Fin {
    static constexpr std::string_view ns = mam::ns;
    static constexpr std::string_view name = "fin";

    bool complete = false;
    rsm::Page page;

    static Result<Fin> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Fin&) const = default;
};

/// Section 5: what an archive holds. Both ends, or neither for an empty one.
struct Metadata {
    static constexpr std::string_view ns = mam::ns;
    static constexpr std::string_view name = "metadata";
    struct End {
        std::string id;
        WallTime time;
        bool operator==(const End&) const = default;
    };

    std::optional<End> start, end;

    static Result<Metadata> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Metadata&) const = default;
};

/// XEP-0441.
struct Preferences {
    static constexpr std::string_view ns = mam::ns;
    static constexpr std::string_view name = "prefs";
    enum class Default : std::uint8_t { always, never, roster };

    Default otherwise = Default::always;
    std::vector<Jid> always, never; ///< once each

    static Result<Preferences> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Preferences&) const = default;
};
std::string_view name(Preferences::Default which) noexcept;

} // namespace epode::xep::mam
