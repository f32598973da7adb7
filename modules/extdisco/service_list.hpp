// SPDX-License-Identifier: MIT
// The option `services`: what is announced, as URIs in the manner of RFC 7064 and 7065, between spaces:
//
//     stun:stun.example.org turn:relay.example.org:3478?transport=udp;ttl=12h turns:[2001:db8::1]?name=Over%20TLS
#pragma once

#include "core/config/value.hpp"
#include "xep/xep0215_extdisco.hpp"

#include <optional>
#include <string>
#include <vector>

namespace epode::extdisco {

struct Offer {
    xep::extdisco::Service service; ///< without credentials
    std::optional<Duration> ttl;    ///< of credentials, where it is not the usual one

    Offer() = default;
    bool same_place(const Offer& other) const noexcept {
        return service.type == other.service.type && service.host == other.service.host &&
               service.port == other.service.port && service.transport == other.service.transport;
    }
};

struct ServiceList {
    std::vector<std::string> uris; ///< as they were written
    std::vector<Offer> offers;     ///< one for each

    ServiceList() = default;
};

Result<Offer> parse_service(std::string_view uri);

} // namespace epode::extdisco

template <> struct epode::config::TextOf<epode::extdisco::ServiceList> {
    static std::string kind() { return "services (type:host:port?transport=udp;ttl=12h)"; }
    static Result<extdisco::ServiceList> parse(std::string_view text);
    static std::string print(const extdisco::ServiceList& value) { return join(value.uris, " "); }
};
