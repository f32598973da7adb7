// SPDX-License-Identifier: MIT
#include "room.hpp"

#include "crowd.hpp"
#include "pairs.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace bench {

Room::Room(Bench& bench, int occupants)
    : bench_(bench), address_(fmt::format("bench{}@conference.{}", now(), bench.target().domain)),
      clients_(open_crowd(bench, occupants)) {
    for (std::uint32_t i = 0; i < clients_.size(); ++i)
        clients_[i]->on_stanza = [this, i](std::string_view stanza) { arrived(i, stanza); };
}

void Room::enter(std::size_t number) {
    clients_[number]->send(fmt::format("<presence to='{}/occupant{}'><x xmlns='http://jabber.org/protocol/muc'>"
                                       "<history maxstanzas='0'/></x></presence>",
                                       address_, number));
}

void Room::join() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        enter(i);
        bench_.wait_for("joining a room", 10, [&] { return inside_ > i || !refused_.empty(); });
        if (!refused_.empty()) throw std::runtime_error("the room: " + refused_);
        if (i == 0) open("");
    }
    const auto all = clients_.size() * clients_.size();
    bench_.loop().run_until([&] { return presences_ >= all; }, 10);
}

void Room::join_together(int at_once, bool quiet) {
    const std::size_t under_way = static_cast<std::size_t>(at_once);
    enter(0);
    std::size_t sent = 1;
    bench_.wait_for("making a room", 10, [&] { return inside_ == 1 || !refused_.empty(); });
    if (!refused_.empty()) throw std::runtime_error("the room: " + refused_);
    open(quiet ? "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
                 "<field var='muc#roomconfig_presencebroadcast'><value>moderator</value></field>"
               : "");
    bench_.wait_for("joining a room", 300, [&] {
        for (; sent < clients_.size() && sent < inside_ + under_way; ++sent) enter(sent);
        return inside_ == clients_.size() || !refused_.empty();
    });
    if (!refused_.empty()) throw std::runtime_error("the room: " + refused_);
}

void Room::talk(int window) {
    std::vector<std::uint32_t> everybody(clients_.size());
    for (std::uint32_t i = 0; i < everybody.size(); ++i) everybody[i] = i;
    for (std::size_t i = 0; i < clients_.size(); ++i) flows_.push_back(bench_.ledger().add_flow(everybody));
    outstanding_.resize(clients_.size());
    talking_ = true;
    for (int i = 0; i < window; ++i) say();
}

void Room::fall_silent() {
    talking_ = false;
    finish(bench_);
}

/// Some servers keep a new room locked until its owner has taken it as it is (XEP-0045 10.1.2).
void Room::open(std::string_view fields) {
    clients_[0]->send(fmt::format("<iq type='set' id='eb-open' to='{}'><query xmlns='http://jabber.org/protocol/"
                                  "muc#owner'><x xmlns='jabber:x:data' type='submit'>{}</x></query></iq>",
                                  address_, fields));
    bench_.wait_for("opening a room", 10, [&] { return open_; });
}

void Room::say() {
    const auto from = turn_++ % clients_.size();
    outstanding_[from] += clients_.size();
    clients_[from]->send(fmt::format("<message type='groupchat' to='{}'><body>{}</body></message>", address_,
                                     bench_.body(bench_.ledger().next(flows_[from], now()))));
}

void Room::arrived(std::uint32_t occupant, std::string_view stanza) {
    if (stanza.starts_with("<presence")) {
        if (stanza.find("type='error'") != stanza.npos || stanza.find("type=\"error\"") != stanza.npos)
            refused_ = stanza.substr(0, 400);
        if (stanza.find("@conference.") == stanza.npos) return; // its own, from its account
        ++presences_;
        if (stanza.find("code='110'") != stanza.npos || stanza.find("code=\"110\"") != stanza.npos) ++inside_;
    } else if (stanza.starts_with("<message")) {
        const auto mark = bench_.ledger().arrived(occupant, stanza, now());
        if (mark && --outstanding_[mark->flow] == 0 && talking_) say();
    } else if (stanza.substr(0, stanza.find('>')).find("eb-open") != stanza.npos) {
        open_ = true;
    }
}

} // namespace bench
