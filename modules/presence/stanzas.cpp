// SPDX-License-Identifier: MIT
#include "modules/presence/stanzas.hpp"

#include "core/xml/builder.hpp"

namespace epode::presence {

std::string_view name(Type type) noexcept {
    switch (type) {
    case Type::subscribe:
        return "subscribe";
    case Type::unsubscribe:
        return "unsubscribe";
    case Type::subscribed:
        return "subscribed";
    case Type::unsubscribed:
        break;
    }
    return "unsubscribed";
}

Stanza make(std::string_view type, std::string_view id, const Jid& from, const Jid& to) {
    xml::Builder builder;
    builder.open("presence").attr_if("type", type).attr_if("id", id);
    return {builder.close().finish(), from, to};
}

} // namespace epode::presence
