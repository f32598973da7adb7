// SPDX-License-Identifier: MIT
#include "xep/xep0215_extdisco.hpp"

#include "xep/xep0082_datetime.hpp"

#include <charconv>

namespace epode::xep::extdisco {

namespace {

Result<std::vector<Service>> services_in(xml::Element element) {
    std::vector<Service> services;
    for (const xml::Element child : element.children()) {
        if (!child.is("service", ns)) continue;
        auto service = Service::decode(child);
        if (!service) return std::unexpected(std::move(service).error());
        services.push_back(std::move(*service));
    }
    return services;
}

} // namespace

Result<Service> Service::decode(xml::Element element) {
    Service service;
    service.host = element.attr("host").str();
    service.type = element.attr("type").str();
    if (service.host.empty() || service.type.empty()) return fail("a service has a host and a type");
    if (const auto port = element.find_attr("port")) {
        const std::string_view digits = port->view();
        std::uint16_t number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc() || end != digits.data() + digits.size()) return fail("a port is a number up to 65535");
        service.port = number;
    }
    if (const auto expires = element.find_attr("expires"); expires && !(service.expires = parse_datetime(*expires)))
        return fail("expires is not a time (try 2006-12-19T17:58:35Z)");
    if (const auto restricted = element.find_attr("restricted")) {
        service.restricted = *restricted == "true" || *restricted == "1";
        if (!service.restricted && *restricted != "false" && *restricted != "0")
            return fail("restricted is true or false");
    }
    service.transport = element.attr("transport").str();
    service.label = element.attr("name").str();
    service.username = element.attr("username").str();
    service.password = element.attr("password").str();
    service.action = element.attr("action").str();
    return service;
}

void Service::encode(xml::Builder& builder) const {
    builder.open("service", ns).attr_if("action", action).attr("host", host);
    if (port) builder.attr("port", std::to_string(*port));
    builder.attr_if("transport", transport).attr("type", type).attr_if("name", label);
    builder.attr_if("username", username).attr_if("password", password);
    if (expires) builder.attr("expires", format_datetime(*expires));
    if (restricted) builder.attr("restricted", "true");
    builder.close();
}

Result<Services> Services::decode(xml::Element element) {
    Services asked;
    asked.type = element.attr("type").str();
    auto services = services_in(element);
    if (!services) return std::unexpected(std::move(services).error());
    asked.services = std::move(*services);
    return asked;
}

void Services::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("type", type);
    for (const Service& service : services) service.encode(builder);
    builder.close();
}

Result<Credentials> Credentials::decode(xml::Element element) {
    auto services = services_in(element);
    if (!services) return std::unexpected(std::move(services).error());
    if (services->empty()) return fail("no service is named");
    Credentials asked;
    asked.services = std::move(*services);
    return asked;
}

void Credentials::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    for (const Service& service : services) service.encode(builder);
    builder.close();
}

} // namespace epode::xep::extdisco
