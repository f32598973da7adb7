// SPDX-License-Identifier: MIT
// RFC 3921 section 3: the request that once had to follow binding. RFC 6121 dropped it; binding makes the session.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <string_view>

namespace epode::xep {

struct SessionRequest {
    static constexpr std::string_view ns = "urn:ietf:params:xml:ns:xmpp-session";
    static constexpr std::string_view name = "session";

    SessionRequest() = default;
    static Result<SessionRequest> decode(xml::Element element) {
        if (!element.is(name, ns)) return fail("not a request for a session");
        return SessionRequest();
    }
    void encode(xml::Builder& builder) const { builder.open(name, ns).close(); }
};

} // namespace epode::xep
