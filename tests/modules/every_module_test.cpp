// SPDX-License-Identifier: MIT
// What must hold for every module, also for one that is written tomorrow: an account that is removed leaves nothing in
// any store, and a module that is unloaded while stanzas flow leaves nothing in the server.
#include "tests/catch.hpp"
#include "tests/core/sasl2_kit.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;

namespace {

constexpr const char* hosts = "<host name='example.org'/><host name='example.net'/>";

TestOptions everything(std::string config = hosts) {
    TestOptions options;
    options.config = std::move(config);
    options.all_modules = true;
    return options;
}

/// What is kept for the host, not for accounts. A store belongs here only if it never names an account.
/// (Rooms name accounts on their lists: Juliet has one, and it must forget her.)
const std::set<std::string, std::less<>> kept_for_hosts{
    "store/announce/motd",    "store/muc/archives", "store/register/made", "store/muc/rooms",
    "store/muc/affiliations", "store/muc/said",     "store/muc/vcards",    "store/push/accounts",
    "store/reports/reports",  "store/pubsub/nodes", "store/pubsub/items",  "store/pubsub/marks"};

/// Juliet does something with every module that keeps something, and is away at the end.
void live(TestServer& server) {
    server.befriend("juliet@example.org", "romeo@example.net");
    server.befriend("juliet@example.org", "nurse@example.net");
    server.command("motd-set", {{"message", "Good morrow"}});
    server.command("archive-limits", {{"account", "juliet@example.org"}, {"keep", "never"}, {"most", "1000"}});
    auto& juliet = server.login("juliet@example.org/balcony");
    server.connect().send(stream_header("juliet@example.org") +
                          authenticate("PLAIN", plain("juliet", "secret"), agent() + request_token()));
    const auto ask = [&juliet](const std::string& payload, const std::string& to = "juliet@example.org") {
        juliet.send("<iq type='set' id='ask' to='" + to + "'>" + payload + "</iq>");
        CAPTURE(payload);
        bool answered = false;
        for (const auto& received : juliet.receive_all())
            answered |= received.attr("id") == "ask" && received.attr("type") == "result";
        CHECK(answered);
    };
    ask("<query xmlns='jabber:iq:roster'><item jid='nurse@example.net' subscription='remove'/></query>");
    ask("<block xmlns='urn:xmpp:blocking'><item jid='paris@example.net'/></block>");
    ask("<query xmlns='jabber:iq:private'><ring xmlns='urn:example:ring'/></query>");
    ask("<vCard xmlns='vcard-temp'><FN>Juliet</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO></vCard>");
    ask("<enable xmlns='urn:xmpp:carbons:2'/>");
    ask("<enable xmlns='urn:xmpp:push:0' jid='push@example.net' node='phone'/>");
    ask("<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:example:tune'><item id='night'>"
        "<tune xmlns='urn:example:tune'/></item></publish></pubsub>");
    ask("<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid>paris@example.net</jid></never></prefs>");
    juliet.send(
        "<presence to='tomb@conference.example.org/juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        "<iq type='set' id='room' to='tomb@conference.example.org'>"
        "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='muc#roomconfig_persistentroom'><value>1</value></field>"
        "<field var='muc#roomconfig_roomadmins'><value>friar@example.net</value></field></x></query></iq>"
        "<message type='groupchat' to='tomb@conference.example.org'><body>O happy dagger</body></message>");
    ask("<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='tomb'><item id='1'>"
        "<tune xmlns='urn:example:tune'/></item></publish></pubsub>",
        "pubsub.example.org");
    ask("<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscribe node='tomb' jid='juliet@example.org'/></pubsub>",
        "pubsub.example.org");
    juliet.available();
    server.advance(1s);
    juliet.send("<message to='romeo@example.net' type='chat'><body>lie still</body></message>");
    ask("<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
        "<value>urn:xmpp:mam:2</value></field><field var='with'><value>romeo@example.net</value></field></x></query>");
    juliet.send("<iq type='get' id='box'><inbox xmlns='urn:xmpp:inbox:1'/></iq>");
    juliet.send("<presence type='unavailable'><status>asleep</status></presence>");
    juliet.close();
    server.login("romeo@example.net/orchard")
        .send("<message to='juliet@example.org' type='chat'><body>wake</body></message>");
}

std::vector<std::string> left(TestServer& server, std::string_view bytes) {
    std::vector<std::string> names;
    for (const auto& [name, count] : server.stored(bytes))
        if (count > 0) names.push_back(name);
    return names;
}

/// Removes Juliet's account and looks for what is left of her.
template <typename F> void removal(F remove) {
    TestServer server(everything());
    live(server);
    const auto owner = server.owner_of("juliet@example.org");
    for (const auto& [name, count] : server.stored(owner)) {
        if (!name.starts_with("store/") || kept_for_hosts.contains(name)) continue;
        INFO(name << " is new: let Juliet have something in it (live, above), or name it in kept_for_hosts");
        CHECK(count > 0);
    }
    auto& romeo = server.login("romeo@example.net/orchard");
    romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    romeo.available();
    romeo.drain();
    auto& one = server.login("juliet@example.org/one");
    auto& two = server.login("juliet@example.org/two");
    remove(server, one);
    server.advance(10s); // a connection that stays open holds its account
    for (auto* client : {&one, &two}) {
        CHECK(client->closed());
        CHECK(client->stream_error() == "not-authorized");
    }
    CHECK(left(server, owner).empty());
    // Others may have her in their lists of contacts and in what they have said to each other, which are theirs.
    auto with_others = left(server, "juliet@example.org");
    std::erase(with_others, "store/archive/conversations"); // derived behind the log: there by now, or not yet
    CHECK(with_others == std::vector<std::string>{"store/archive/log", "store/roster/contacts"});
    std::set<std::string> told;
    for (const auto& received : romeo.receive_all())
        if (received.fragment().element().name() == "presence") told.insert(received.attr("type"));
    CHECK(told.contains("unsubscribe"));
    CHECK(told.contains("unsubscribed"));
    romeo.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
    const auto roster = romeo.receive();
    CHECK(roster.xml().find("subscription='both'") == std::string::npos);
    romeo.drain();

    server.account("juliet@example.org");
    const auto heir = server.owner_of("juliet@example.org");
    CHECK(heir != owner);
    CHECK(left(server, heir).empty());
    auto& juliet = server.login("juliet@example.org/heir");
    const auto answer = [&juliet](const char* payload) {
        juliet.send(std::string("<iq type='get' id='q'>") + payload + "</iq>");
        return juliet.receive();
    };
    const auto contacts = answer("<query xmlns='jabber:iq:roster'/>");
    CHECK(contacts.attr("type") == "result");
    CHECK(contacts.xml().find("<item") == std::string::npos);
    CHECK(answer("<blocklist xmlns='urn:xmpp:blocking'/>").xml().find("<item") == std::string::npos);
    CHECK(answer("<query xmlns='jabber:iq:private'><ring xmlns='urn:example:ring'/></query>").xml().find("<ring") !=
          std::string::npos);
    CHECK(answer("<vCard xmlns='vcard-temp'/>").xml().find("Juliet") == std::string::npos);
    juliet.send("<presence/>");
    for (const auto& received : juliet.receive_all())
        CHECK(received.xml().find("wake") == std::string::npos); // her predecessor's message
    CHECK(romeo.silent());
}

} // namespace

TEST_CASE("every module: an account that its user removes leaves nothing") {
    removal([](TestServer&, Client& juliet) {
        // The presence comes while the account is being removed.
        juliet.send("<iq type='set' id='bye'><query xmlns='jabber:iq:register'><remove/></query></iq><presence/>");
        CHECK(juliet.receive() == "<iq type='result' id='bye'/>");
    });
}

TEST_CASE("every module: an account that an administrator removes leaves nothing") {
    removal([](TestServer& server, Client&) { CHECK(server.ctl({"accounts", "delete", "juliet@example.org"}).ok); });
}

// ---- Unloading ----------------------------------------------------------------------------------------------------

namespace {

std::vector<std::string> loaded(TestServer& server) {
    std::vector<std::string> names;
    for (const auto& row : server.ctl({"modules", "list"}).rows) names.push_back(row[0]);
    return names;
}

/// Unloads it and first those that need it; all of them, in that order, go to `gone`.
void unload(TestServer& server, const std::string& name, std::vector<std::string>& gone) {
    if (std::ranges::find(gone, name) != gone.end()) return;
    for (;;) {
        const auto said = server.unload(name);
        if (said.empty()) break;
        // "module X needs module NAME; unload that first"
        const auto end = said.find(" needs module ");
        CAPTURE(said);
        REQUIRE(end != std::string::npos);
        unload(server, said.substr(7, end - 7), gone);
    }
    gone.push_back(name);
}

/// Everything that modules have put into the server's tables, as those who use them see it.
std::string tables(TestServer& server) {
    std::string all;
    for (const auto& row : server.ctl({"hooks"}).rows) {
        // Orders are shuffled; who is there counts.
        all += row[0] + " " + row[1] + " " + row[2] + " " + row[4] + "\n";
    }
    for (const auto& row : server.ctl({"run"}).rows) all += "command " + row[0] + " " + row[1] + "\n";
    const auto metrics = server.ctl({"metrics"}).text;
    for (std::size_t at = 0; (at = metrics.find("# TYPE ", at)) != std::string::npos; ++at)
        all += metrics.substr(at, metrics.find('\n', at) - at) + "\n";
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < all.size();) {
        const auto end = all.find('\n', at);
        lines.push_back(all.substr(at, end - at));
        at = end + 1;
    }
    std::ranges::sort(lines);
    all.clear();
    for (const auto& line : lines) all += line + "\n";
    return all;
}

/// What the host and an account say of themselves, and a stream before login.
std::string discovery(TestServer& server, Client& client) {
    std::string all;
    for (const auto* to : {"example.org", ""}) {
        client.send(std::string("<iq type='get' id='d'") + (*to ? " to='example.org'" : "") +
                    "><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        all += client.receive().xml() + "\n";
    }
    auto& stranger = server.connect();
    stranger.send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' "
                  "to='example.org'>");
    all += stranger.receive().xml();
    stranger.cut();
    server.settle();
    return all;
}

std::string say(int number) {
    return "<message to='juliet@example.org/phone' type='chat'><body>" + std::to_string(number) + "</body></message>";
}

std::vector<int> heard(Client& client) {
    std::vector<int> numbers;
    for (const auto& received : client.receive_all()) {
        const auto fragment = received.fragment();
        if (fragment.element().name() == "message" && fragment.element().child("body").text().view() != "wake" &&
            fragment.element().attr("type") == "chat")
            numbers.push_back(std::stoi(fragment.element().child("body").text().str()));
    }
    return numbers;
}

} // namespace

TEST_CASE("every module: unloaded while stanzas flow, it leaves nothing behind") {
    TestServer survey(everything());
    const auto names = loaded(survey);
    REQUIRE(names.size() > 10);
    for (const auto& name : names) {
        CAPTURE(name);
        TestServer server(everything());
        live(server);
        auto& romeo = server.login("romeo@example.net/street");
        auto& juliet = server.login("juliet@example.org/phone");
        juliet.available();
        juliet.drain();
        const auto before = tables(server);
        const auto said_before = discovery(server, juliet);
        std::vector<int> sent;
        const auto talk = [&] {
            for (int i = 0; i < 20; ++i) {
                romeo.post(say(static_cast<int>(sent.size())));
                sent.push_back(static_cast<int>(sent.size()));
            }
        };
        talk();
        std::vector<std::string> gone;
        unload(server, name, gone);
        talk();
        server.settle();
        CHECK(heard(juliet) == sent);

        // As if they had never been there.
        std::string without;
        for (const auto& each : gone) without += (without.empty() ? "" : " ") + each;
        TestServer never(everything("<host name='example.org' without='" + without +
                                    "'/><host name='example.net' without='" + without + "'/>"));
        CHECK(tables(server) == tables(never));
        if (std::ranges::find(gone, "disco") == gone.end()) {
            auto& other = never.login("juliet@example.org/phone");
            CHECK(discovery(server, juliet) == discovery(never, other));
        }
        CHECK_FALSE(romeo.closed());
        server.advance(25min); // timers of what is gone would run into nothing
        romeo.cut();
        juliet.cut();
        server.advance(1s);
        CHECK(server.timers() == [&] {
            TestServer fresh(everything("<host name='example.org' without='" + without +
                                        "'/><host name='example.net' without='" + without + "'/>"));
            fresh.advance(1s);
            return fresh.timers();
        }());

        std::ranges::reverse(gone);
        for (const auto& each : gone) CHECK(server.load(each).empty());
        CHECK(tables(server) == before);
        auto& again = server.login("juliet@example.org/phone");
        CHECK(discovery(server, again) == said_before);
    }
}

TEST_CASE("every module: reloaded while stanzas are under way, it loses and doubles nothing") {
    TestServer server(everything());
    auto& romeo = server.login("romeo@example.net/street");
    auto& juliet = server.login("juliet@example.org/phone");
    juliet.available();
    juliet.drain();
    std::vector<int> sent;
    for (const auto& name : loaded(server)) {
        CAPTURE(name);
        for (int i = 0; i < 20; ++i) {
            romeo.post(say(static_cast<int>(sent.size())));
            sent.push_back(static_cast<int>(sent.size()));
        }
        CHECK(server.reload(name).empty());
    }
    server.settle();
    CHECK(heard(juliet) == sent);
    CHECK_FALSE(romeo.closed());
}
