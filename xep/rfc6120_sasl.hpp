// SPDX-License-Identifier: MIT
// RFC 6120 section 6: the elements of SASL negotiation. The mechanisms themselves are in core/session.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"
#include "core/xml/element.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace epode::xep::sasl {

inline constexpr std::string_view ns = "urn:ietf:params:xml:ns:xmpp-sasl";

/// 6.5, in its order.
enum class Condition : std::uint8_t {
    aborted,
    account_disabled,
    credentials_expired,
    encryption_required,
    incorrect_encoding,
    invalid_authzid,
    invalid_mechanism,
    malformed_request,
    mechanism_too_weak,
    not_authorized,
    temporary_auth_failure,
};
std::string_view name(Condition condition) noexcept; ///< "not-authorized"

/// `<auth mechanism='…'>initial response</auth>`; "=" is an initial response of no bytes (6.4.2).
struct Auth {
    std::string mechanism;
    std::optional<Bytes> initial;

    Auth() = default;
    /// Faults are invalid-mechanism and incorrect-encoding, as a <failure/> names them.
    static Result<Auth, Condition> decode(xml::Element auth);
};

/// Content of <response/>: no text and "=" are both no bytes.
Result<Bytes, Condition> decode_response(xml::Element response);

void write_mechanisms(xml::Builder& out, std::span<const std::string_view> mechanisms);
void write_challenge(xml::Builder& out, BytesView data);
/// Without data the element is empty.
void write_success(xml::Builder& out, BytesView data);
void write_failure(xml::Builder& out, Condition condition, std::string_view text = {});

} // namespace epode::xep::sasl
