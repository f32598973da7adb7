// SPDX-License-Identifier: MIT
// XEP-0077: strangers make accounts where they may; users change and give up their own.
#include "modules/register/sources.hpp"
#include "tests/catch.hpp"
#include "tests/harness/captured_log.hpp"
#include "tests/harness/test_server.hpp"

#include <string>

using namespace epode;
using namespace epode::test;
using registration::Sources;

namespace {

constexpr std::string_view header = "<stream:stream xmlns='jabber:client' "
                                    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";

bool refuses(const Received& received, std::string_view type, std::string_view condition) {
    const auto fragment = received.fragment();
    const auto error = fragment.element().child("error");
    return received.attr("type") == "error" && error.attr("type") == type &&
           error.child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas");
}

std::string query(std::string_view type, std::string_view children, std::string_view to = "") {
    return "<iq type='" + std::string(type) + "' id='reg1'" + (to.empty() ? "" : " to='" + std::string(to) + "'") +
           "><query xmlns='jabber:iq:register'>" + std::string(children) + "</query></iq>";
}
std::string fields(std::string_view name, std::string_view password) {
    return "<username>" + std::string(name) + "</username><password>" + std::string(password) + "</password>";
}

/// A stranger's stream to example.org, features read into `features`.
struct Stranger {
    Client& client;
    std::string features;

    explicit Stranger(TestServer& server) : client(server.connect()) {
        client.send(header);
        features = client.raw();
        client.drain();
    }
    Received ask(const std::string& xml) {
        client.send(xml);
        return client.receive();
    }
};

} // namespace

TEST_CASE("register: where it is allowed the stream says so and the form names the fields") {
    TestServer server({"register"}, "<register from='anywhere' instructions='Choose.'/>");
    Stranger stranger(server);
    CHECK(stranger.features.find("<register xmlns='http://jabber.org/features/iq-register'/>") != std::string::npos);
    const auto form = stranger.ask(query("get", "", "example.org"));
    CHECK(form.attr("type") == "result");
    const auto fragment = form.fragment();
    const auto asked = fragment.element().first();
    CHECK(asked.is("query", "jabber:iq:register"));
    CHECK(asked.child_text("instructions") == "Choose.");
    CHECK(asked.child("username"));
    CHECK(asked.child("password"));
    CHECK_FALSE(asked.child("registered"));
    CHECK(asked.child("x", "jabber:x:data"));
}

TEST_CASE("register: an account is made and can be used") {
    TestServer server({"register"}, "<register from='anywhere'/>");
    Stranger stranger(server);
    CHECK(stranger.ask(query("set", fields("Bill", "secret"), "example.org")) == "<iq type='result' id='reg1'/>");
    auto& bill = server.login("bill@example.org/globe"); // with the kit's password, "secret"
    CHECK(bill.jid().text() == "bill@example.org/globe");
    bill.send(query("get", "", "example.org"));
    CHECK(bill.receive() ==
          "<iq type='result' id='reg1'><query "
          "xmlns='jabber:iq:register'><registered/><username>bill</username><password/></query></iq>");
    Stranger again(server);
    CHECK(refuses(again.ask(query("set", fields("bill", "other"))), "cancel", "conflict"));
}

TEST_CASE("register: a data form is as good as the fields") {
    TestServer server({"register"}, "<register from='anywhere'/>");
    Stranger stranger(server);
    CHECK(stranger.ask(query("set", "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' "
                                    "type='hidden'><value>jabber:iq:register</value></field>"
                                    "<field var='username'><value>bill</value></field><field "
                                    "var='password'><value>secret</value></field></x>")) ==
          "<iq type='result' id='reg1'/>");
    CHECK(server.login("bill@example.org/globe").jid().local() == "bill");
}

TEST_CASE("register: what is not acceptable") {
    TestServer server({"register"}, "<register from='anywhere' reserved='admin root'/>");
    Stranger stranger(server);
    for (const auto& children :
         {std::string(), std::string("<username>bill</username>"), std::string("<password>x</password>"),
          fields("", "x"), fields("bill", ""), fields("bi ll", "x"), fields("bill@example.org", "x"),
          fields(std::string(1024, 'b'), "x")}) {
        INFO(children);
        CHECK(refuses(stranger.ask(query("set", children)), "modify", "not-acceptable"));
    }
    CHECK(refuses(stranger.ask(query("set", fields("Admin", "x"))), "cancel", "conflict"));
    CHECK(refuses(stranger.ask(query("set", "<remove/>")), "wait", "unexpected-request"));
    CHECK(stranger.ask(query("set", fields("bill", "secret"))) == "<iq type='result' id='reg1'/>");
}

TEST_CASE("register: where nobody may, nothing is offered and everything refused") {
    TestServer server({"register"}, "<register from='nobody'/>");
    Stranger stranger(server);
    CHECK(stranger.features.find("iq-register") == std::string::npos);
    CHECK(refuses(stranger.ask(query("get", "")), "cancel", "not-allowed"));
    CHECK(refuses(stranger.ask(query("set", fields("bill", "secret"))), "cancel", "not-allowed"));
}

TEST_CASE("register: other addresses are turned away") {
    TestServer server({"register"}, "<register from='203.0.113.0/24'/>");
    Stranger stranger(server);
    CHECK(stranger.features.find("iq-register") == std::string::npos);
    CHECK(refuses(stranger.ask(query("get", "")), "auth", "forbidden"));
    CHECK(refuses(stranger.ask(query("set", fields("bill", "secret"))), "auth", "forbidden"));
}

TEST_CASE("register: so many an hour from one address") {
    TestServer server({"register"}, "<register from='anywhere' per-hour='2'/>");
    Stranger stranger(server);
    CHECK(stranger.ask(query("set", fields("one", "x"))) == "<iq type='result' id='reg1'/>");
    CHECK(stranger.ask(query("set", fields("two", "x"))) == "<iq type='result' id='reg1'/>");
    CHECK(refuses(stranger.ask(query("set", fields("three", "x"))), "wait", "not-acceptable"));
    stranger.client.close();
    server.advance(59min);
    server.restart(); // forgets nothing
    Stranger soon(server);
    CHECK(refuses(soon.ask(query("set", fields("three", "x"))), "wait", "not-acceptable"));
    server.advance(2min);
    Stranger later(server);
    CHECK(later.ask(query("set", fields("three", "x"))) == "<iq type='result' id='reg1'/>");
    CHECK(later.ask(query("set", fields("four", "x"))) == "<iq type='result' id='reg1'/>");
    CHECK(refuses(later.ask(query("set", fields("five", "x"))), "wait", "not-acceptable"));
}

TEST_CASE("register: attempts that fail do not count") {
    TestServer server({"register"}, "<register from='anywhere' per-hour='1'/>");
    server.account("bill@example.org");
    Stranger stranger(server);
    for (int i = 0; i < 3; ++i) CHECK(refuses(stranger.ask(query("set", fields("bill", "x"))), "cancel", "conflict"));
    CHECK(stranger.ask(query("set", fields("one", "x"))) == "<iq type='result' id='reg1'/>");
}

TEST_CASE("register: storage that fails makes no account") {
    TestServer server({"register"}, "<register from='anywhere'/>");
    Stranger stranger(server);
    server.fail_commit(1);
    CHECK(stranger.ask(query("set", fields("bill", "secret"))).attr("type") == "error");
    CHECK(stranger.ask(query("set", fields("bill", "secret"))) == "<iq type='result' id='reg1'/>");
}

TEST_CASE("register: a user changes the password") {
    TestServer server{"register"};
    auto& bill = server.login("bill@example.org/globe");
    bill.send(query("set", fields("bill", "newpass"), "example.org"));
    CHECK(bill.receive() == "<iq type='result' id='reg1'/>");
    // The old one is the kit's: it must not work any more, and so on until it is the password again.
    bill.send(query("set", fields("bill@example.org", "secret")));
    CHECK(bill.receive() == "<iq type='result' id='reg1'/>");
    CHECK(server.login("bill@example.org/again").jid().resource() == "again");
}

TEST_CASE("register: password changes that are none") {
    TestServer server{"register"};
    auto& bill = server.login("bill@example.org/globe");
    server.account("kate@example.org");
    const auto ask = [&](std::string_view children) {
        bill.send(query("set", children, "example.org"));
        return bill.receive();
    };
    CHECK(refuses(ask("<username>bill</username>"), "modify", "bad-request"));
    CHECK(refuses(ask("<username>bill</username><password/>"), "modify", "bad-request"));
    CHECK(refuses(ask(fields("kate", "x")), "auth", "forbidden"));
    CHECK(server.login("bill@example.org/again").jid().resource() == "again"); // it is still the old one
    auto& romeo = server.login("romeo@example.net/orchard");
    romeo.send(query("set", fields("bill", "x"), "example.org"));
    CHECK(refuses(romeo.receive(), "auth", "registration-required"));
    romeo.send(query("set", fields("bill", "x"), "bill@example.org"));
    CHECK(romeo.receive().attr("type") == "error");
}

TEST_CASE("register: a user gives up the account") {
    TestServer server{"register"};
    auto& bill = server.login("bill@example.org/globe");
    auto& phone = server.login("bill@example.org/phone");
    bill.send(query("set", "<remove/>"));
    CHECK(bill.receive() == "<iq type='result' id='reg1'/>");
    CHECK(bill.stream_error() == "not-authorized");
    CHECK(phone.stream_error() == "not-authorized");
    server.advance(30s); // whoever does not close his side is cut off
    CHECK(bill.closed());
    CHECK(phone.closed());
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<iq type='get' id='1' to='bill@example.org'><query xmlns='jabber:iq:version'/></iq>");
    CHECK(refuses(romeo.receive(), "cancel", "service-unavailable"));
}

TEST_CASE("register: the log says from where an account was made, changed and given up") {
    TestServer server({"register"}, "<register from='anywhere'/>");
    const CapturedLog log;
    Stranger stranger(server);
    stranger.ask(query("set", fields("bill", "secret"), "example.org"));
    CHECK(log.last() == "account: account created account=bill@example.org by=client peer=\"\"");
    auto& bill = server.login("bill@example.org/globe");
    bill.send(query("set", fields("bill", "another")));
    CHECK(bill.receive() == "<iq type='result' id='reg1'/>");
    CHECK(log.last() == "account: password changed account=bill@example.org by=client peer=\"\"");
    bill.send(query("set", "<remove/>"));
    CHECK(bill.receive() == "<iq type='result' id='reg1'/>");
    CHECK(bill.stream_error() == "not-authorized");
    CHECK(log.last() == "account: account removed account=bill@example.org by=client peer=\"\"");
    CHECK(log.all().find("secret") == std::string::npos);
    CHECK(log.all().find("another") == std::string::npos);
}

TEST_CASE("register: removals that are none") {
    TestServer server{"register"};
    auto& bill = server.login("bill@example.org/globe");
    bill.send(query("set", "<remove/><username>bill</username>"));
    CHECK(refuses(bill.receive(), "modify", "bad-request"));
    auto& romeo = server.login("romeo@example.net/orchard");
    romeo.send(query("set", "<remove/>", "example.org"));
    CHECK(refuses(romeo.receive(), "auth", "registration-required"));
    CHECK(bill.stream_error().empty());
}

TEST_CASE("register: a removal that could not be written leaves the account") {
    TestServer server{"register"};
    auto& bill = server.login("bill@example.org/globe");
    server.fail_commit(1);
    bill.send(query("set", "<remove/>"));
    CHECK(bill.stream_error() == "internal-server-error");
    CHECK(server.login("bill@example.org/globe").jid().local() == "bill");
}

TEST_CASE("register: what the administrator switches off") {
    TestServer server({"register"}, "<register change-password='false' remove='false'/>");
    auto& bill = server.login("bill@example.org/globe");
    bill.send(query("set", fields("bill", "x")));
    CHECK(refuses(bill.receive(), "cancel", "not-allowed"));
    bill.send(query("set", "<remove/>"));
    CHECK(refuses(bill.receive(), "cancel", "not-allowed"));
    CHECK(bill.stream_error().empty());
}

TEST_CASE("register: the server says that it can") {
    TestServer server{"register"};
    auto& bill = server.login("bill@example.org/globe");
    bill.send("<iq type='get' id='1' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    CHECK(bill.receive().xml().find("'jabber:iq:register'") != std::string::npos);
}

// ---- The option ---------------------------------------------------------------------------------------------------

TEST_CASE("register: who may") {
    Peer local, near, far, six;
    local.address = "127.0.0.1";
    local.loopback = true;
    near.address = "192.0.2.77";
    far.address = "198.51.100.1";
    six.address = "2001:db8:1::5";
    struct Row {
        std::string_view from;
        bool local, near, far, six;
    };
    const Row table[] = {
        {"loopback", true, false, false, false},
        {"anywhere", true, true, true, true},
        {"nobody", false, false, false, false},
        {"192.0.2.0/24", false, true, false, false},
        {"192.0.2.77", false, true, false, false},
        {"192.0.2.76/31", false, true, false, false},
        {"2001:db8::/32", false, false, false, true},
        {"loopback 198.51.100.0/24 2001:db8:1::/48", true, false, true, true},
        {"0.0.0.0/0", true, true, true, false},
    };
    for (const auto& row : table) {
        INFO(row.from);
        const auto sources = Sources::parse(row.from);
        REQUIRE(sources);
        CHECK(sources->admit(local) == row.local);
        CHECK(sources->admit(near) == row.near);
        CHECK(sources->admit(far) == row.far);
        CHECK(sources->admit(six) == row.six);
        CHECK(sources->text() == row.from);
    }
}

TEST_CASE("register: what is no source") {
    for (const std::string_view text : {"", "everywhere", "192.0.2.1/33", "192.0.2.1/24", "192.0.2.0/", "192.0.2.0/2x",
                                        "192.0.2", "nobody loopback", "2001:db8::1/32", "example.org"})
        CHECK_FALSE(Sources::parse(text));
}
