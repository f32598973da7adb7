// SPDX-License-Identifier: MIT
#include "modules/muc/disco.hpp"

#include "xep/xep0199_ping.hpp"
#include "xep/xep0359_sid.hpp"

namespace epode::muc {

namespace disco = xep::disco;

disco::Info describe(const Room& room) {
    const Configuration& config = room.configuration();
    disco::Info info;
    info.identities.emplace_back("conference", "text",
                                 config.name.empty() ? std::string(room.jid().local()) : config.name);
    info.features = {std::string(disco::info_ns),      std::string(disco::items_ns),
                     std::string(xep::muc::join_ns),   std::string(xep::sid_ns),
                     std::string(xep::Ping::ns),       std::string(xep::muc::occupant_id_ns),
                     std::string(xep::muc::stable_id), std::string(xep::muc::join_ns) + "#self-ping-optimization"};
    info.features.emplace_back(config.listed ? "muc_public" : "muc_hidden");
    info.features.emplace_back(config.members_only ? "muc_membersonly" : "muc_open");
    info.features.emplace_back(config.moderated ? "muc_moderated" : "muc_unmoderated");
    info.features.emplace_back(config.non_anonymous ? "muc_nonanonymous" : "muc_semianonymous");
    info.features.emplace_back(config.password_protected ? "muc_passwordprotected" : "muc_unsecured");
    info.features.emplace_back("muc_temporary");
    info.tidy();
    xep::Form form(xep::Form::Type::result, xep::muc::info_form);
    const auto add = [&](std::string var, std::string value) {
        form.add(xep::FormField("muc#roominfo_" + std::move(var), std::move(value)));
    };
    add("description", config.description);
    add("subject", room.subject() ? room.subject().root().child_text("subject").str() : std::string());
    add("subjectmod", config.change_subject ? "1" : "0");
    if (!config.language.empty()) add("lang", config.language);
    add("occupants", std::to_string(room.size()));
    info.forms.push_back(std::move(form));
    return info;
}

disco::Items occupants(const Room& room, const Jid& asker) {
    disco::Items items;
    if (!room.has(asker) && !room.configuration().listed) return items;
    for (const auto& [nick, occupant] : room.occupants())
        if (room.configuration().shows(occupant.role)) items.items.emplace_back(occupant.address);
    return items;
}

disco::Item item(const Room& room) {
    const std::string& name = room.configuration().name;
    return disco::Item(room.jid(), std::string(), name.empty() ? std::string(room.jid().local()) : name);
}

} // namespace epode::muc
