// SPDX-License-Identifier: MIT
// XEP-0077: making, changing and giving up an account in band. A submission may come as the plain fields or as a data
// form (XEP-0004), which takes precedence (section 5); both decode to the same thing.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep {

struct Register {
    static constexpr std::string_view ns = "jabber:iq:register";
    static constexpr std::string_view name = "query";
    static constexpr std::string_view feature_ns = "http://jabber.org/features/iq-register";

    std::string instructions;
    bool registered = false;
    std::optional<std::string> username; ///< null: not there; "": an empty element (a field to fill in)
    std::optional<Secret> password;
    bool remove = false;
    bool only_remove = false; ///< <remove/> is the only child (section 3.2)
    bool form = false;        ///< asked: offer a data form beside the fields; given: it came as one

    Register() = default;

    /// Fields we do not ask for are ignored. An error where an enclosed data form is none.
    static Result<Register> decode(xml::Element element);
    /// Writes what a server answers to a get: the fields, and with `form` the same as a data form.
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep
