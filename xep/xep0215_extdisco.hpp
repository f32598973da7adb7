// SPDX-License-Identifier: MIT
// XEP-0215: services outside of XMPP (STUN, TURN) that a server knows of, and credentials for them.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep::extdisco {

inline constexpr std::string_view ns = "urn:xmpp:extdisco:2";

struct Service {
    std::string host; ///< a name or an address; never empty
    std::string type; ///< "stun", "turn", ...; never empty
    std::optional<std::uint16_t> port;
    std::string transport; ///< "udp" or "tcp"; "" where nothing is said
    std::string label;     ///< `name`, for people
    std::string username;
    std::string password;
    std::optional<WallTime> expires;
    std::string action;      ///< of a push: "add", "delete", "modify"
    bool restricted = false; ///< credentials are needed

    Service() = default;
    /// An error without host or type, and where port, expiry or restriction cannot be read.
    static Result<Service> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// <services/>: all of them, or those of a type.
struct Services {
    static constexpr std::string_view ns = extdisco::ns;
    static constexpr std::string_view name = "services";

    std::string type; ///< "" for all
    std::vector<Service> services;

    Services() = default;
    static Result<Services> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

/// <credentials/>: for the services that it names by host and type, perhaps port.
struct Credentials {
    static constexpr std::string_view ns = extdisco::ns;
    static constexpr std::string_view name = "credentials";

    std::vector<Service> services; ///< at least one

    Credentials() = default;
    static Result<Credentials> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep::extdisco
