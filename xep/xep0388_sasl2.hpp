// SPDX-License-Identifier: MIT
// XEP-0388: SASL2, the elements of a login in which everything else that a client needs may stand: binding, tokens,
// resumption. Those parts are their own specifications'; the mechanisms are in core/session.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"
#include "core/xml/element.hpp"
#include "xep/rfc6120_sasl.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep::sasl2 {

inline constexpr std::string_view ns = "urn:xmpp:sasl:2";

using sasl::Condition;

/// Which installation of which client this is. For its user and for logs only: others must not learn it.
struct UserAgent {
    std::string id; ///< the same for ever; "" where it does not say
    std::string software;
    std::string device;

    UserAgent() = default;
    bool operator==(const UserAgent&) const = default;
};

/// `<authenticate mechanism='…'>`; children of other namespaces are for whoever knows them.
struct Authenticate {
    static constexpr std::string_view ns = sasl2::ns;
    static constexpr std::string_view name = "authenticate";

    std::string mechanism;
    std::optional<Bytes> initial; ///< null: none; an empty element is a response of no bytes
    UserAgent agent;

    Authenticate() = default;
    /// Faults are invalid-mechanism, incorrect-encoding, and malformed-request for an agent that is none (its id is
    /// longer than `longest_id`); texts of it are cut at `longest_text`.
    static Result<Authenticate, Condition> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};
inline constexpr std::size_t longest_id = 64; ///< a UUID has 36
inline constexpr std::size_t longest_text = 128;

/// `<next task='…'>`: the task the client goes on with.
struct Next {
    static constexpr std::string_view ns = sasl2::ns;
    static constexpr std::string_view name = "next";

    std::string task;

    Next() = default;
    static Result<Next> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// Content of <response/>.
Result<Bytes, Condition> decode_response(xml::Element response);

void write_challenge(xml::Builder& out, BytesView data);
/// `detail` is an element of an application's own, closed: null for none.
void write_failure(xml::Builder& out, Condition condition, std::string_view text = {}, xml::Element detail = {});
/// `<additional-data>`, where there is any: inside <success/> and <continue/>.
void write_additional_data(xml::Builder& out, BytesView data);
void write_continue(xml::Builder& out, BytesView data, std::string_view task);

} // namespace epode::xep::sasl2
