// SPDX-License-Identifier: MIT
// A room: what it costs that so many join, each seeing all others, and then what a copy of what is said costs.
#include "../scenario.hpp"
#include "crowd.hpp"
#include "pairs.hpp"

#include <fmt/format.h>

namespace bench {
namespace {

class Room {
public:
    Room(Bench& bench, int occupants)
        : bench_(bench), address_(fmt::format("bench{}@conference.{}", now(), bench.target().domain)),
          clients_(open_crowd(bench, occupants)) {
        for (std::uint32_t i = 0; i < clients_.size(); ++i)
            clients_[i]->on_stanza = [this, i](std::string_view stanza) { arrived(i, stanza); };
    }

    /// One after the other, so that each is seen by all who came before and sees them.
    void join() {
        bench_.doing("joining");
        Meter meter(bench_);
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            clients_[i]->send(fmt::format("<presence to='{}/occupant{}'><x xmlns='http://jabber.org/protocol/muc'>"
                                          "<history maxstanzas='0'/></x></presence>",
                                          address_, i));
            bench_.wait_for("joining a room", 10, [&] { return inside_ > i || !refused_.empty(); });
            if (!refused_.empty()) throw std::runtime_error("the room: " + refused_);
            if (i == 0) open();
        }
        const auto all = clients_.size() * clients_.size();
        bench_.loop().run_until([&] { return presences_ >= all; }, 10);
        meter.stop("presence", static_cast<double>(presences_));
        bench_.report().add("presences_expected", static_cast<double>(all));
    }

    /// Each in turn; `window` messages are under way, and the next one is sent when all have one of them.
    void talk() {
        std::vector<std::uint32_t> everybody(clients_.size());
        for (std::uint32_t i = 0; i < everybody.size(); ++i) everybody[i] = i;
        for (std::size_t i = 0; i < clients_.size(); ++i) flows_.push_back(bench_.ledger().add_flow(everybody));
        outstanding_.resize(clients_.size());
        talking_ = true;
        for (int i = 0; i < bench_.settings().window; ++i) say();
        measure(bench_, "copy");
        talking_ = false;
        finish(bench_);
    }

private:
    /// Some servers keep a new room locked until its owner has taken it as it is (XEP-0045 10.1.2).
    void open() {
        clients_[0]->send(fmt::format("<iq type='set' id='eb-open' to='{}'><query xmlns='http://jabber.org/protocol/"
                                      "muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>",
                                      address_));
        bench_.wait_for("opening a room", 10, [&] { return open_; });
    }

    void say() {
        const auto from = turn_++ % clients_.size();
        outstanding_[from] += clients_.size();
        clients_[from]->send(fmt::format("<message type='groupchat' to='{}'><body>{}</body></message>", address_,
                                         bench_.body(bench_.ledger().next(flows_[from], now()))));
    }

    void arrived(std::uint32_t occupant, std::string_view stanza) {
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

    Bench& bench_;
    std::string address_;
    Clients clients_;
    std::vector<std::uint32_t> flows_;
    std::vector<std::size_t> outstanding_; ///< copies of an occupant's messages that are under way
    std::size_t turn_ = 0, inside_ = 0, presences_ = 0;
    std::string refused_;
    bool open_ = false, talking_ = false;
};

} // namespace

void muc(Bench& bench) {
    const int occupants = bench.count(100);
    make_crowd_accounts(bench, occupants);
    Room room(bench, occupants);
    bench.settle(0.3);
    room.join();
    bench.settle(0.3);
    room.talk();
    bench.report_ledger();
}

} // namespace bench
