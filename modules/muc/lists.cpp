// SPDX-License-Identifier: MIT
// Who is what, told to a client that says what it knows already (XEP-0463), where its user may read the lists:
// everybody inside where addresses are no secret, else owners, and whom the configuration names.
#include "core/base/digest.hpp"
#include "modules/muc/room.hpp"

#include <charconv>

namespace epode::muc {

namespace {

/// Its number, of a version of the room with that tag.
std::optional<std::uint64_t> number_in(std::string_view version, std::string_view tag) {
    if (!version.starts_with(tag)) return std::nullopt;
    version.remove_prefix(tag.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
    if (error != std::errc() || end != version.data() + version.size()) return std::nullopt;
    return number;
}

/// No other room's, not even of one that had the same name before.
std::string tag_of(std::string_view secret) {
    return hex(sha256(std::string(secret).append("/affiliations"))).substr(0, 8) + '-';
}

} // namespace

std::string Room::lists_version() const { return tag_of(secret_) + std::to_string(affiliates_.version()); }

void Room::tell_lists(const Occupant& occupant, const Stanza& joining, const std::string& since) const {
    const Jid& client = joining.from();
    if (!knows_lists(occupant)) {
        StanzaError refused(Condition::forbidden, "these lists are not for everybody here");
        refused.by = jid_;
        xml::Builder error;
        error.open("message").attr("type", "error").attr_if("id", joining.id());
        refused.write(error);
        return host_.route(Stanza(error.close().finish(), jid_, client));
    }
    const auto known = number_in(since, tag_of(secret_));
    if (known == affiliates_.version()) return; // his presence says it
    const bool outcasts = may_list(affiliation(client), true, Affiliation::outcast, true);
    xml::Builder builder;
    builder.open("message").attr("id", random_id()).open("x", xep::muc::user_ns);
    xep::Mav lists;
    lists.until = lists_version();
    const auto changed = known ? affiliates_.changed_since(*known) : std::nullopt;
    if (changed) lists.since = since;
    lists.encode(builder);
    const auto add = [&](const Jid& jid, Affiliation what) {
        builder.open("item").attr("jid", jid.text()).attr("affiliation", xep::muc::name(what)).close();
    };
    if (changed) {
        for (const Jid& jid : *changed) {
            const Affiliate* found = affiliates_.find(jid);
            const bool shown = found && (found->what != Affiliation::outcast || outcasts);
            add(jid, shown ? found->what : Affiliation::none);
        }
    } else {
        for (const auto& [jid, affiliate] : affiliates_.all())
            if (affiliate.what != Affiliation::outcast || outcasts) add(jid, affiliate.what);
    }
    host_.route(Stanza(builder.close().close().finish(), jid_, client));
}

} // namespace epode::muc
