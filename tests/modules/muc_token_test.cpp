// SPDX-License-Identifier: MIT
// XEP-0488: tokens that make whoever enters with one a member.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/muc_kit.hpp"

using namespace epode::test;
using namespace epode::test::muc;

namespace {

std::string query(std::string_view type, std::string_view payload) {
    return "<iq type='" + std::string(type) + "' id='request1' to='coven@conference.example.org'>" +
           std::string(payload) + "</iq>";
}
std::string request(std::string_view limits = {}) {
    return query("set", "<request xmlns='urn:xmpp:muc-token-invite:0'" + std::string(limits) + "/>");
}
const std::string listed = query("get", "<tokens xmlns='urn:xmpp:muc-token-invite:0'/>");
std::string take_back(const std::string& token) {
    return query("set", "<revoke xmlns='urn:xmpp:muc-token-invite:0'>" + token + "</revoke>");
}

struct Coven {
    explicit Coven(std::string_view options = {}) : server({"muc"}, options) {
        configure(crone, field("roomconfig_membersonly", "1") + field("roomconfig_persistentroom", "1"));
        crone.drain();
    }
    TestServer server;
    Client& crone = found(server, "crone1@example.org/desktop", "firstwitch");

    std::string token(Client& client, std::string_view limits = {}) {
        client.send(request(limits));
        const auto answer = client.receive();
        const auto kept = answer.fragment();
        return kept.element().child("token", "urn:xmpp:muc-token-invite:0").text().str();
    }
    /// "" where he comes in, else the error.
    std::string enter(std::string_view who, std::string_view nick, std::string_view password) {
        auto& client = server.login(std::string(who) + "@example.org/x");
        join(client, nick, password.empty() ? std::string() : "<password>" + std::string(password) + "</password>");
        std::string error;
        for (const auto& received : client.receive_all()) {
            if (received.attr("type") == "error") error = error_of(received);
            if (received.xml().contains("<expired-token xmlns='urn:xmpp:muc-token-invite:0'/>")) error += " expired";
        }
        client.cut();
        server.settle();
        crone.drain();
        return error;
    }
};

} // namespace

TEST_CASE("a token is asked for, and whoever comes with it is a member and needs none any more") {
    Coven coven;
    CHECK(coven.enter("hag66", "thirdwitch", "") == "auth registration-required");
    const auto token = coven.token(coven.crone);
    CHECK(token.size() >= 20);
    CHECK(coven.enter("hag66", "thirdwitch", "guess") == "auth not-authorized expired");
    CHECK(coven.enter("hag66", "thirdwitch", token).empty());
    CHECK(coven.enter("hag66", "thirdwitch", "").empty());
    coven.crone.send(admin("get", "<item affiliation='member'/>"));
    CHECK(coven.crone.receive().xml().contains("jid='hag66@example.org'"));
    coven.crone.send(query("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"));
    CHECK(coven.crone.receive().xml().contains("<feature var='urn:xmpp:muc-token-invite:0'/>"));
}

TEST_CASE("a token has limits: people, time, and what the server allows") {
    Coven coven("<muc token-life='7d'/>");
    coven.crone.send(request(" delay='2678400' counter='2'"));
    const auto answer = coven.crone.receive();
    CHECK(answer == "<iq type='result' id='request1'><token xmlns='urn:xmpp:muc-token-invite:0' delay='604800' "
                    "counter='2'>*</token></iq>");
    const auto kept = answer.fragment();
    const auto token = kept.element().first().text().str();
    CHECK(coven.enter("hag66", "a", token).empty());
    CHECK(coven.enter("hag66", "a", token).empty()); // she is a member: that does not count
    coven.crone.send(listed);
    CHECK(coven.crone.receive().xml().contains("counter='1'"));
    CHECK(coven.enter("wiccarocks", "b", token).empty());
    CHECK(coven.enter("hecate", "c", token) == "auth not-authorized expired");
    const auto brief = coven.token(coven.crone, " delay='60'");
    coven.server.advance(std::chrono::seconds(59));
    coven.crone.send(listed);
    CHECK(coven.crone.receive() == "<iq type='result'><tokens xmlns='urn:xmpp:muc-token-invite:0'>"
                                   "<token delay='1'>" +
                                       brief + "</token></tokens></iq>");
    coven.server.advance(std::chrono::seconds(1));
    CHECK(coven.enter("hecate", "c", brief) == "auth not-authorized expired");
    for (const char* nonsense : {" delay='soon'", " counter='-1'", " counter='0'"}) {
        coven.crone.send(request(nonsense));
        CHECK(error_of(coven.crone.receive()) == "modify bad-request");
    }
}

TEST_CASE("tokens are for those who may invite; one takes back one's own, moderators all") {
    Coven coven;
    coven.crone.send(admin("set", "<item affiliation='member' jid='hag66@example.org'/>"));
    coven.crone.drain();
    auto& hag = coven.server.login("hag66@example.org/pda");
    for (const auto& asked : std::vector<std::string>{request(), listed, take_back("x")}) {
        hag.send(asked);
        CHECK(error_of(hag.receive()) == "auth forbidden");
    }
    configure(coven.crone, field("roomconfig_allowinvites", "1"));
    coven.crone.drain();
    hag.drain();
    const auto hers = coven.token(hag), his = coven.token(coven.crone);
    hag.send(listed);
    const auto own = hag.receive().xml();
    CHECK(own.contains(hers));
    CHECK_FALSE(own.contains(his));
    hag.send(take_back(his));
    CHECK(error_of(hag.receive()) == "cancel item-not-found");
    coven.crone.send(take_back(hers));
    CHECK(coven.crone.receive() == "<iq type='result' id='request1'/>");
    coven.crone.send(take_back(hers));
    CHECK(error_of(coven.crone.receive()) == "cancel item-not-found");
    CHECK(coven.enter("hecate", "c", hers) == "auth not-authorized expired");
    CHECK(coven.enter("hecate", "c", his).empty());
}

TEST_CASE("tokens outlive a restart and a reload; nobody is let in by one that could not be kept") {
    Coven coven;
    const auto token = coven.token(coven.crone, " counter='3'");
    CHECK(coven.server.reload("muc") == "");
    CHECK(coven.enter("hag66", "a", token).empty());
    coven.server.kill();
    auto& hag = coven.server.login("hag66@example.org/pda");
    join(hag, "a");
    CHECK(codes_of(hag.receive()) == "110");
    auto& wise = coven.server.login("wiccarocks@example.org/laptop");
    join(wise, "b", "<password>" + token + "</password>");
    CHECK(wise.receive_all().size() == 3);
    auto& crone = coven.server.login("crone1@example.org/desktop");
    crone.send(listed);
    CHECK(crone.receive().xml().contains("counter='1'"));
    coven.server.fail_commit(1);
    crone.send(request());
    CHECK(error_of(crone.receive()) == "wait internal-server-error");
    crone.send(listed);
    const auto left = crone.receive();
    const auto kept = left.fragment();
    std::size_t tokens = 0;
    for ([[maybe_unused]] const auto child : kept.element().first().children()) ++tokens;
    CHECK(tokens == 1);
}

TEST_CASE("a token lets in beside a password, which is needed the next time; outcasts it does not") {
    Coven coven;
    configure(coven.crone, field("roomconfig_membersonly", "0") + field("roomconfig_passwordprotectedroom", "1") +
                               field("roomconfig_roomsecret", "cauldronburn"));
    coven.crone.drain();
    const auto token = coven.token(coven.crone);
    CHECK(coven.enter("hag66", "a", "wrong") == "auth not-authorized");
    CHECK(coven.enter("hag66", "a", token).empty());
    CHECK(coven.enter("hag66", "a", token) == "auth not-authorized");
    CHECK(coven.enter("hag66", "a", "cauldronburn").empty());
    coven.crone.send(admin("set", "<item affiliation='outcast' jid='foe@example.org'/>"));
    CHECK(coven.enter("foe", "f", token) == "auth forbidden");
}
