// SPDX-License-Identifier: MIT
// Stanza: a message, presence or iq: a Document, a sender and a recipient. `from` and `to` are not in the bytes, so
// re-addressing is two pointer assignments and a thousand recipients share one payload. Immutable: to change a stanza
// is to make another.
#pragma once

#include "core/jid.hpp"
#include "core/xml/builder.hpp"
#include "core/xml/element.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace epode {

namespace ns {
inline constexpr std::string_view client = "jabber:client";
inline constexpr std::string_view server = "jabber:server";
inline constexpr std::string_view streams = "http://etherx.jabber.org/streams";
inline constexpr std::string_view stream_errors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr std::string_view stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";
} // namespace ns

/// RFC 6120 8.3.3, in its order.
enum class Condition : std::uint8_t {
    bad_request,
    conflict,
    feature_not_implemented,
    forbidden,
    gone,
    internal_server_error,
    item_not_found,
    jid_malformed,
    not_acceptable,
    not_allowed,
    not_authorized,
    policy_violation,
    recipient_unavailable,
    redirect,
    registration_required,
    remote_server_not_found,
    remote_server_timeout,
    resource_constraint,
    service_unavailable,
    subscription_required,
    undefined_condition,
    unexpected_request,
};
enum class ErrorType : std::uint8_t { auth, cancel, continue_, modify, wait };

std::string_view name(Condition condition) noexcept; ///< "bad-request"
std::string_view name(ErrorType type) noexcept;      ///< "modify"
ErrorType usual_type(Condition condition) noexcept;  ///< the type RFC 6120 8.3.3 recommends
int legacy_code(Condition condition) noexcept;       ///< XEP-0086

/// What goes into an <error/>: condition, type, a sentence, perhaps an application condition.
struct StanzaError {
    Condition condition;
    ErrorType type;
    std::string text;          ///< for people; "" for none
    xml::Fragment application; ///< an element of another namespace, such as <blocked xmlns='urn:xmpp:blocking:errors'/>
    std::string detail;        ///< content of <gone/> and <redirect/>: a URI
    Jid by;                    ///< who says so, where it is not whom the stanza was sent to (RFC 6120 8.3.2)

    explicit StanzaError(Condition c, std::string sentence = {})
        : condition(c), type(usual_type(c)), text(std::move(sentence)) {}
    StanzaError(Condition c, ErrorType t, std::string sentence = {})
        : condition(c), type(t), text(std::move(sentence)) {}
    StanzaError with(xml::Fragment element) && {
        application = std::move(element);
        return std::move(*this);
    }
    /// Writes <error type= code=>…</error> into the open element of `builder`. XEP-0086's code stands beside the
    /// condition.
    void write(xml::Builder& builder) const;
};

class Stanza {
public:
    enum class Kind : std::uint8_t { message, presence, iq, other };

    Stanza() noexcept = default;
    Stanza(Ref<xml::Document> document, Jid from, Jid to) noexcept;
    /// From a standalone element that has from and to as attributes (storage, forwarded stanzas, tests): takes them
    /// out.
    static Result<Stanza> from_element(xml::Element element);

    explicit operator bool() const noexcept { return static_cast<bool>(document_); }
    xml::Element root() const noexcept { return xml::Element::root(document_); }
    const Ref<xml::Document>& document() const noexcept { return document_; }
    const Jid& from() const noexcept { return from_; }
    const Jid& to() const noexcept { return to_; }
    Kind kind() const noexcept { return kind_; }
    bool is_message() const noexcept { return kind_ == Kind::message; }
    bool is_presence() const noexcept { return kind_ == Kind::presence; }
    bool is_iq() const noexcept { return kind_ == Kind::iq; }
    xml::Text id() const { return root().attr("id"); }
    /// The type attribute as it stands ("" where absent: normal for a message, available for a presence).
    xml::Text type() const { return root().attr("type"); }
    bool is_error() const { return type() == "error"; }

    /// The same bytes for another recipient or from another sender.
    Stanza to(Jid recipient) const { return addressed(from_, std::move(recipient)); }
    Stanza from(Jid sender) const { return addressed(std::move(sender), to_); }
    Stanza addressed(Jid sender, Jid recipient) const {
        return {document_, std::move(sender), std::move(recipient), kind_};
    }
    /// A new stanza with `child` appended, or with the children for which `drop(Element)` is true left out.
    Stanza with_child(xml::Element child) const;
    template <typename Drop> Stanza without_children(Drop drop) const;

    /// Size of what `write` appends when the stanza goes out in `jabber:client`.
    std::size_t wire_size() const noexcept;
    /// Appends head (`<message from='…' to='…'`) and tail.
    void write(std::string& out) const;
    /// Writes the whole stanza, with from, to and xmlns, into another document (forwarded copies, storage).
    void write(xml::Builder& builder) const;
    /// As `write(Builder)`, as a string: for storage and logs. `from_bytes` is its inverse.
    std::string bytes() const;
    static Result<Stanza> from_bytes(std::string_view bytes);

private:
    Stanza(Ref<xml::Document> document, Jid from, Jid to, Kind kind) noexcept
        : document_(std::move(document)), from_(std::move(from)), to_(std::move(to)), kind_(kind) {}

    Ref<xml::Document> document_;
    Jid from_;
    Jid to_;
    Kind kind_ = Kind::other;
};

/// An error answer to `to_what`, from its recipient to its sender, same kind and id. The offending payload is not sent
/// back. Null for what must not be answered (an error, an iq result, a stanza without a sender).
Stanza error_reply(const Stanza& to_what, const StanzaError& error);
/// `<iq type='result'>` answering `query`; `payload` may be null.
Stanza result_reply(const Stanza& query, xml::Element payload = {});

template <typename Drop> Stanza Stanza::without_children(Drop drop) const {
    bool any = false;
    for (xml::Element child : root().children()) any = any || drop(child);
    if (!any) return *this;
    // Text between children of a stanza carries nothing (RFC 6120 8.1: stanzas have no mixed content).
    xml::Builder builder;
    builder.open_like(root());
    for (xml::Element child : root().children())
        if (!drop(child)) builder.append(child);
    return {builder.close().finish(), from_, to_};
}

} // namespace epode
