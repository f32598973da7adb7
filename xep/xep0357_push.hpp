// SPDX-License-Identifier: MIT
// XEP-0357: a client has its server tell a push service when there is something for it.
#pragma once

#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0004_forms.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace epode::xep::push {

inline constexpr std::string_view ns = "urn:xmpp:push:0";
inline constexpr std::string_view summary_form = "urn:xmpp:push:summary"; ///< FORM_TYPE

/// Section 5.
struct Enable {
    static constexpr std::string_view ns = push::ns;
    static constexpr std::string_view name = "enable";

    Jid service;
    std::string node;            ///< "" where none is named
    std::optional<Form> options; ///< what the service wants to see with each notification

    Enable() = default;
    static std::expected<Enable, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// Section 6.
struct Disable {
    static constexpr std::string_view ns = push::ns;
    static constexpr std::string_view name = "disable";

    Jid service;
    std::optional<std::string> node; ///< null: all of that service

    Disable() = default;
    static std::expected<Disable, StanzaError> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// The form in a notification (section 12.3).
struct Summary {
    std::optional<std::uint64_t> messages; ///< unread or undelivered
    std::optional<std::uint64_t> requests; ///< pending subscriptions
    Jid sender;                            ///< of the last message; null: not told
    std::string body;                      ///< of the last message; "": not told

    Summary() = default;
    void encode(xml::Builder& builder) const;
};

/// Whether it says that this account may not publish to that node any more (section 8).
bool withdraws(const Stanza& message, const Jid& account, std::string_view node);

} // namespace epode::xep::push
