// SPDX-License-Identifier: MIT
// XEP-0424: somebody takes back what he has said; and what is left of it in an archive.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep {

inline constexpr std::string_view retract_ns = "urn:xmpp:message-retract:1";
inline constexpr std::string_view tombstone_feature = "urn:xmpp:message-retract:1#tombstone";

/// <retract/>: the id of the message that is taken back.
struct Retract {
    static constexpr std::string_view ns = retract_ns;
    static constexpr std::string_view name = "retract";

    std::string id;

    Retract() = default;
    explicit Retract(std::string given) : id(std::move(given)) {}

    /// The id is required.
    static Result<Retract> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Retract&) const = default;
};

/// <retracted/>: stands where the content of a message was.
struct Retracted {
    static constexpr std::string_view ns = retract_ns;
    static constexpr std::string_view name = "retracted";

    std::string id; ///< of the message that took it back
    std::optional<WallTime> stamp;

    Retracted() = default;
    Retracted(std::string given, WallTime when) : id(std::move(given)), stamp(when) {}

    static Result<Retracted> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Retracted&) const = default;
};

/// Who said the message, to whom and under which ids; and in place of its content that it was taken back.
Stanza tombstone(const Stanza& message, const Retracted& mark);

} // namespace epode::xep
