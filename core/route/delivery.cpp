// SPDX-License-Identifier: MIT
#include "core/route/delivery.hpp"

namespace epode {

namespace {

enum class Type { normal, chat, groupchat, headline, error };

Type message_type(const Stanza& stanza) {
    const auto type = stanza.type();
    if (type == "chat") return Type::chat;
    if (type == "groupchat") return Type::groupchat;
    if (type == "headline") return Type::headline;
    if (type == "error") return Type::error;
    return Type::normal; // RFC 6121 5.2.2: anything else counts as normal
}

void most_available(const Account& account, std::uint64_t skip, std::vector<Session*>& targets) {
    int best = 0;
    for (const auto& session : account.sessions()) { // highest priority first
        if (!session->available() || session->id() == skip) continue;
        if (session->priority() < best) break;
        best = session->priority();
        targets.push_back(session.get());
    }
}

void all_non_negative(const Account& account, std::uint64_t skip, std::vector<Session*>& targets) {
    for (const auto& session : account.sessions())
        if (session->available() && session->priority() >= 0 && session->id() != skip) targets.push_back(session.get());
}

Delivery message(const Account& account, const Stanza& stanza, std::uint64_t skip) {
    using Otherwise = Delivery::Otherwise;
    Delivery delivery;
    const auto type = message_type(stanza);
    const auto resource = stanza.to().resource();
    if (!resource.empty() && skip == 0) {
        if (auto* session = account.session(resource)) {
            delivery.targets.push_back(session);
            return delivery;
        }
        switch (type) { // 8.5.3.2.1
        case Type::chat:
            break;
        case Type::error:
        case Type::headline: // silent as for an account that is not loaded: an error would tell that somebody is there
            return delivery;
        default:
            delivery.otherwise = Otherwise::refuse;
            return delivery;
        }
    }
    switch (type) { // 8.5.2.1.1, 8.5.2.2.1
    case Type::normal:
    case Type::chat:
        most_available(account, skip, delivery.targets);
        delivery.otherwise = Otherwise::offline;
        break;
    case Type::headline:
        all_non_negative(account, skip, delivery.targets);
        break;
    case Type::groupchat:
        delivery.otherwise = Otherwise::refuse;
        break;
    case Type::error:
        break;
    }
    return delivery;
}

Delivery presence(const Account& account, const Stanza& stanza) {
    Delivery delivery;
    const auto resource = stanza.to().resource();
    if (!resource.empty()) {
        if (auto* session = account.session(resource)) delivery.targets.push_back(session);
        return delivery;
    }
    if (stanza.is_error()) return delivery;
    for (const auto& session : account.sessions())
        if (session->available()) delivery.targets.push_back(session.get());
    return delivery;
}

} // namespace

Delivery choose_targets(const Account& account, const Stanza& stanza, std::uint64_t skip) {
    return stanza.is_message() ? message(account, stanza, skip) : presence(account, stanza);
}

} // namespace epode
