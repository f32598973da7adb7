// SPDX-License-Identifier: MIT
#include "modules/muc/disco.hpp"

#include "xep/xep0050_commands.hpp"
#include "xep/xep0199_ping.hpp"
#include "xep/xep0359_sid.hpp"

#include <array>
#include <charconv>

namespace epode::muc {

namespace disco = xep::disco;

namespace {

constexpr std::string_view tombstones = "urn:xmpp:message-retract:1#tombstone";

std::string title(const Jid& room, const Configuration& config) {
    return config.name.empty() ? std::string(room.local()) : config.name;
}

xep::Form details(const Room& room, const Jid& asker) {
    const Configuration& config = room.configuration();
    xep::Form form(xep::Form::Type::result, xep::muc::info_form);
    const auto add = [&](std::string var, std::string value) {
        form.add(xep::FormField("muc#roominfo_" + std::move(var), std::move(value)));
    };
    add("description", config.description);
    // Section 15.4: what is spoken of behind a closed door is for those inside.
    const bool closed = config.members_only || config.password_protected;
    const bool knows = !closed || room.has(asker) || room.affiliation(asker) >= Affiliation::member;
    if (knows && room.subject()) add("subject", room.subject()->root().child_text("subject").str());
    add("subjectmod", config.change_subject ? "1" : "0");
    if (!config.language.empty()) add("lang", config.language);
    if (!config.pubsub.empty()) add("pubsub", config.pubsub);
    add("occupants", std::to_string(room.size()));
    if (config.slow_mode > 0) add("slow_mode_duration", std::to_string(config.slow_mode));
    if (room.vcard()) {
        const std::string hash = room.vcard()->photo_hash();
        if (!hash.empty()) add("avatarhash", hash);
    }
    if (const auto rate = room.activity()) {
        std::array<char, 32> text;
        const auto end = std::to_chars(text.data(), text.data() + text.size(), *rate, std::chars_format::fixed, 2).ptr;
        form.add(xep::FormField("{urn:xmpp:muc-activity}message-activity", std::string(text.data(), end)));
    }
    if (!room.hats().empty()) form.add(xep::FormField("hats#hash", room.hats().hash()));
    form.add(xep::FormField("muc#maxhistoryfetch", std::to_string(room.history_limit())));
    return form;
}

} // namespace

disco::Info describe(const Room& room, const Jid& asker) {
    const Configuration& config = room.configuration();
    disco::Info info;
    info.identities.emplace_back("conference", "text", title(room.jid(), config));
    const std::string join(xep::muc::join_ns);
    info.features = {std::string(disco::info_ns),
                     std::string(disco::items_ns),
                     join,
                     join + "#self-ping-optimization",
                     join + "#register",
                     join + "#roomconfig",
                     join + "#roominfo",
                     std::string(xep::muc::stable_id),
                     std::string(xep::muc::Registration::ns),
                     std::string(xep::muc::occupant_id_ns),
                     std::string(xep::sid_ns),
                     std::string(xep::Ping::ns),
                     std::string(xep::VCard::ns),
                     std::string(xep::muc::copies_feature),
                     std::string(xep::moderate_ns),
                     std::string(xep::retract_ns),
                     std::string(xep::token_ns),
                     std::string(xep::hats_ns),
                     std::string(xep::commands::ns),
                     std::string(xep::Mav::ns)};
    if (room.archive())
        for (const auto feature : {xep::mam::ns, xep::mam::extended, xep::mam::fulltext_ns, tombstones})
            info.features.emplace_back(feature);
    info.features.emplace_back(config.listed ? "muc_public" : "muc_hidden");
    info.features.emplace_back(config.members_only ? "muc_membersonly" : "muc_open");
    info.features.emplace_back(config.moderated ? "muc_moderated" : "muc_unmoderated");
    info.features.emplace_back(config.non_anonymous ? "muc_nonanonymous" : "muc_semianonymous");
    info.features.emplace_back(config.password_protected ? "muc_passwordprotected" : "muc_unsecured");
    info.features.emplace_back(config.persistent ? "muc_persistent" : "muc_temporary");
    info.tidy();
    info.forms.push_back(details(room, asker));
    return info;
}

disco::Info reserved_nick(const Room& room, const Jid& asker) {
    disco::Info info;
    const Affiliate* affiliate = room.affiliates().find(asker.bare());
    if (affiliate && !affiliate->nick.empty()) info.identities.emplace_back("conference", "text", affiliate->nick);
    return info;
}

disco::Items occupants(const Room& room, const Jid& asker) {
    disco::Items items;
    if (!room.has(asker)) return items;
    for (const auto& [nick, occupant] : room.occupants())
        if (occupant.told || room.is_self(occupant, asker)) items.items.emplace_back(occupant.address);
    return items;
}

xep::channels::Channel channel(const Jid& room, const Configuration& config, std::size_t users) {
    xep::channels::Channel channel;
    channel.address = room;
    channel.title = title(room, config);
    channel.description = config.description;
    channel.language = config.language;
    channel.users = users;
    channel.open = !config.members_only && !config.password_protected;
    channel.non_anonymous = config.non_anonymous;
    return channel;
}

disco::Item item(const Jid& room, const Configuration& config) {
    return disco::Item(room, std::string(), title(room, config));
}

} // namespace epode::muc
