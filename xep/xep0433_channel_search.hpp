// SPDX-License-Identifier: MIT
// XEP-0433: a search for public rooms by words, with what is known of each in the answer.
#pragma once

#include "core/jid.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0004_forms.hpp"
#include "xep/xep0059_rsm.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep::channels {

inline constexpr std::string_view ns = "urn:xmpp:channel-search:0:search";
inline constexpr std::string_view params_form = "urn:xmpp:channel-search:0:search-params";
inline constexpr std::string_view by_address = "{urn:xmpp:channel-search:0:order}address";
inline constexpr std::string_view by_users = "{urn:xmpp:channel-search:0:order}nusers";

/// The query: empty to ask for the form, or what is looked for.
struct Search {
    static constexpr std::string_view ns = channels::ns;
    static constexpr std::string_view name = "search";

    bool wants_form = false;
    std::vector<std::string> words; ///< none: all channels
    bool in_name = true, in_description = true, in_address = true;
    bool of_rooms = true; ///< XEP-0045 is among the types that are wanted
    bool by_users = false;
    rsm::Request page;

    Search() = default;
    /// The errors of section "Send a search request": an unknown order, no condition, conflicting ones, no words.
    static Result<Search, StanzaError> decode(xml::Element element);
    /// What is asked with (empty search element).
    static void encode_form(xml::Builder& builder);
};

struct Channel {
    static constexpr std::string_view name = "item";

    Jid address;
    std::string title, description, language;
    std::uint64_t users = 0;
    bool open = true;
    bool non_anonymous = false;

    Channel() = default;
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep::channels
