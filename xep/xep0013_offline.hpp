// SPDX-License-Identifier: MIT
// XEP-0013: a client looks through its offline messages like through a mailbox, and takes and removes what it wants.
#pragma once

#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

/// <offline/>: what a client asks for, and with a single item the mark on each message it is given.
struct Offline {
    static constexpr std::string_view ns = "http://jabber.org/protocol/offline";
    static constexpr std::string_view name = "offline";
    enum class Action : std::uint8_t { none, view, remove };

    struct Item {
        Action action = Action::none;
        std::string node; ///< the message's id

        Item() = default;
        Item(Action what, std::string id) : action(what), node(std::move(id)) {}
        bool operator==(const Item&) const = default;
    };

    bool fetch = false; ///< all of them
    bool purge = false; ///< remove all of them
    std::vector<Item> items;

    /// At least one of fetch, purge and items; an item must have a node, its action must be known.
    static Result<Offline> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Offline&) const = default;
};

} // namespace epode::xep
