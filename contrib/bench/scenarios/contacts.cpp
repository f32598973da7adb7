// SPDX-License-Identifier: MIT
#include "contacts.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace bench {
namespace {

constexpr auto resource = "circle";

bool has(std::string_view stanza, std::string_view text) { return stanza.find(text) != stanza.npos; }

std::string_view first_tag(std::string_view stanza) { return stanza.substr(0, stanza.find('>')); }

std::size_t occurrences(std::string_view text, std::string_view what) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += what.size()) ++count;
    return count;
}

} // namespace

Contacts::Contacts(Bench& bench) : bench_(bench) {
    const auto number = static_cast<std::size_t>(bench.settings().contacts) + 1;
    bench.accounts(static_cast<int>(number));
    std::vector<Session> sessions;
    for (std::size_t i = 0; i < number; ++i) sessions.push_back(session(i));
    clients = bench.open(sessions);
    subscribe();
    for (std::size_t i = 0; i < number; ++i) listen(i);
    bench.settle(0.3);
    came = gone = 0;
}

Session Contacts::session(std::size_t number) const {
    return {.user = bench_.account(static_cast<int>(number)), .resource = resource, .roster = true};
}

void Contacts::listen(std::size_t number) {
    const auto own = bench_.account(static_cast<int>(number)) + "@";
    clients[number]->on_stanza = [this, number, own](std::string_view stanza) {
        if (!stanza.starts_with("<presence")) return;
        const auto tag = first_tag(stanza);
        if (has(tag, "from='" + own) || has(tag, "from=\"" + own)) return;
        ++(has(tag, "unavailable") ? gone : came);
        if (on_presence) on_presence(number, stanza);
    };
}

void Contacts::log_in(std::size_t number) {
    clients[number] = bench_.start(session(number));
    // What comes before its own presence is reflected is seen as well.
    auto& client = *clients[number];
    bool in = false;
    client.on_settled = [&] { in = true; };
    listen(number);
    bench_.wait_for("a login", 10, [&] { return in; });
    if (client.state() == Client::State::failed) throw std::runtime_error("login: " + client.failure());
}

/// All ask all and all agree, unless an earlier run has made them contacts already.
void Contacts::subscribe() {
    bench_.doing("making contacts");
    std::size_t rosters = 0, complete = 0;
    for (auto& client : clients) {
        client->on_stanza = [&](std::string_view stanza) {
            if (!stanza.starts_with("<iq") || !has(first_tag(stanza), "eb-look")) return;
            ++rosters;
            if (occurrences(stanza, "subscription='both'") + occurrences(stanza, "subscription=\"both\"") + 1 >=
                clients.size())
                ++complete;
        };
        client->send("<iq type='get' id='eb-look'><query xmlns='jabber:iq:roster'/></iq>");
    }
    bench_.wait_for("rosters", 20, [&] { return rosters == clients.size(); });
    if (complete == clients.size()) return;

    for (std::size_t i = 0; i < clients.size(); ++i) {
        clients[i]->on_stanza = [this, i](std::string_view stanza) {
            if (!stanza.starts_with("<presence")) return;
            const auto tag = first_tag(stanza);
            if (has(tag, "'subscribed'") || has(tag, "\"subscribed\"")) ++approved_;
            if (!has(tag, "'subscribe'") && !has(tag, "\"subscribe\"")) return;
            const auto at = tag.find("from=") + 5;
            const auto from = tag.substr(at + 1, tag.find(tag[at], at + 1) - at - 1);
            clients[i]->send(fmt::format("<presence type='subscribed' to='{}'/>", from));
        };
    }
    for (std::size_t i = 0; i < clients.size(); ++i) { // one after the other: servers bound what waits for a session
        const auto wanted = approved_ + clients.size() - 1;
        for (std::size_t j = 0; j < clients.size(); ++j)
            if (i != j)
                clients[i]->send(
                    fmt::format("<presence type='subscribe' to='{}'/>", bench_.address(static_cast<int>(j))));
        bench_.loop().run_until([&] { return approved_ >= wanted; }, 5);
    }
    bench_.settle(0.5);
}

} // namespace bench
