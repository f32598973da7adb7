// SPDX-License-Identifier: MIT
// Mentions (XEP-0452): a message that names a member who is not in the room is forwarded to him, where the owner wants
// that and the member has a registered nick.
#include "modules/muc/room.hpp"
#include "xep/xep0297_forwarded.hpp"

#include <algorithm>

namespace epode::muc {

namespace {

constexpr std::string_view mentions_ns = "urn:xmpp:mmn:0";
constexpr std::string_view reference_ns = "urn:xmpp:reference:0";
constexpr std::string_view scheme = "xmpp:";
constexpr std::size_t most_mentions = 20; ///< of one message

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// RFC 5122: what is not in a URI's alphabet stands there as %XX.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            plain += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

} // namespace

/// By address, or by the registered nick; null where it is nobody's.
Jid Room::mentioned(std::string_view uri) const {
    if (!uri.starts_with(scheme)) return {};
    uri.remove_prefix(scheme.size());
    const auto address = Jid::parse(unescaped(uri.substr(0, uri.find_first_of("?#"))));
    if (!address) return {};
    if (address->bare() != jid_) return address->bare();
    const Affiliate* named = affiliates_.by_nick(address->resource());
    return named ? named->jid : Jid();
}

void Room::forward_mentions(Arrival& arrival, const Said& said) {
    std::vector<Jid> named;
    for (const xml::Element child : said.message.root().children()) {
        if (!child.is("reference", reference_ns) || !(child.attr("type") == "mention")) continue;
        if (Jid who = mentioned(child.attr("uri")); who && std::ranges::find(named, who) == named.end())
            named.push_back(std::move(who));
        if (named.size() == most_mentions) break;
    }
    std::erase_if(named, [&](const Jid& who) {
        const Affiliate* member = affiliates_.find(who);
        return !member || member->what < Affiliation::member || member->nick.empty() ||
               std::ranges::any_of(occupants_, [&](const auto& entry) { return entry.second.bare == who; });
    });
    if (named.empty()) return;
    xml::Builder builder;
    builder.open("message").attr("id", random_id()).open("mentions", mentions_ns);
    xep::Forwarded(said.message.to(jid_), xep::Delay(Jid(), said.id.time())).encode(builder);
    const Stanza told(builder.close().close().finish(), jid_, Jid());
    for (const Jid& who : named) host_.route(told.to(who), arrival);
}

} // namespace epode::muc
