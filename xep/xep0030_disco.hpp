// SPDX-License-Identifier: MIT
// XEP-0030: what an entity is and can do (disco#info, with the forms of XEP-0128), and what belongs to it
// (disco#items).
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0004_forms.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::xep::disco {

inline constexpr std::string_view info_ns = "http://jabber.org/protocol/disco#info";
inline constexpr std::string_view items_ns = "http://jabber.org/protocol/disco#items";

struct InfoRequest {
    static constexpr std::string_view ns = info_ns;
    static constexpr std::string_view name = "query";

    std::string node; ///< "" where none is named

    InfoRequest() = default;
    static Result<InfoRequest> decode(xml::Element element);
    void encode(xml::Builder& builder) const { builder.open(name, ns).attr_if("node", node).close(); }
};

struct ItemsRequest {
    static constexpr std::string_view ns = items_ns;
    static constexpr std::string_view name = "query";

    std::string node;

    ItemsRequest() = default;
    static Result<ItemsRequest> decode(xml::Element element);
    void encode(xml::Builder& builder) const { builder.open(name, ns).attr_if("node", node).close(); }
};

/// One per category, type and language.
struct Identity {
    std::string category, type, lang, name;

    Identity() = default;
    Identity(std::string what, std::string kind, std::string title = {}, std::string language = {})
        : category(std::move(what)), type(std::move(kind)), lang(std::move(language)), name(std::move(title)) {}
    void encode(xml::Builder& builder) const;
    auto operator<=>(const Identity&) const = default;
};

struct Info {
    static constexpr std::string_view ns = info_ns;
    static constexpr std::string_view name = "query";

    std::string node;
    std::vector<Identity> identities;
    std::vector<std::string> features;
    std::vector<Form> forms;

    Info() = default;
    /// In the order given, with what is double (XEP-0115 5.4 decides on that). An identity without category or type, a
    /// feature without var and a form that cannot be read are errors.
    static Result<Info> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool has(std::string_view feature) const noexcept;
    /// Each identity and feature once, sorted: what several modules wrote becomes one well-formed answer.
    void tidy();
    bool operator==(const Info&) const = default;
};

struct Item {
    Jid jid;
    std::string node, name;

    explicit Item(Jid address, std::string at = {}, std::string title = {})
        : jid(std::move(address)), node(std::move(at)), name(std::move(title)) {}
    void encode(xml::Builder& builder) const;
    bool operator==(const Item&) const = default;
};

struct Items {
    static constexpr std::string_view ns = items_ns;
    static constexpr std::string_view name = "query";

    std::string node;
    std::vector<Item> items;

    Items() = default;
    static Result<Items> decode(xml::Element element); ///< an item without a valid jid is an error
    void encode(xml::Builder& builder) const;
    bool operator==(const Items&) const = default;
};

} // namespace epode::xep::disco
