// SPDX-License-Identifier: MIT
// XEP-0377: why somebody blocks an address, told to the server with the block.
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0359_sid.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

struct Report {
    static constexpr std::string_view ns = "urn:xmpp:reporting:1";
    static constexpr std::string_view name = "report";

    Jid about;          ///< of the item that it lies in
    std::string reason; ///< "urn:xmpp:reporting:spam", "urn:xmpp:reporting:abuse", ...
    std::string text;   ///< the first one, where there are several languages
    std::vector<StanzaId> messages;
    bool to_origin = false;   ///< may be forwarded to the server the messages came from
    bool third_party = false; ///< may be forwarded to others

    Report() = default;
    /// What is wrong is left out, but for the reason: without one it is no report.
    static Result<Report> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// The reports among the items of a `<block/>` (XEP-0191).
std::vector<Report> reports_in(xml::Element block);

} // namespace epode::xep
