// SPDX-License-Identifier: MIT
// XEP-0388 and what stands inside of it: binding (0386), resumption (0198 section 9), upgrades (0480), pipelining
// (0509), and what protects the offer (0474).
#include "core/base/digest.hpp"
#include "tests/core/sasl2_kit.hpp"
#include "tests/modules/odd/folder.hpp"

#include <algorithm>

using namespace epode;
using namespace epode::test;

namespace {

constexpr std::string_view nonce = "fyko+d2lbbFgONRv9qkxdawL";

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

std::string response(std::string_view data) {
    return "<response xmlns='urn:xmpp:sasl:2'>" + base64::encode(data) + "</response>";
}
std::string data_of(const Received& received) {
    return base64::decode(received.fragment().element().text().str()).value_or("?");
}
/// Logs in with PLAIN and these parts; the stream stays.
Client& login(TestServer& server, std::string_view parts, std::string_view name = "romeo") {
    auto& client = stranger(server, std::string(name) + "@example.org");
    client.send(authenticate("PLAIN", plain(name, "secret"), parts));
    return client;
}

} // namespace

TEST_CASE("sasl2: what is offered, beside RFC 6120's list") {
    TestServer server{"carbons"};
    auto& client = server.connect();
    client.send(stream_header());
    const auto features = client.receive();
    const auto fragment = features.fragment();
    const auto root = fragment.element();
    const auto offer = root.child("authentication", "urn:xmpp:sasl:2");
    const auto older = root.child("mechanisms", "urn:ietf:params:xml:ns:xmpp-sasl");
    REQUIRE(offer);
    REQUIRE(older);
    std::string newer_list, older_list, inline_list, fast_list, upgrades;
    for (const auto child : offer.children())
        if (child.name() == "mechanism") newer_list += child.text().str() + " ";
    for (const auto child : older.children()) older_list += child.text().str() + " ";
    CHECK(newer_list == older_list);
    CHECK(has(newer_list, "SCRAM-SHA-1-PLUS "));
    const auto within = offer.child("inline");
    CHECK(within.child("sm", "urn:xmpp:sm:3"));
    const auto bind_features = within.child("bind", "urn:xmpp:bind:0").child("inline");
    for (const auto child : bind_features.children()) inline_list += child.attr("var").str() + " ";
    CHECK(has(inline_list, "urn:xmpp:carbons:2 "));
    CHECK(has(inline_list, "urn:xmpp:sm:3 "));
    for (const auto child : within.child("fast", "urn:xmpp:fast:0").children()) fast_list += child.text().str() + " ";
    CHECK(fast_list == "HT-SHA-512-EXPR HT-SHA-256-EXPR HT-SHA-512-ENDP HT-SHA-256-ENDP HT-SHA-512-NONE "
                       "HT-SHA-256-NONE ");
    for (const auto child : offer.children())
        if (child.ns() == "urn:xmpp:sasl:upgrade:0") upgrades += child.text().str() + " ";
    CHECK(upgrades == "UPGR-SCRAM-SHA-512 UPGR-SCRAM-SHA-256 ");
    CHECK(root.child("sasl-channel-binding", "urn:xmpp:sasl-cb:0"));
    CHECK(root.child("config-version", "urn:xmpp:iap:0").attr("value").str().size() == 16);
}

TEST_CASE("sasl2: a login, then the older binding in the same stream") {
    TestServer server{};
    server.account("romeo@example.org");
    auto& client = login(server, agent());
    CHECK(client.receive() == "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>romeo@example.org"
                              "</authorization-identifier></success>");
    const auto features = client.receive().xml();
    CHECK(has(features, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"));
    CHECK(has(features, "<sm xmlns='urn:xmpp:sm:3'/>"));
    CHECK_FALSE(has(features, "authentication"));
    client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind>"
                "</iq>");
    CHECK(has(client.receive().xml(), "<jid>romeo@example.org/r</jid>"));
    CHECK(client.raw().find("<stream:stream") == client.raw().rfind("<stream:stream"));
}

TEST_CASE("sasl2: SCRAM in two rounds, with a hash of what was offered (XEP-0474)") {
    TestServer server{};
    server.account("romeo@example.org");
    for (const auto* mechanism : {"SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
        const auto hash = std::string_view(mechanism).ends_with("-1")     ? ScramHash::sha1
                          : std::string_view(mechanism).ends_with("-256") ? ScramHash::sha256
                                                                          : ScramHash::sha512;
        auto& client = server.connect();
        client.send(stream_header());
        const auto features = client.receive().fragment();
        std::vector<std::string> names;
        for (const auto child : features.element().child("authentication").children())
            if (child.name() == "mechanism") names.push_back(child.text().str());
        std::ranges::sort(names);
        std::string list;
        for (const auto& name : names) list += (list.empty() ? "" : "\x1e") + name;
        list += "\x1ftls-exporter\x1etls-server-end-point";

        const std::string bare = "n=romeo,r=" + std::string(nonce);
        client.send(authenticate(mechanism, "n,," + bare, agent()));
        const auto asked = data_of(client.receive());
        CHECK(asked.ends_with(",h=" + base64::encode(digest(hash, list))));
        client.send(response(sasl::test::client_final(hash, "secret", bare, asked)));
        const auto success = client.receive();
        CHECK(base64::decode(part(success, "additional-data")).value_or("").starts_with("v="));
        CHECK(identifier(success) == "romeo@example.org");
    }
}

TEST_CASE("sasl2: a resource with the client's tag, the same again for the same device") {
    TestServer server{};
    server.account("romeo@example.org");
    auto& first = login(server, agent() + bind());
    const auto success = first.receive();
    const auto jid = identifier(success);
    CHECK(jid.starts_with("romeo@example.org/AwesomeXMPP/"));
    CHECK_FALSE(has(jid, phone.substr(0, 8)));
    CHECK(has(success.xml(), "<bound xmlns='urn:xmpp:bind:0'/>"));
    CHECK_FALSE(has(first.receive().xml(), "xmpp-bind"));
    first.send("<iq type='get' id='1'><a xmlns='b:c'/></iq>"); // it is bound
    CHECK(first.receive().attr("id") == "1");

    auto& again = login(server, agent() + bind());
    CHECK(identifier(again.receive()) == jid);
    CHECK(first.stream_error() == "conflict");
    auto& other = login(server, agent(laptop) + bind());
    CHECK(identifier(other.receive()) != jid);
    CHECK_FALSE(again.closed());
    // Another tag is another resource, and the device's earlier session ends all the same.
    auto& renamed = login(server, agent() + "<bind xmlns='urn:xmpp:bind:0'><tag>Beta</tag></bind>");
    CHECK(identifier(renamed.receive()).starts_with("romeo@example.org/Beta/"));
    CHECK(again.stream_error() == "conflict");
    CHECK_FALSE(other.closed());
    server.restart();
    CHECK(identifier(login(server, agent() + bind()).receive()) == jid);
}

TEST_CASE("sasl2: without a device, a tag or a good one, the server makes a resource up") {
    TestServer server{};
    server.account("romeo@example.org");
    const auto one = identifier(login(server, bind()).receive());
    const auto two = identifier(login(server, bind()).receive());
    CHECK(one.starts_with("romeo@example.org/AwesomeXMPP/"));
    CHECK(one != two);
    const auto untagged = identifier(login(server, agent() + "<bind xmlns='urn:xmpp:bind:0'/>").receive());
    CHECK(std::ranges::count(untagged, '/') == 1);
    const auto long_tag = "<bind xmlns='urn:xmpp:bind:0'><tag>" + std::string(1020, 'x') + "</tag></bind>";
    CHECK(std::ranges::count(identifier(login(server, agent() + long_tag).receive()), '/') == 1);
}

TEST_CASE("sasl2: somebody who has wished for the device's resource keeps it") {
    TestServer server{};
    server.account("romeo@example.org");
    auto& first = login(server, agent() + bind());
    const auto jid = identifier(first.receive());
    first.close();
    auto& taken = server.login(jid);
    CHECK(taken.jid().text() == jid);
    CHECK(identifier(login(server, agent() + bind()).receive()).starts_with(jid + "-"));
    CHECK_FALSE(taken.closed());
}

TEST_CASE("sasl2: too many sessions: logged in, told why, and able to bind in the older way") {
    TestOptions options;
    options.c2s = "max-sessions='1'";
    TestServer server(options);
    auto& here = server.login("romeo@example.org/here");
    auto& client = login(server, agent() + bind());
    CHECK(client.receive() ==
          "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>romeo@example.org</authorization-identifier>"
          "<failed xmlns='urn:xmpp:bind:0'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
          "</success>");
    CHECK(has(client.receive().xml(), "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"));
    client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>here</resource></bind>"
                "</iq>");
    CHECK(has(client.receive().xml(), "<jid>romeo@example.org/here</jid>"));
    CHECK(here.stream_error() == "conflict");
}

TEST_CASE("sasl2: carbons from the first message on") {
    TestServer server{"carbons"};
    auto& laptop_client = server.login("romeo@example.org/laptop");
    laptop_client.available();
    auto& with = login(server, agent() + bind("<enable xmlns='urn:xmpp:carbons:2'/>"));
    auto& without = login(server, agent(laptop) + bind());
    with.drain();
    without.drain();
    auto& juliet = server.login("juliet@example.org/j");
    juliet.send("<message to='romeo@example.org/laptop' id='m' type='chat'><body>hi</body></message>");
    CHECK(has(with.receive().xml(), "<received xmlns='urn:xmpp:carbons:2'>"));
    CHECK(without.silent());
}

TEST_CASE("sasl2: stream management with the resource, and its session again with the next login") {
    TestServer server{"carbons"};
    server.account("romeo@example.org");
    auto& client = login(server, agent() + bind("<enable xmlns='urn:xmpp:sm:3' resume='true'/>"));
    const auto success = client.receive();
    const auto jid = identifier(success);
    const auto bound = success.fragment();
    const auto enabled = bound.element().child("bound").child("enabled", "urn:xmpp:sm:3");
    const auto id = enabled.attr("id").str();
    CHECK(enabled.attr("resume") == "true");
    REQUIRE_FALSE(id.empty());
    client.send("<presence/><iq type='get' id='1'><a xmlns='b:c'/></iq><r xmlns='urn:xmpp:sm:3'/>");
    CHECK(has(client.raw(), "<a xmlns='urn:xmpp:sm:3' h='2'/>"));
    client.cut();
    auto& juliet = server.login("juliet@example.org/j");
    juliet.send("<message to='" + jid + "' id='m' type='chat'><body>hi</body></message>");

    const auto resume = "<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='1'/>";
    auto& next = login(server, agent() + resume + bind());
    const auto resumed = next.receive();
    CHECK(identifier(resumed) == jid);
    CHECK(has(resumed.xml(), "<resumed xmlns='urn:xmpp:sm:3'"));
    CHECK_FALSE(has(resumed.xml(), "<bound"));
    CHECK(has(next.receive().xml(), "features"));
    const auto rest = next.receive_all();
    CHECK(std::ranges::count_if(rest, [](const auto& one) { return one.attr("id") == "m"; }) == 1);

    next.close();
    auto& late = login(server, agent() + resume + bind());
    const auto failed = late.receive();
    CHECK(has(failed.xml(), "<failed xmlns='urn:xmpp:sm:3'"));
    CHECK(has(failed.xml(), "<bound xmlns='urn:xmpp:bind:0'/>"));
    CHECK(identifier(failed) == jid);
    auto& unbound = login(server, agent(laptop) + resume);
    const auto alone = unbound.receive();
    CHECK(has(alone.xml(), "<failed xmlns='urn:xmpp:sm:3'"));
    CHECK(identifier(alone) == "romeo@example.org");
    CHECK(has(unbound.receive().xml(), "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"));
}

TEST_CASE("sasl2: the ends of the archive at that moment, and nothing twice that is in it") {
    TestServer server{"archive", "offline"};
    server.account("romeo@example.org");
    auto& empty = login(server, agent() + bind());
    CHECK(has(empty.receive().xml(), "<bound xmlns='urn:xmpp:bind:0'><metadata xmlns='urn:xmpp:mam:2'/></bound>"));
    empty.close();
    auto& juliet = server.login("juliet@example.org/j");
    for (const auto* id : {"m1", "m2", "m3"})
        juliet.send("<message to='romeo@example.org' id='" + std::string(id) +
                    "' type='chat'><body>hi</body></message>");
    auto& client = login(server, agent() + bind());
    const auto success = client.receive().fragment();
    const auto metadata = success.element().child("bound").child("metadata", "urn:xmpp:mam:2");
    client.drain();
    client.send("<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq>");
    std::vector<std::string> ids;
    for (const auto& one : client.receive_all()) {
        const auto fragment = one.fragment();
        const auto result = fragment.element().child("result");
        if (result) ids.push_back(result.attr("id").str());
    }
    REQUIRE(ids.size() == 3);
    CHECK(metadata.child("start").attr("id") == ids.front());
    CHECK(metadata.child("end").attr("id") == ids.back());
    client.send("<presence/>");
    for (const auto& one : client.receive_all()) CHECK_FALSE(has(one.xml(), "<body>"));
}

TEST_CASE("sasl2: what waits and is in no archive is given to who comes") {
    TestServer server{"archive", "offline"};
    auto& romeo = server.login("romeo@example.org/home");
    romeo.send("<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='never'/></iq>");
    CHECK(romeo.receive().attr("type") == "result");
    romeo.close();
    auto& juliet = server.login("juliet@example.org/j");
    juliet.send("<message to='romeo@example.org' id='m' type='chat'><body>hi</body></message>");
    auto& client = login(server, agent() + bind());
    client.drain();
    client.send("<presence/>");
    const auto all = client.receive_all();
    CHECK(std::ranges::count_if(all, [](const auto& one) { return one.attr("id") == "m"; }) == 1);
}

// ---- What goes wrong ------------------------------------------------------------------------------------------------

TEST_CASE("sasl2: each failure has its condition, and the stream goes on") {
    TestServer server{};
    server.account("romeo@example.org");
    const std::string first = "n=romeo,r=" + std::string(nonce);
    const auto element = [](std::string_view mechanism, std::string_view inside) {
        return "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='" + std::string(mechanism) + "'>" +
               std::string(inside) + "</authenticate>";
    };
    const std::pair<std::string, std::string_view> rows[] = {
        {authenticate("PLAIN", plain("romeo", "wrong")), "not-authorized"},
        {authenticate("PLAIN", plain("nobody", "secret")), "not-authorized"},
        {authenticate("PLAIN", "juliet@example.org" + plain("romeo", "secret")), "invalid-authzid"},
        {authenticate("PLAIN", "romeo"), "malformed-request"},
        {authenticate("X-UNKNOWN", ""), "invalid-mechanism"},
        {element("", ""), "invalid-mechanism"},
        {element("PLAIN", "<initial-response>%%%</initial-response>"), "incorrect-encoding"},
        {element("PLAIN", "<initial-response/>"), "malformed-request"},
        {element("PLAIN", "<user-agent id='" + std::string(65, 'x') + "'/>"), "malformed-request"},
        {authenticate("HT-SHA-256-NONE", hashed("x"), agent()), "invalid-mechanism"}, // says nothing of a token
        {authenticate("SCRAM-SHA-1", "y,," + first), "not-authorized"},
        {response("x"), "malformed-request"},
        {"<abort xmlns='urn:xmpp:sasl:2'/>", "malformed-request"},
        {"<next xmlns='urn:xmpp:sasl:2' task='UPGR-SCRAM-SHA-256'/>", "malformed-request"},
        {"<task-data xmlns='urn:xmpp:sasl:2'/>", "malformed-request"},
    };
    auto* client = &stranger(server);
    unsigned attempts = 0;
    for (const auto& [sent, condition] : rows) {
        INFO(sent);
        client->send(sent);
        const auto answer = client->receive();
        CHECK(said(answer) == condition);
        CHECK(has(answer.xml(), "<failure xmlns='urn:xmpp:sasl:2'><" + std::string(condition) +
                                    " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"));
        if (++attempts % 8 == 0) client = &stranger(server);
    }
    client->send(authenticate("PLAIN", plain("romeo", "secret")));
    CHECK(said(client->receive()) == "success");
}

TEST_CASE("sasl2: both ways on one stream, one after the other, and not mixed") {
    TestServer server{};
    server.account("romeo@example.org");
    auto& client = stranger(server);
    const std::string first = "n,,n=romeo,r=" + std::string(nonce);
    const auto older = [&](std::string_view mechanism, std::string_view data) {
        return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + std::string(mechanism) + "'>" +
               base64::encode(data) + "</auth>";
    };
    client.send(older("PLAIN", plain("romeo", "wrong")));
    CHECK(said(client.receive()) == "not-authorized");
    client.send(older("SCRAM-SHA-1", first));
    CHECK(said(client.receive()) == "challenge");
    client.send(authenticate("PLAIN", plain("romeo", "secret"))); // one at a time
    CHECK(said(client.receive()) == "malformed-request");
    client.send(authenticate("SCRAM-SHA-1", first));
    CHECK(said(client.receive()) == "challenge");
    client.send("<abort xmlns='urn:xmpp:sasl:2'><text>no</text></abort>");
    CHECK(said(client.receive()) == "aborted");
    client.send(authenticate("PLAIN", plain("romeo", "secret")));
    CHECK(said(client.receive()) == "success");
    client.drain();
    client.send(authenticate("PLAIN", plain("romeo", "secret"))); // section 3.9
    CHECK(client.stream_error() == "policy-violation");
}

TEST_CASE("sasl2: during an exchange nothing else may be said") {
    for (const auto* other : {"<message to='romeo@example.org'><body>hi</body></message>",
                              "<iq type='get' id='1'><query xmlns='jabber:iq:register'/></iq>",
                              "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
                              "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}) {
        TestServer server{"register"};
        server.account("romeo@example.org");
        auto& client = stranger(server);
        client.send(authenticate("SCRAM-SHA-1", "n,,n=romeo,r=" + std::string(nonce)));
        CHECK(said(client.receive()) == "challenge");
        client.send(other);
        CHECK(client.stream_error() == "not-authorized");
    }
}

TEST_CASE("sasl2: nothing of what stands inside is done where the login fails") {
    TestServer server{};
    auto& here = server.login("romeo@example.org/here");
    auto& client = stranger(server);
    client.send(authenticate("PLAIN", plain("romeo", "wrong"), agent() + bind() + request_token()));
    CHECK(said(client.receive()) == "not-authorized");
    CHECK(server.ctl({"sessions", "list", "romeo@example.org"}).rows.size() == 1);
    CHECK(server.ctl({"devices", "list", "romeo@example.org"}).rows.empty());
    CHECK_FALSE(here.closed());
}

TEST_CASE("sasl2: failures are slowed, and end the stream, together with the older ones") {
    TestServer server{};
    auto& client = stranger(server);
    for (int i = 0; i < 5; ++i) {
        client.send(authenticate("PLAIN", plain("nobody" + std::to_string(i), "x")));
        client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
                    base64::encode(plain("somebody" + std::to_string(i), "x")) + "</auth>");
    }
    CHECK(client.stream_error() == "policy-violation");
    for (int i = 0; i < 3; ++i) {
        auto& one = stranger(server);
        one.send(authenticate("PLAIN", plain("romeo", "x")));
        CHECK(said(one.receive()) == "not-authorized");
    }
    auto& fourth = stranger(server);
    fourth.send(authenticate("PLAIN", plain("romeo", "x")));
    CHECK(fourth.silent());
    server.advance(300ms);
    CHECK(said(fourth.receive()) == "not-authorized");
}

TEST_CASE("sasl2: a store that fails lets nobody in, and the next try is good") {
    TestServer server{};
    server.account("romeo@example.org");
    auto& client = stranger(server);
    server.fail_commit(1);
    client.send(authenticate("PLAIN", plain("romeo", "secret"), agent() + bind() + request_token()));
    CHECK(said(client.receive()) == "temporary-auth-failure");
    client.send(authenticate("PLAIN", plain("romeo", "secret"), agent() + bind() + request_token()));
    CHECK(said(client.receive()) == "success");
}

// ---- Upgrades -------------------------------------------------------------------------------------------------------

TEST_CASE("sasl2: an account with an old hash is offered what it can, and upgraded (XEP-0480)") {
    TestServer server{};
    server.account("romeo@example.org");
    server.weaken("romeo@example.org");
    auto& client = server.connect();
    client.send(stream_header());
    const auto features = client.receive().xml();
    CHECK(has(features, "<mechanism>SCRAM-SHA-1</mechanism>"));
    CHECK_FALSE(has(features, "<mechanism>SCRAM-SHA-256</mechanism>"));
    const std::string bare = "n=romeo,r=" + std::string(nonce);
    const std::string upgrades = "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"
                                 "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-BLOOP2</upgrade>"
                                 "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-512</upgrade>";
    client.send(authenticate("SCRAM-SHA-1", "n,," + bare, agent() + upgrades + bind() + request_token()));
    const auto asked = data_of(client.receive());
    client.send(response(sasl::test::client_final(ScramHash::sha1, "secret", bare, asked)));
    for (const auto hash : {ScramHash::sha256, ScramHash::sha512}) {
        const auto name = "UPGR-SCRAM-" + std::string(epode::name(hash));
        const auto next = client.receive();
        CHECK(said(next) == "continue");
        CHECK(has(next.xml(), "<tasks><task>" + name + "</task></tasks>"));
        CHECK(part(next, "additional-data").empty() == (hash == ScramHash::sha512));
        client.send("<next xmlns='urn:xmpp:sasl:2' task='" + name + "'/>");
        const auto task = client.receive().fragment();
        const auto salt = task.element().child("salt", "urn:xmpp:scram-upgrade:0");
        CHECK(salt.attr("iterations") == "4096");
        const auto salted = sasl::test::salted_password(hash, "secret", *base64::decode(salt.text().str()), 4096);
        client.send("<task-data xmlns='urn:xmpp:sasl:2'><hash xmlns='urn:xmpp:scram-upgrade:0'>\n  " +
                    base64::encode(salted) + "\n</hash></task-data>");
    }
    const auto success = client.receive();
    CHECK(identifier(success).starts_with("romeo@example.org/AwesomeXMPP/"));
    CHECK_FALSE(attr_of(success, "token", "token").empty());

    // From now on the account has them.
    auto& again = server.connect();
    again.send(stream_header());
    CHECK(has(again.receive().xml(), "<mechanism>SCRAM-SHA-512</mechanism>"));
    again.send(authenticate("SCRAM-SHA-512", "n,," + bare, upgrades));
    const auto second = data_of(again.receive());
    again.send(response(sasl::test::client_final(ScramHash::sha512, "secret", bare, second)));
    CHECK(said(again.receive()) == "success"); // and there is nothing to upgrade
}

TEST_CASE("sasl2: an upgrade that goes wrong") {
    TestServer server{};
    server.account("romeo@example.org");
    server.weaken("romeo@example.org");
    const std::string upgrade = "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>";
    const std::string begin = "<next xmlns='urn:xmpp:sasl:2' task='UPGR-SCRAM-SHA-256'/>";
    const std::pair<std::string, std::string_view> rows[] = {
        {"<next xmlns='urn:xmpp:sasl:2' task='UPGR-SCRAM-SHA-512'/>", "malformed-request"},
        {"<task-data xmlns='urn:xmpp:sasl:2'><hash xmlns='urn:xmpp:scram-upgrade:0'>eA==</hash></task-data>",
         "malformed-request"},
        {begin + begin, "malformed-request"},
        {begin + "<task-data xmlns='urn:xmpp:sasl:2'><hash xmlns='urn:xmpp:scram-upgrade:0'>eA==</hash></task-data>",
         "malformed-request"},
        {begin + "<task-data xmlns='urn:xmpp:sasl:2'/>", "malformed-request"},
        {begin + "<abort xmlns='urn:xmpp:sasl:2'/>", "aborted"},
        {response("x"), "malformed-request"},
    };
    for (const auto& [sent, condition] : rows) {
        INFO(sent);
        auto& client = stranger(server);
        client.send(authenticate("PLAIN", plain("romeo", "secret"), agent() + upgrade + bind()));
        CHECK(said(client.receive()) == "continue");
        client.send(sent);
        auto all = client.receive_all();
        REQUIRE_FALSE(all.empty());
        CHECK(said(all.back()) == condition);
        client.send(authenticate("PLAIN", plain("romeo", "secret")));
        CHECK(said(client.receive()) == "success");
    }
    auto& client = stranger(server);
    client.send(authenticate("PLAIN", plain("romeo", "secret"), upgrade));
    CHECK(said(client.receive()) == "continue");
    client.send(authenticate("PLAIN", plain("romeo", "secret"))); // section 3.9
    CHECK(client.stream_error() == "policy-violation");
}

// ---- All in one go --------------------------------------------------------------------------------------------------

TEST_CASE("sasl2: in one write or byte by byte, the same comes back (XEP-0509)") {
    const std::string all = stream_header() +
                            authenticate("PLAIN", plain("romeo", "secret"),
                                         agent() + bind("<enable xmlns='urn:xmpp:carbons:2'/>"
                                                        "<enable xmlns='urn:xmpp:sm:3'/>")) +
                            "<presence/><iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
                            "<r xmlns='urn:xmpp:sm:3'/>";
    const auto heard = [&](std::size_t step) {
        TestOptions options;
        options.all_modules = true;
        TestServer server(options);
        server.account("romeo@example.org");
        auto& client = server.connect();
        for (std::size_t at = 0; at < all.size(); at += step) client.send(all.substr(at, step));
        auto raw = client.raw();
        const auto id = raw.find(" id='");
        raw.erase(id, raw.find('\'', id + 5) - id);
        const std::string tag = "AwesomeXMPP/"; // what follows is made with a key of each server's own
        for (auto at = raw.find(tag); at != std::string::npos; at = raw.find(tag)) raw.erase(at, tag.size() + 12);
        const std::string question = "<r xmlns='urn:xmpp:sm:3'/>"; // comes with each write
        for (auto at = raw.find(question); at != std::string::npos; at = raw.find(question))
            raw.erase(at, question.size());
        // The order of features is each server's own here, where modules are asked in a random one.
        std::vector<std::string> elements;
        for (std::size_t at = 0, end = 0; at < raw.size(); at = end) {
            end = std::min(raw.find('<', at + 1), raw.size());
            elements.push_back(raw.substr(at, end - at));
        }
        std::ranges::sort(elements);
        raw.clear();
        for (const auto& each : elements) raw += each;
        return raw;
    };
    const auto once = heard(all.size());
    CHECK(has(once, "<bound xmlns='urn:xmpp:bind:0'>"));
    CHECK(has(once, "type='result' id='1'"));
    CHECK(has(once, "<a xmlns='urn:xmpp:sm:3' h='2'/>"));
    CHECK(heard(1) == once);
    CHECK(heard(7) == once);
}

TEST_CASE("sasl2: who knows other features than there are is told, without prejudice (XEP-0509)") {
    TestServer server{"csi"};
    server.account("romeo@example.org");
    auto& client = server.connect();
    const auto version = [](std::string_view value) {
        return "<config-version xmlns='urn:xmpp:iap:0' scheme='opaque' value='" + std::string(value) + "'/>";
    };
    client.send(stream_header() + authenticate("PLAIN", plain("romeo", "secret"), bind() + version("b2xk")));
    const auto current = attr_of(client.receive(), "config-version", "value");
    const auto failure = client.receive();
    CHECK(said(failure) == "aborted");
    CHECK(has(failure.xml(), "<config-version-mismatch xmlns='urn:xmpp:iap:0'/>"));
    for (int i = 0; i < 12; ++i) client.send(authenticate("PLAIN", plain("romeo", "wrong"), version("b2xk")));
    CHECK_FALSE(client.closed());
    client.drain();
    client.send(authenticate("PLAIN", plain("romeo", "secret"), bind() + version(current)));
    CHECK(said(client.receive()) == "success");
    // The same for everybody, as long as nothing changes.
    auto& other = server.connect();
    other.send(stream_header("juliet@example.org"));
    CHECK(attr_of(other.receive(), "config-version", "value") == current);
    other.cut();
    REQUIRE(server.unload("csi").empty());
    auto& later = server.connect();
    later.send(stream_header());
    CHECK(attr_of(later.receive(), "config-version", "value") != current);
}
