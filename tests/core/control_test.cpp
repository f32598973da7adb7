// SPDX-License-Identifier: MIT
#include "core/control/catalogue.hpp"
#include "tests/core/control_kit.hpp"
#include "tests/harness/captured_log.hpp"

#include <iterator>
#include <set>
#include <unistd.h>

using namespace epode;
using namespace epode::control_kit;
using namespace epode::test;

// ---- Finding the command --------------------------------------------------------------------------------------------

TEST_CASE("every command of the catalogue is carried out or says what is wrong") {
    for (const auto& entry : control::catalogue()) {
        CAPTURE(entry.words);
        TestServer server{"announce"};
        std::vector<std::string> words;
        std::string_view rest = entry.words;
        if (const auto space = rest.find(' '); space != std::string_view::npos) {
            words.emplace_back(rest.substr(0, space));
            rest.remove_prefix(space + 1);
        }
        words.emplace_back(rest);
        for (std::size_t i = 0; i < entry.least(); ++i) words.emplace_back("x");
        const auto answer = server.ctl(words);
        CHECK_FALSE((answer.text.empty() && answer.columns.empty() && answer.details.empty()));
        CHECK(answer.text.find("there is no command") == std::string::npos);
        CHECK(answer.text.find("usage") == std::string::npos);
    }
}

TEST_CASE("the catalogue's nouns are those of its commands") {
    std::set<std::string_view> first_words, nouns;
    for (const auto& entry : control::catalogue())
        if (const auto space = entry.words.find(' '); space != std::string_view::npos)
            first_words.insert(entry.words.substr(0, space));
    for (const auto& noun : control::nouns()) nouns.insert(noun.name);
    CHECK(first_words == nouns);
}

TEST_CASE("a command that is not known names the nearest one") {
    TestServer server{"ping"};
    CHECK(said(server.ctl({"staus"})) == "failure: there is no command \"staus\" (did you mean \"status\"?)");
    CHECK(said(server.ctl({"sesions", "list"})) ==
          "failure: there is no command \"sesions list\" (did you mean \"sessions list\"?)");
    CHECK(said(server.ctl({"accounts", "lst"})) ==
          "failure: there is no command \"accounts lst\" (did you mean \"accounts list\"?)");
    CHECK(said(server.ctl({"staus", "of", "everything"})) ==
          "failure: there is no command \"staus of\" (did you mean \"status\"?)");
    CHECK(said(server.ctl({"log", "frobnicate"})) ==
          "failure: there is no command \"log frobnicate\"; \"log\" goes with show or set");
    CHECK(said(server.ctl({"sessions"})) == "failure: \"sessions\" wants a verb: list or kick");
    CHECK(said(server.ctl({"frobnicate"})) == "failure: there is no command \"frobnicate\"");
    CHECK(said(server.ctl({})) == "failure: a command is needed, such as \"status\"");
}

TEST_CASE("too few or too many arguments are answered with the usage") {
    TestServer server{"ping"};
    CHECK(said(server.ctl({"sessions", "kick"})) == "failure: usage: sessions kick JID [REASON]");
    CHECK(said(server.ctl({"status", "now"})) == "failure: usage: status");
    CHECK(said(server.ctl({"accounts", "role", "romeo@example.org"})) == "failure: usage: accounts role JID ROLE");
    CHECK(said(server.ctl({"log", "set"})) == "failure: usage: log set LEVELS...");
}

TEST_CASE("an option that the command does not take is refused") {
    TestServer server{"ping"};
    CHECK(said(server.ctl({"status"}, example_org)) == "failure: \"status\" has no option host");
    CHECK(said(server.ctl({"hooks"}, password)) == "failure: \"hooks\" has no option password");
}

// ---- The server as a whole ------------------------------------------------------------------------------------------

TEST_CASE("status counts what there is") {
    TestServer server{"presence"};
    server.login("romeo@example.org/orchard");
    server.login("romeo@example.org/balcony");
    server.login("juliet@example.net/balcony");
    server.connect();
    server.advance(3min + 7s);
    const auto status = server.ctl({"status"});
    CHECK(status.ok);
    CHECK(value_of(status, "state") == "running");
    CHECK(value_of(status, "process") == std::to_string(::getpid()));
    CHECK(value_of(status, "uptime") == "3 min 7 s");
    CHECK(value_of(status, "hosts") == "2");
    CHECK(value_of(status, "shards") == std::to_string(server.shards()));
    CHECK(value_of(status, "sessions") == "3");
    CHECK(value_of(status, "storage failures") == "0");
}

TEST_CASE("stop asks for the end of the process") {
    TestServer server{"ping"};
    CHECK_FALSE(server.wants_end());
    CHECK(said(server.ctl({"stop"})) == "the server is stopping");
    CHECK(server.wants_end());
}

TEST_CASE("hosts are listed with what is on them") {
    TestServer server{"ping"};
    server.login("romeo@example.org/orchard");
    const auto hosts = server.ctl({"hosts"});
    CHECK(cells(hosts, {"host", "sessions", "admins"}) ==
          Rows{{"example.net", "0", "admin@example.net"}, {"example.org", "1", "admin@example.org"}});
}

TEST_CASE("logins are counted, those that fail by condition") {
    TestServer server{"ping"};
    server.login("romeo@example.org/orchard");
    auto& stranger = server.connect();
    stranger.send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' "
                  "to='example.org'>");
    stranger.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHdyb25n</auth>");
    const auto text = server.ctl({"metrics"}).text;
    CAPTURE(text);
    CHECK(text.find("epode_logins_total{host=\"example.org\"} 1\n") != std::string::npos);
    CHECK(text.find("epode_logins_refused_total{host=\"example.org\",condition=\"not-authorized\"} 1\n") !=
          std::string::npos);
}

TEST_CASE("metrics are OpenMetrics text with the modules' counters by host") {
    TestServer server{"offline"};
    server.account("romeo@example.org");
    server.login("juliet@example.org/balcony").send("<message to='romeo@example.org'><body>hi</body></message>");
    const auto metrics = server.ctl({"metrics"});
    REQUIRE(metrics.ok);
    CHECK(metrics.text.find("# TYPE epode_offline_kept counter\n") != std::string::npos);
    CHECK(metrics.text.find("epode_offline_kept_total{host=\"example.org\"} 1\n") != std::string::npos);
    CHECK(metrics.text.find("epode_offline_kept_total{host=\"example.net\"} 0\n") != std::string::npos);
    CHECK(metrics.text.find("# TYPE epode_sessions gauge\n") != std::string::npos);
    CHECK(metrics.text.find("epode_sessions 1\n") != std::string::npos);
    CHECK(metrics.text.ends_with("\n# EOF"));
}

TEST_CASE("a backup goes to a new folder with an absolute path") {
    const Folder folder;
    const auto copy = (folder.path / "copy").string();
    TestServer server{"ping"};
    CHECK(said(server.ctl({"backup", copy})) == "a copy of the data is in " + copy);
    CHECK_FALSE(std::filesystem::is_empty(copy));
    CHECK(said(server.ctl({"backup", copy})).starts_with("failure: the store cannot do that: "));
    CHECK(said(server.ctl({"backup", "somewhere"})) == "failure: the folder must be an absolute path");
}

// ---- Sessions -------------------------------------------------------------------------------------------------------

TEST_CASE("sessions are listed, of everybody, a host, an account, or one") {
    TestServer server{"presence"};
    server.login("romeo@example.org/orchard").available(5);
    server.login("romeo@example.org/balcony");
    server.login("juliet@example.net/balcony");
    const auto listed = [&](std::vector<std::string> words) {
        const auto answer = server.ctl(std::move(words));
        CAPTURE(answer.text);
        CHECK(answer.ok);
        return cells(answer, {"session", "priority", "available"});
    };
    const Rows all{{"juliet@example.net/balcony", "-", "no"},
                   {"romeo@example.org/balcony", "-", "no"},
                   {"romeo@example.org/orchard", "5", "yes"}};
    CHECK(listed({"sessions", "list"}) == all);
    CHECK(listed({"sessions", "list", "example.net"}) == Rows{all[0]});
    CHECK(listed({"sessions", "list", "romeo@example.org"}) == Rows{all[1], all[2]});
    CHECK(listed({"sessions", "list", "romeo@example.org/balcony"}) == Rows{all[1]});
    CHECK(listed({"sessions", "list", "nobody@example.org"}).empty());
    CHECK(said(server.ctl({"sessions", "list", "exmaple.org"})) ==
          "failure: there is no host exmaple.org (did you mean example.org?)");
    CHECK_FALSE(server.ctl({"sessions", "list", "@"}).ok);
}

TEST_CASE("a session is kicked, or all of an account") {
    TestServer server{"presence"};
    auto& orchard = server.login("romeo@example.org/orchard");
    auto& balcony = server.login("romeo@example.org/balcony");
    auto& street = server.login("romeo@example.org/street");
    CHECK(said(server.ctl({"sessions", "kick", "romeo@example.org/balcony", "out with you"})) ==
          "one session was ended");
    CHECK(balcony.closed());
    CHECK(balcony.stream_error() == "policy-violation");
    CHECK(balcony.raw().find("out with you") != std::string::npos);
    CHECK_FALSE(orchard.closed());
    CHECK(said(server.ctl({"sessions", "kick", "romeo@example.org"})) == "2 sessions were ended");
    CHECK(orchard.closed());
    CHECK(street.closed());
    CHECK(said(server.ctl({"sessions", "kick", "romeo@example.org"})) == "failure: romeo@example.org is not connected");
    CHECK(said(server.ctl({"sessions", "kick", "example.org"})) == "failure: name an account or one of its sessions");
    CHECK(said(server.ctl({"sessions", "kick", "romeo@verona.lit"})) ==
          "failure: there is no host verona.lit; there are example.net, example.org");
}

// ---- Accounts -------------------------------------------------------------------------------------------------------

TEST_CASE("accounts are made, listed, given a role and removed") {
    TestServer server{"presence"};
    CHECK(said(server.ctl({"accounts", "add", "Romeo@example.org"}, password)) == "romeo@example.org has been made");
    CHECK(said(server.ctl({"accounts", "add", "friar@example.org", "operator"}, password)) ==
          "friar@example.org has been made");
    CHECK(cells(server.ctl({"accounts", "list", "example.org"}), {"account", "role"}) ==
          Rows{{"friar@example.org", "operator"}, {"romeo@example.org", "user"}});
    CHECK(said(server.ctl({"accounts", "role", "romeo@example.org", "admin"})) == "romeo@example.org is admin now");
    CHECK(said(server.ctl({"accounts", "delete", "friar@example.org"})) == "friar@example.org has been removed");
    CHECK(cells(server.ctl({"accounts", "list", "example.org"}), {"account", "role"}) ==
          Rows{{"romeo@example.org", "admin"}});
    CHECK(server.ctl({"accounts", "list", "example.net"}).rows.empty());
}

TEST_CASE("a password that is set counts from then on") {
    TestServer server{"presence"};
    server.account("romeo@example.org"); // with the password that the kit logs in with
    CHECK(said(server.ctl({"accounts", "passwd", "romeo@example.org"}, password)) ==
          "the password of romeo@example.org has been changed");
    CHECK_THROWS(server.login("romeo@example.org/orchard"));
    CHECK(server.ctl({"accounts", "passwd", "romeo@example.org"}, {{"password", "secret"}}).ok);
    CHECK_NOTHROW(server.login("romeo@example.org/orchard"));
}

TEST_CASE("what is wrong with an account is said") {
    TestServer server{"presence"};
    server.account("romeo@example.org");
    CHECK(said(server.ctl({"accounts", "add", "romeo@example.org"}, password)) ==
          "failure: this account exists already");
    CHECK(said(server.ctl({"accounts", "add", "juliet@example.org"})) == "failure: a password is needed");
    CHECK(said(server.ctl({"accounts", "add", "juliet@example.org", "king"}, password)) ==
          "failure: \"king\" is no role; a role is user, operator or admin");
    CHECK(said(server.ctl({"accounts", "add", "juliet@exmaple.net"}, password)) ==
          "failure: there is no host exmaple.net (did you mean example.net?)");
    CHECK(said(server.ctl({"accounts", "add", "example.org"}, password)) ==
          "failure: an account's address looks like juliet@example.org");
    CHECK(said(server.ctl({"accounts", "add", "juliet@example.org/balcony"}, password)) ==
          "failure: an account's address looks like juliet@example.org");
    CHECK_FALSE(server.ctl({"accounts", "add", "@"}, password).ok);
    CHECK(said(server.ctl({"accounts", "passwd", "juliet@example.org"}, password)) ==
          "failure: there is no such account");
    CHECK(said(server.ctl({"accounts", "delete", "juliet@example.org"})) == "failure: there is no such account");
    CHECK(said(server.ctl({"accounts", "role", "juliet@example.org", "admin"})) == "failure: there is no such account");
    CHECK(said(server.ctl({"accounts", "list", "verona.lit"})) ==
          "failure: there is no host verona.lit; there are example.net, example.org");
    CHECK(cells(server.ctl({"accounts", "list", "example.org"}), {"account"}) == Rows{{"romeo@example.org"}});
}

TEST_CASE("what the store cannot do is an answer, too") {
    TestServer server{"presence"};
    server.fail_commit(1);
    const auto answer = server.ctl({"accounts", "add", "romeo@example.org"}, password);
    CHECK(said(answer).starts_with("failure: the store cannot do that: "));
    CHECK(server.ctl({"accounts", "add", "romeo@example.org"}, password).ok);
}

TEST_CASE("no log line has a password") {
    TestServer server{"presence"};
    const CapturedLog captured("trace");
    server.ctl({"accounts", "add", "romeo@example.org"}, password);
    server.ctl({"accounts", "passwd", "romeo@example.org"}, password);
    server.ctl({"accounts", "add", "romeo@example.org", "king"}, password);
    server.ctl({"status"}, password);
    const auto log = captured.all();
    CHECK(log.find("control: command words=\"accounts passwd\"") != std::string::npos);
    CHECK(log.find(password.at("password")) == std::string::npos);
}

TEST_CASE("the log says what an administrator did to an account") {
    TestServer server{"presence"};
    const CapturedLog log;
    server.ctl({"accounts", "add", "romeo@example.org"}, password);
    CHECK(log.last() == "account: account created account=romeo@example.org by=administrator");
    server.ctl({"accounts", "passwd", "romeo@example.org"}, password);
    CHECK(log.last() == "account: password changed account=romeo@example.org by=administrator");
    server.ctl({"accounts", "role", "romeo@example.org", "admin"});
    CHECK(log.last() == "account: role changed account=romeo@example.org role=admin");
    server.ctl({"accounts", "delete", "romeo@example.org"});
    CHECK(log.last() == "account: account removed account=romeo@example.org by=administrator");
}
