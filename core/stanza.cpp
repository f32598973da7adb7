// SPDX-License-Identifier: MIT
// Stanzas and the errors that answer them (RFC 6120 section 8).
#include "core/stanza.hpp"

#include "core/xml/parser.hpp"
#include "core/xml/scan.hpp"

namespace epode {

namespace {

struct ConditionRow {
    std::string_view name;
    ErrorType type; // RFC 6120 8.3.3
    int code;       // XEP-0086, which is older than policy-violation: that gets the code of the nearest one it knows
};

constexpr ConditionRow conditions[] = {
    {"bad-request", ErrorType::modify, 400},
    {"conflict", ErrorType::cancel, 409},
    {"feature-not-implemented", ErrorType::cancel, 501},
    {"forbidden", ErrorType::auth, 403},
    {"gone", ErrorType::cancel, 302},
    {"internal-server-error", ErrorType::cancel, 500},
    {"item-not-found", ErrorType::cancel, 404},
    {"jid-malformed", ErrorType::modify, 400},
    {"not-acceptable", ErrorType::modify, 406},
    {"not-allowed", ErrorType::cancel, 405},
    {"not-authorized", ErrorType::auth, 401},
    {"policy-violation", ErrorType::modify, 406},
    {"recipient-unavailable", ErrorType::wait, 404},
    {"redirect", ErrorType::modify, 302},
    {"registration-required", ErrorType::auth, 407},
    {"remote-server-not-found", ErrorType::cancel, 404},
    {"remote-server-timeout", ErrorType::wait, 504},
    {"resource-constraint", ErrorType::wait, 500},
    {"service-unavailable", ErrorType::cancel, 503},
    {"subscription-required", ErrorType::auth, 407},
    {"undefined-condition", ErrorType::cancel, 500},
    {"unexpected-request", ErrorType::wait, 400},
};
static_assert(std::size(conditions) == static_cast<std::size_t>(Condition::unexpected_request) + 1);

const ConditionRow& row(Condition condition) noexcept { return conditions[static_cast<std::size_t>(condition)]; }

Stanza::Kind kind_of(xml::Element root) noexcept {
    if (root.ns() != ns::client) return Stanza::Kind::other;
    if (root.name() == "message") return Stanza::Kind::message;
    if (root.name() == "presence") return Stanza::Kind::presence;
    return root.name() == "iq" ? Stanza::Kind::iq : Stanza::Kind::other;
}

constexpr std::string_view from_begins = " from='", to_begins = " to='";

std::size_t address_size(std::string_view begins, const Jid& jid) noexcept {
    return jid ? begins.size() + jid.escaped().size() + 1 : 0;
}

void write_address(std::string& out, std::string_view begins, const Jid& jid) {
    if (!jid) return;
    out.append(begins).append(jid.escaped()).push_back('\'');
}

Result<Jid> address(const std::optional<xml::Text>& attribute) {
    return attribute ? Jid::parse(*attribute) : Result<Jid>(Jid());
}

/// Takes ` name='value'` off the front of `bytes` if it stands there; null when it does not.
std::optional<std::string_view> take_attr(std::string_view& bytes, std::string_view begins) {
    if (!bytes.starts_with(begins)) return std::nullopt;
    const auto end = bytes.find('\'', begins.size());
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = bytes.substr(begins.size(), end - begins.size());
    bytes.remove_prefix(end + 1);
    return value;
}

Result<Jid> escaped_address(const std::optional<std::string_view>& escaped) {
    if (!escaped) return Jid();
    if (!xml::scan::needs_unescape(*escaped)) return Jid::parse(*escaped);
    std::string plain;
    xml::scan::unescape(plain, *escaped);
    return Jid::parse(plain);
}

} // namespace

// ---- conditions ---------------------------------------------------------------------------------

std::string_view name(Condition condition) noexcept { return row(condition).name; }
ErrorType usual_type(Condition condition) noexcept { return row(condition).type; }
int legacy_code(Condition condition) noexcept { return row(condition).code; }

std::string_view name(ErrorType type) noexcept {
    switch (type) {
    case ErrorType::auth:
        return "auth";
    case ErrorType::cancel:
        return "cancel";
    case ErrorType::continue_:
        return "continue";
    case ErrorType::modify:
        return "modify";
    case ErrorType::wait:
        return "wait";
    }
    return "cancel";
}

void StanzaError::write(xml::Builder& builder) const {
    builder.open("error").attr("type", name(type)).attr("code", std::to_string(legacy_code(condition)));
    builder.attr_if("by", by.text());
    builder.leaf(name(condition), ns::stanzas, detail);
    if (!text.empty()) builder.open("text", ns::stanzas).attr("lang", "en", xml::xml_ns).text(text).close();
    builder.append(application).close();
}

// ---- a stanza -----------------------------------------------------------------------------------

Stanza::Stanza(Ref<xml::Document> document, Jid from, Jid to) noexcept
    : document_(std::move(document)), from_(std::move(from)), to_(std::move(to)) {
    if (document_) kind_ = kind_of(root());
}

Result<Stanza> Stanza::from_element(xml::Element element) {
    if (!element) return fail("there is no stanza");
    auto from = address(element.find_attr("from"));
    if (!from) return fail("from: " + from.error().text);
    auto to = address(element.find_attr("to"));
    if (!to) return fail("to: " + to.error().text);
    xml::Builder builder;
    builder.open_as(element).copy_attrs(element, {"from", "to"}).append_inner(element).close();
    return Stanza(builder.finish(), std::move(*from), std::move(*to));
}

Stanza Stanza::with_child(xml::Element child) const {
    xml::Builder builder;
    builder.open_like(root()).append_inner(root()).append(child).close();
    return {builder.finish(), from_, to_};
}

std::size_t Stanza::wire_size() const noexcept {
    if (!document_) return 0;
    return document_->bytes().size() + address_size(from_begins, from_) + address_size(to_begins, to_);
}

void Stanza::write(std::string& out) const {
    if (!document_) return;
    const std::string_view bytes = document_->bytes();
    const std::size_t head = 1 + root().name().size();
    out.append(bytes.substr(0, head));
    write_address(out, from_begins, from_);
    write_address(out, to_begins, to_);
    out.append(bytes.substr(head));
}

void Stanza::write(xml::Builder& builder) const {
    if (!document_) return;
    builder.open_as(root());
    if (from_) builder.attr("from", from_.text());
    if (to_) builder.attr("to", to_.text());
    builder.copy_attrs(root()).append_inner(root()).close();
}

std::string Stanza::bytes() const {
    std::string out;
    if (!document_) return out;
    const xml::Node& node = document_->node(0);
    const std::string_view bytes = document_->bytes();
    out.reserve(wire_size() + root().ns().size() + 9);
    out.append(bytes.substr(0, 1 + node.name_length));
    out.append(" xmlns='").append(root().ns()).append("'");
    write_address(out, from_begins, from_);
    write_address(out, to_begins, to_);
    out.append(bytes.substr(node.attributes()));
    return out;
}

Result<Stanza> Stanza::from_bytes(std::string_view bytes) {
    const std::size_t head = std::min(bytes.find_first_of(" />"), bytes.size());
    std::string_view rest = bytes.substr(head);
    const auto declared = take_attr(rest, " xmlns='");
    auto from = escaped_address(take_attr(rest, from_begins));
    auto to = escaped_address(take_attr(rest, to_begins));
    if (!from || !to) return fail("a stored stanza has a broken address");
    std::string canonical;
    canonical.reserve(bytes.size() + 9);
    canonical.append(bytes.substr(0, head));
    if (declared && *declared != ns::client) canonical.append(" xmlns='").append(*declared).append("'");
    canonical.append(rest);
    auto document = xml::from_canonical(canonical);
    if (!document) return fail("a stored stanza is not canonical XML");
    return Stanza(std::move(document), std::move(*from), std::move(*to));
}

// ---- answers ------------------------------------------------------------------------------------

Stanza error_reply(const Stanza& to_what, const StanzaError& error) {
    if (!to_what || to_what.kind() == Stanza::Kind::other || !to_what.from()) return {};
    if (to_what.is_error() || (to_what.is_iq() && to_what.type() == "result")) return {};
    xml::Builder builder;
    builder.open(to_what.root().name()).attr("type", "error");
    if (auto id = to_what.root().find_attr("id"))
        builder.attr("id", *id);
    else if (to_what.is_iq())
        builder.attr("id", ""); // RFC 6120 8.3.1 rule 3
    error.write(builder);
    return {builder.close().finish(), to_what.to(), to_what.from()};
}

Stanza result_reply(const Stanza& query, xml::Element payload) {
    xml::Builder builder;
    builder.open("iq").attr("type", "result").attr("id", query.id()).append(payload).close();
    return {builder.finish(), query.to(), query.from()};
}

} // namespace epode
