// SPDX-License-Identifier: MIT
// Whatever happens in a room, everybody inside believes what is so: who is there, under which nick, in which role.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace epode::test;
using namespace epode::test::muc;

namespace {

/// A client, and what it believes from the presence it got.
struct Witch {
    Client* client;
    std::string jid, nick;
    bool inside = false;
    std::map<std::string, std::string> others; ///< role by nick

    void read() {
        for (const auto& received : client->receive_all()) {
            if (received.fragment().element().name() != "presence" || received.attr("type") == "error") continue;
            const auto from = received.attr("from");
            const auto who = from.substr(from.find('/') + 1);
            const auto codes = codes_of(received);
            const bool gone = received.attr("type") == "unavailable", self = codes.contains("110");
            if (self && gone && !codes.contains("303")) {
                inside = false;
                others.clear();
            } else if (self && !gone) {
                inside = true;
                nick = who;
            } else if (!self && gone) {
                CHECK(others.erase(who) == 1); // nobody goes who was not there
            } else if (!self) {
                others[who] = item_of(received, "role");
            }
        }
    }
    /// As the room tells who asks.
    std::map<std::string, std::string> truth(Client& owner) {
        std::map<std::string, std::string> roles;
        for (const char* role : {"visitor", "participant", "moderator"}) {
            owner.send(admin("get", "<item role='" + std::string(role) + "'/>"));
            const auto answer = owner.receive();
            const auto kept = answer.fragment();
            for (const auto item : kept.element().first().children()) roles[item.attr("nick").str()] = role;
        }
        return roles;
    }
};

} // namespace

TEST_CASE("after any number of comings, goings, changes and bans everybody sees what is so") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
        TestServer server{"muc"};
        auto& owner = found(server, "crone@example.org/cave", "crone");
        auto& admin_of = server.login("crone@example.org/asks"); // stays outside, so that it reads only answers
        std::vector<Witch> witches;
        for (int i = 0; i < 5; ++i) {
            const std::string jid = "witch" + std::to_string(i) + "@example.org/a";
            witches.push_back({&server.login(jid), jid.substr(0, jid.find('/')), "", false, {}});
        }
        bool broadcast = true;
        for (int step = 0; step < 60; ++step) {
            auto& witch = witches[below(witches.size())];
            auto& client = *witch.client;
            const std::string nick = "nick" + std::to_string(below(7));
            const std::string here = "coven@conference.example.org/" + (witch.nick.empty() ? "x" : witch.nick);
            switch (below(10)) {
            case 0:
            case 1:
            case 2:
                join(client, nick);
                break;
            case 3:
                client.send("<presence type='unavailable' to='" + here + "'/>");
                break;
            case 4:
                client.send("<presence to='coven@conference.example.org/" + nick + "'/>");
                break;
            case 5:
                client.send("<presence to='" + here + "'><show>away</show></presence>");
                break;
            case 6:
                owner.send(
                    admin("set", "<item role='" +
                                     std::string(std::vector{"none", "visitor", "participant", "moderator"}[below(4)]) +
                                     "' nick='" + nick + "'/>"));
                break;
            case 7:
                owner.send(admin("set", "<item affiliation='" +
                                            std::string(std::vector{"none", "member", "admin", "outcast"}[below(4)]) +
                                            "' jid='" + witch.jid + "'/>"));
                break;
            case 8:
                configure(owner, field("roomconfig_moderatedroom", below(2) ? "1" : "0") +
                                     field("roomconfig_membersonly", below(4) ? "0" : "1"));
                break;
            case 9:
                broadcast = below(2) != 0;
                configure(owner, "<field var='muc#roomconfig_presencebroadcast'><value>moderator</value>" +
                                     std::string(broadcast ? "<value>participant</value><value>visitor</value>" : "") +
                                     "</field>");
                break;
            }
            owner.drain();
            for (auto& each : witches) each.read();
        }
        const auto roles = witches.front().truth(admin_of);
        std::set<std::string> inside{"crone"};
        for (const auto& witch : witches)
            if (witch.inside) inside.insert(witch.nick);
        std::set<std::string> listed;
        for (const auto& [nick, role] : roles) listed.insert(nick);
        CHECK(inside == listed);
        for (const auto& witch : witches) {
            if (!witch.inside) continue;
            auto expected = roles;
            expected.erase(witch.nick);
            if (!broadcast) std::erase_if(expected, [](const auto& entry) { return entry.second != "moderator"; });
            CAPTURE(witch.jid);
            CHECK(witch.others == expected);
        }
    }
}
