// SPDX-License-Identifier: MIT
#include "modules/extdisco/service_list.hpp"

#include <algorithm>
#include <charconv>

namespace epode::extdisco {
namespace {

constexpr Duration least_ttl = 1min;

bool is_type(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }) && text.front() >= 'a';
}

bool is_host(std::string_view text) {
    return !text.empty() && text.find_first_of(" @/\\[]\"'<>&") == std::string_view::npos;
}

/// "%20" and the like; null where something else follows "%".
std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto percent = text.find('%');
        out.append(text.substr(0, percent));
        if (percent == std::string_view::npos) return out;
        unsigned char byte = 0;
        const auto digits = text.substr(percent + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() < 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
        out += static_cast<char>(byte);
        text.remove_prefix(percent + 3);
    }
    return out;
}

/// What RFC 7064 and 7065 say where the URI does not.
void fill_in(xep::extdisco::Service& service) {
    const bool secure = service.type == "stuns" || service.type == "turns";
    if (!secure && service.type != "stun" && service.type != "turn") return;
    if (!service.port) service.port = secure ? 5349 : 3478;
    if (service.transport.empty()) service.transport = secure ? "tcp" : "udp";
}

Result<> take_parameter(Offer& offer, std::string_view name, std::string_view text) {
    if (name == "transport") {
        if (!is_type(text)) return fail("has transport=" + std::string(text) + ", which is none (try udp or tcp)");
        offer.service.transport = text;
    } else if (name == "ttl") {
        const auto ttl = config::TextOf<Duration>::parse(text, 24h);
        if (!ttl) return fail("has ttl=" + std::string(text) + ", which " + ttl.error().text);
        if (*ttl < least_ttl || *ttl > 365_days) return fail("has a ttl beyond 1min to 365d");
        offer.ttl = *ttl;
    } else if (name == "name") {
        auto label = decoded(text);
        if (!label) return fail("has a name with % and no two digits behind it");
        offer.service.label = std::move(*label);
    } else if (name == "restricted") {
        const auto restricted = config::TextOf<bool>::parse(text);
        if (!restricted) return fail("has restricted=" + std::string(text) + ", which " + restricted.error().text);
        offer.service.restricted = *restricted;
    } else {
        return fail("has " + std::string(name) + ", which " +
                    config::not_one_of(name, {"transport", "ttl", "name", "restricted"}));
    }
    return {};
}

Result<> take_port(xep::extdisco::Service& service, std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0)
        return fail("has the port " + std::string(digits) + ", which is no number from 1 to 65535");
    service.port = port;
    return {};
}

/// "relay.example.org", "192.0.2.1:3478", "[2001:db8::1]:3478".
Result<> take_place(xep::extdisco::Service& service, std::string_view place) {
    const bool bracket = place.starts_with('[');
    const auto behind = bracket ? place.find(']') : place.find(':');
    const auto host =
        place.substr(bracket ? 1 : 0, behind == std::string_view::npos ? behind : behind - (bracket ? 1 : 0));
    if ((bracket && behind == std::string_view::npos) || !is_host(host)) return fail("names no host (turn:host:port)");
    service.host = host;
    auto rest = behind == std::string_view::npos ? std::string_view() : place.substr(behind + (bracket ? 1 : 0));
    if (rest.empty()) return {};
    if (!rest.starts_with(':')) return fail("has something else than a port behind its host");
    return take_port(service, rest.substr(1));
}

} // namespace

Result<Offer> parse_service(std::string_view uri) {
    Offer offer;
    const auto colon = uri.find(':');
    if (colon == std::string_view::npos || !is_type(uri.substr(0, colon)))
        return fail("is no service (try turn:relay.example.org:3478?transport=udp)");
    offer.service.type = uri.substr(0, colon);
    offer.service.restricted = offer.service.type == "turn" || offer.service.type == "turns";
    uri.remove_prefix(colon + 1);
    const auto question = uri.find('?');
    if (auto taken = take_place(offer.service, uri.substr(0, question)); !taken)
        return std::unexpected(std::move(taken).error());
    auto rest = question == std::string_view::npos ? std::string_view() : uri.substr(question + 1);
    while (!rest.empty()) {
        const auto one = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        const auto equals = one.find('=');
        if (equals == std::string_view::npos) return fail("has " + std::string(one) + " without a value");
        if (auto taken = take_parameter(offer, one.substr(0, equals), one.substr(equals + 1)); !taken)
            return std::unexpected(std::move(taken).error());
    }
    fill_in(offer.service);
    return offer;
}

} // namespace epode::extdisco

namespace epode::config {

Result<extdisco::ServiceList> TextOf<extdisco::ServiceList>::parse(std::string_view text) {
    extdisco::ServiceList list;
    list.uris = split(text);
    for (const std::string& uri : list.uris) {
        auto offer = extdisco::parse_service(uri);
        if (!offer) return fail("names " + uri + ", which " + offer.error().text);
        if (std::ranges::any_of(list.offers, [&](const auto& other) { return other.same_place(*offer); }))
            return fail("names " + uri + " twice");
        list.offers.push_back(std::move(*offer));
    }
    return list;
}

} // namespace epode::config
