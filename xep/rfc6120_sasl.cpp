// SPDX-License-Identifier: MIT
#include "xep/rfc6120_sasl.hpp"

#include "core/base/base64.hpp"

namespace epode::xep::sasl {

namespace {

/// Null for no text at all.
Result<std::optional<Bytes>, Condition> decode_data(xml::Element element) {
    const xml::Text text = element.text();
    if (text.empty()) return std::nullopt;
    if (text == "=") return Bytes();
    auto bytes = base64::decode(text);
    if (!bytes) return std::unexpected(Condition::incorrect_encoding);
    return bytes;
}

} // namespace

std::string_view name(Condition condition) noexcept {
    switch (condition) {
    case Condition::aborted:
        return "aborted";
    case Condition::account_disabled:
        return "account-disabled";
    case Condition::credentials_expired:
        return "credentials-expired";
    case Condition::encryption_required:
        return "encryption-required";
    case Condition::incorrect_encoding:
        return "incorrect-encoding";
    case Condition::invalid_authzid:
        return "invalid-authzid";
    case Condition::invalid_mechanism:
        return "invalid-mechanism";
    case Condition::malformed_request:
        return "malformed-request";
    case Condition::mechanism_too_weak:
        return "mechanism-too-weak";
    case Condition::not_authorized:
        return "not-authorized";
    case Condition::temporary_auth_failure:
        return "temporary-auth-failure";
    }
    return {};
}

Result<Auth, Condition> Auth::decode(xml::Element auth) {
    Auth read;
    read.mechanism = auth.attr("mechanism").str();
    if (read.mechanism.empty()) return std::unexpected(Condition::invalid_mechanism);
    auto data = decode_data(auth);
    if (!data) return std::unexpected(data.error());
    read.initial = std::move(*data);
    return read;
}

Result<Bytes, Condition> decode_response(xml::Element response) {
    auto data = decode_data(response);
    if (!data) return std::unexpected(data.error());
    return std::move(*data).value_or(Bytes());
}

void write_mechanisms(xml::Builder& out, std::span<const std::string_view> mechanisms) {
    out.open("mechanisms", ns);
    for (const std::string_view mechanism : mechanisms) out.leaf("mechanism", mechanism);
    out.close();
}

void write_challenge(xml::Builder& out, BytesView data) { out.leaf("challenge", ns, base64::encode(data)); }
void write_success(xml::Builder& out, BytesView data) { out.leaf("success", ns, base64::encode(data)); }

void write_failure(xml::Builder& out, Condition condition, std::string_view text) {
    out.open("failure", ns).open(name(condition)).close();
    if (!text.empty()) out.open("text").attr("lang", "en", xml::xml_ns).text(text).close();
    out.close();
}

} // namespace epode::xep::sasl
