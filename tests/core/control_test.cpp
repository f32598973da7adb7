// SPDX-License-Identifier: MIT
#include "core/base/log.hpp"
#include "core/control/catalogue.hpp"
#include "core/control/execute.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdlib.h>

using namespace epode;
using namespace epode::test;
using control::Answer;

namespace {

using Rows = std::vector<std::vector<std::string>>;
using Options = std::map<std::string, std::string>;

/// The sentence, with a mark where it is a failure.
std::string said(const Answer& answer) { return (answer.ok ? "" : "failure: ") + answer.text; }

std::string value_of(const Answer& answer, std::string_view name) {
    const auto found = std::ranges::find(answer.details, name, &std::pair<std::string, std::string>::first);
    return found == answer.details.end() ? "no such detail" : found->second;
}

/// Of each row the cells under these columns, sorted.
Rows cells(const Answer& answer, const std::vector<std::string>& columns) {
    Rows rows;
    for (const auto& row : answer.rows) {
        auto& cut = rows.emplace_back();
        for (const auto& column : columns) {
            const auto at = std::ranges::find(answer.columns, column);
            REQUIRE(at != answer.columns.end());
            cut.push_back(row.at(static_cast<std::size_t>(at - answer.columns.begin())));
        }
    }
    std::ranges::sort(rows);
    return rows;
}

Rows of_kind(const Answer& answer, const std::string& kind, const std::vector<std::string>& columns) {
    Answer only(answer);
    std::erase_if(only.rows, [&](const auto& row) { return row.front() != kind; });
    return cells(only, columns);
}

const Options password{{"password", "a good secret"}};
const Options example_org{{"host", "example.org"}};

struct Folder {
    std::filesystem::path path;

    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "epode-control-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
};

} // namespace

// ---- Finding the command ------------------------------------------------------------------------------------------------

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
        if (const auto space = entry.words.find(' '); space != std::string_view::npos) first_words.insert(entry.words.substr(0, space));
    for (const auto& noun : control::nouns()) nouns.insert(noun.name);
    CHECK(first_words == nouns);
}

TEST_CASE("a command that is not known names the nearest one") {
    TestServer server{"ping"};
    CHECK(said(server.ctl({"staus"})) == "failure: there is no command \"staus\" (did you mean \"status\"?)");
    CHECK(said(server.ctl({"sesions", "list"})) == "failure: there is no command \"sesions list\" (did you mean \"sessions list\"?)");
    CHECK(said(server.ctl({"accounts", "lst"})) == "failure: there is no command \"accounts lst\" (did you mean \"accounts list\"?)");
    CHECK(said(server.ctl({"staus", "of", "everything"})) ==
          "failure: there is no command \"staus of\" (did you mean \"status\"?)");
    CHECK(said(server.ctl({"log", "frobnicate"})) == "failure: there is no command \"log frobnicate\"; \"log\" goes with show or set");
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

// ---- The server as a whole ----------------------------------------------------------------------------------------------

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

// ---- Sessions -----------------------------------------------------------------------------------------------------------

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
    const Rows all{{"juliet@example.net/balcony", "-", "no"}, {"romeo@example.org/balcony", "-", "no"}, {"romeo@example.org/orchard", "5", "yes"}};
    CHECK(listed({"sessions", "list"}) == all);
    CHECK(listed({"sessions", "list", "example.net"}) == Rows{all[0]});
    CHECK(listed({"sessions", "list", "romeo@example.org"}) == Rows{all[1], all[2]});
    CHECK(listed({"sessions", "list", "romeo@example.org/balcony"}) == Rows{all[1]});
    CHECK(listed({"sessions", "list", "nobody@example.org"}).empty());
    CHECK(said(server.ctl({"sessions", "list", "exmaple.org"})) == "failure: there is no host exmaple.org (did you mean example.org?)");
    CHECK_FALSE(server.ctl({"sessions", "list", "@"}).ok);
}

TEST_CASE("a session is kicked, or all of an account") {
    TestServer server{"presence"};
    auto& orchard = server.login("romeo@example.org/orchard");
    auto& balcony = server.login("romeo@example.org/balcony");
    auto& street = server.login("romeo@example.org/street");
    CHECK(said(server.ctl({"sessions", "kick", "romeo@example.org/balcony", "out with you"})) == "one session was ended");
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

// ---- Accounts -----------------------------------------------------------------------------------------------------------

TEST_CASE("accounts are made, listed, given a role and removed") {
    TestServer server{"presence"};
    CHECK(said(server.ctl({"accounts", "add", "Romeo@example.org"}, password)) == "romeo@example.org has been made");
    CHECK(said(server.ctl({"accounts", "add", "friar@example.org", "operator"}, password)) == "friar@example.org has been made");
    CHECK(cells(server.ctl({"accounts", "list", "example.org"}), {"account", "role"}) ==
          Rows{{"friar@example.org", "operator"}, {"romeo@example.org", "user"}});
    CHECK(said(server.ctl({"accounts", "role", "romeo@example.org", "admin"})) == "romeo@example.org is admin now");
    CHECK(said(server.ctl({"accounts", "delete", "friar@example.org"})) == "friar@example.org has been removed");
    CHECK(cells(server.ctl({"accounts", "list", "example.org"}), {"account", "role"}) == Rows{{"romeo@example.org", "admin"}});
    CHECK(server.ctl({"accounts", "list", "example.net"}).rows.empty());
}

TEST_CASE("a password that is set counts from then on") {
    TestServer server{"presence"};
    server.account("romeo@example.org"); // with the password that the kit logs in with
    CHECK(said(server.ctl({"accounts", "passwd", "romeo@example.org"}, password)) == "the password of romeo@example.org has been changed");
    CHECK_THROWS(server.login("romeo@example.org/orchard"));
    CHECK(server.ctl({"accounts", "passwd", "romeo@example.org"}, {{"password", "secret"}}).ok);
    CHECK_NOTHROW(server.login("romeo@example.org/orchard"));
}

TEST_CASE("what is wrong with an account is said") {
    TestServer server{"presence"};
    server.account("romeo@example.org");
    CHECK(said(server.ctl({"accounts", "add", "romeo@example.org"}, password)) == "failure: this account exists already");
    CHECK(said(server.ctl({"accounts", "add", "juliet@example.org"})) == "failure: a password is needed");
    CHECK(said(server.ctl({"accounts", "add", "juliet@example.org", "king"}, password)) ==
          "failure: \"king\" is no role; a role is user, operator or admin");
    CHECK(said(server.ctl({"accounts", "add", "juliet@exmaple.net"}, password)) ==
          "failure: there is no host exmaple.net (did you mean example.net?)");
    CHECK(said(server.ctl({"accounts", "add", "example.org"}, password)) == "failure: an account's address looks like juliet@example.org");
    CHECK(said(server.ctl({"accounts", "add", "juliet@example.org/balcony"}, password)) ==
          "failure: an account's address looks like juliet@example.org");
    CHECK_FALSE(server.ctl({"accounts", "add", "@"}, password).ok);
    CHECK(said(server.ctl({"accounts", "passwd", "juliet@example.org"}, password)) == "failure: there is no such account");
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
    const Folder folder;
    const auto file = (folder.path / "log").string();
    TestServer server{"presence"};
    REQUIRE(logging::open(file).empty());
    logging::configure("trace");
    server.ctl({"accounts", "add", "romeo@example.org"}, password);
    server.ctl({"accounts", "passwd", "romeo@example.org"}, password);
    server.ctl({"accounts", "add", "romeo@example.org", "king"}, password);
    server.ctl({"status"}, password);
    logging::flush();
    logging::configure("off");
    logging::open("");
    std::ifstream in(file);
    const std::string log(std::istreambuf_iterator<char>(in), {});
    CHECK(log.find("account created") != std::string::npos);
    CHECK(log.find("control: command words=\"accounts passwd\"") != std::string::npos);
    CHECK(log.find(password.at("password")) == std::string::npos);
}

// ---- Modules ------------------------------------------------------------------------------------------------------------

TEST_CASE("modules are listed, unloaded and loaded again") {
    TestServer server{"announce"};
    const auto announce = [&] {
        Answer only = server.ctl({"modules", "list"});
        std::erase_if(only.rows, [](const auto& row) { return row.front() != "announce"; });
        return cells(only, {"module", "loaded on", "specifications"});
    };
    CHECK(announce() == Rows{{"announce", "example.org, example.net", "XEP-0133 1.3.1"}});
    CHECK(said(server.ctl({"modules", "unload", "announce"})) == "module announce is unloaded");
    CHECK(announce() == Rows{{"announce", "", "XEP-0133 1.3.1"}});
    CHECK(said(server.ctl({"modules", "unload", "announce"})) == "failure: module announce is not loaded");
    CHECK(said(server.ctl({"modules", "load", "announce"})) == "module announce is loaded");
    CHECK(said(server.ctl({"modules", "reload", "announce"})) == "module announce is reloaded");
    CHECK(announce() == Rows{{"announce", "example.org, example.net", "XEP-0133 1.3.1"}});
}

TEST_CASE("what is wrong with a module is said") {
    TestServer server{"announce"};
    CHECK(said(server.ctl({"modules", "unload", "commands"})) == "failure: module announce needs module commands; unload that first");
    CHECK(said(server.ctl({"modules", "unload", "comands"})) == "failure: module comands is not loaded (did you mean commands?)");
    CHECK(said(server.ctl({"modules", "reload", "comands"})) == "failure: module comands is not loaded (did you mean commands?)");
    CHECK(said(server.ctl({"modules", "load", "announce"})) == "failure: module announce is loaded already; reload it");
    const auto missing = said(server.ctl({"modules", "load", "comands"}));
    CHECK(missing.starts_with("failure: "));
    CHECK(missing.ends_with(" (did you mean commands?)"));
    CHECK(said(server.ctl({"modules", "describe", "comands"})) == "failure: there is no module comands (did you mean commands?)");
}

TEST_CASE("a module is described from what it has registered") {
    TestServer server({"offline", "announce"}, "<offline limit='7'/>");
    const auto offline = server.ctl({"modules", "describe", "offline"}, example_org);
    REQUIRE(offline.ok);
    CHECK(value_of(offline, "module") == "offline");
    CHECK(value_of(offline, "stability") == "stable");
    CHECK(value_of(offline, "loaded on") == "example.org, example.net");
    CHECK(value_of(offline, "file").ends_with("offline.so"));
    CHECK(value_of(offline, "specifications").find("XEP-0160") != std::string::npos);
    const auto options = of_kind(offline, "option", {"name", "value"});
    CHECK(std::ranges::count(options, std::vector<std::string>{"limit", "7"}) == 1);
    CHECK(of_kind(offline, "phase", {"name"}) == Rows{{"amend"}, {"undelivered"}});
    CHECK(std::ranges::count(of_kind(offline, "event", {"name"}), std::vector<std::string>{"session.closed"}) == 1);
    CHECK(std::ranges::count(of_kind(offline, "feature", {"name", "value"}), std::vector<std::string>{"msgoffline", "the host"}) == 1);
    CHECK(std::ranges::count(of_kind(offline, "metric", {"name", "value"}), std::vector<std::string>{"kept", "counter"}) == 1);
    CHECK_FALSE(of_kind(offline, "query", {"name"}).empty());
    CHECK_FALSE(of_kind(offline, "data", {"name"}).empty());
    // Without a host the first that has it; on the other one the option has its default.
    const auto other = server.ctl({"modules", "describe", "offline"}, {{"host", "example.net"}});
    CHECK(std::ranges::count(of_kind(other, "option", {"name", "value"}), std::vector<std::string>{"limit", "1000"}) == 1);
    const auto announce = server.ctl({"modules", "describe", "announce"});
    CHECK(of_kind(announce, "command", {"name", "value"}) ==
          Rows{{"announce", "operator"}, {"motd-delete", "operator"}, {"motd-set", "operator"}});
    CHECK(value_of(announce, "needs") == "commands");
}

TEST_CASE("a module that is loaded nowhere is described as well") {
    TestServer server{"ping"};
    const auto offline = server.ctl({"modules", "describe", "offline"});
    CHECK(offline.ok);
    CHECK(value_of(offline, "loaded on").empty());
    CHECK(of_kind(offline, "phase", {"name"}) == Rows{{"amend"}, {"undelivered"}});
    CHECK(said(server.ctl({"modules", "describe", "offline"}, example_org)) == "failure: host example.org does not have module offline");
    CHECK(said(server.ctl({"modules", "describe", "offline"}, {{"host", "exmaple.org"}})) ==
          "failure: there is no host exmaple.org (did you mean example.org?)");
}

TEST_CASE("the chain of a phase or an event is the one that is called") {
    TestServer server{"offline", "announce"};
    const auto undelivered = server.ctl({"hooks", "undelivered"}, example_org);
    CHECK(cells(undelivered, {"host", "kind", "name", "order", "module"}) == Rows{{"example.org", "phase", "undelivered", "1", "offline"}});
    CHECK(cells(server.ctl({"hooks", "undelivered"}), {"host", "module"}) == Rows{{"example.net", "offline"}, {"example.org", "offline"}});
    const auto initial = cells(server.ctl({"hooks", "presence.initial"}, example_org), {"kind", "module"});
    CHECK(std::ranges::count(initial, std::vector<std::string>{"event", "announce"}) == 1);
    const auto all = cells(server.ctl({"hooks"}, example_org), {"name", "module"});
    CHECK(std::ranges::count(all, std::vector<std::string>{"undelivered", "offline"}) == 1);
    CHECK(std::ranges::count(all, std::vector<std::string>{"presence.initial", "announce"}) == 1);
    // Two handlers of one thing are numbered as the host has them.
    const auto info = server.ctl({"hooks", "disco.info"}, example_org);
    for (std::size_t i = 0; i < info.rows.size(); ++i) CHECK(info.rows[i][3] == std::to_string(i + 1));
    CHECK(info.rows.size() >= 2);
}

TEST_CASE("a chain that nobody is in") {
    TestServer server{"ping"};
    CHECK(said(server.ctl({"hooks", "store"})) == "no module has a hook in phase store");
    CHECK(said(server.ctl({"hooks", "undelivred"})) ==
          "failure: no module hears of undelivred (did you mean undelivered?); without a name, all phases and events are listed");
    CHECK(said(server.ctl({"hooks", "frobnicate"})) ==
          "failure: no module hears of frobnicate; without a name, all phases and events are listed");
    CHECK(said(server.ctl({"hooks"}, {{"host", "exmaple.org"}})) == "failure: there is no host exmaple.org (did you mean example.org?)");
}

TEST_CASE("a module's command is run on a host") {
    TestServer server{"announce"};
    CHECK(said(server.ctl({"run", "motd-set", "message=a plague = both"}, example_org)) == "set; everybody gets it at the next login");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<presence/>");
    const auto got = romeo.receive_all();
    CHECK(std::ranges::any_of(got, [](const Received& one) { return one.xml().find("a plague = both") != std::string::npos; }));
    CHECK(said(server.ctl({"run", "motd-delete"}, example_org)) == "deleted");
    CHECK(said(server.ctl({"run", "motd-delete"}, example_org)) == "failure: there is no message of the day");
}

TEST_CASE("the modules' commands are listed with the role they need") {
    TestServer server{"announce"};
    CHECK(cells(server.ctl({"run"}, example_org), {"command", "module", "role", "arguments"}) ==
          Rows{{"announce", "announce", "operator", "message= [subject=]"},
               {"motd-delete", "announce", "operator", ""},
               {"motd-set", "announce", "operator", "message= [subject=]"}});
    CHECK(server.ctl({"run"}).rows.size() == 6);
    TestServer bare{"ping"};
    CHECK(said(bare.ctl({"run"})) == "no module has a command");
}

TEST_CASE("what is wrong with a module's command is said") {
    TestServer server{"announce"};
    CHECK(said(server.ctl({"run", "motd-st"})) == "failure: no module has a command motd-st (did you mean motd-set?)");
    CHECK(said(server.ctl({"run", "motd-delete"})) ==
          "failure: motd-delete is a command of several hosts; name one of them (example.net, example.org)");
    CHECK(said(server.ctl({"run", "motd-set"}, example_org)) == "failure: motd-set needs message=VALUE: what everybody is told");
    CHECK(said(server.ctl({"run", "motd-set", "mesage=hi"}, example_org)) ==
          "failure: motd-set takes no mesage (did you mean message?)");
    CHECK(said(server.ctl({"run", "motd-set", "message"}, example_org)) == "failure: write message=VALUE");
}

// ---- Configuration and log ----------------------------------------------------------------------------------------------

TEST_CASE("a reload answers for each option that is different") {
    TestServer server({"version"}, "<version show-os='false'/>");
    CHECK(said(server.ctl({"config", "reload"})) == "loaded; nothing has changed");
    auto& romeo = server.login("romeo@example.org/orchard");
    const auto tells_os = [&] {
        romeo.send("<iq type='get' id='v' to='example.org'><query xmlns='jabber:iq:version'/></iq>");
        return romeo.receive().xml().find("<os>") != std::string::npos;
    };
    CHECK_FALSE(tells_os());
    server.configure("<version show-os='true'/>");
    const auto answer = server.ctl({"config", "reload"});
    CHECK(said(answer) == "loaded");
    CHECK(cells(answer, {"where", "option", "before", "now", "outcome"}) ==
          Rows{{"host example.org/version", "show-os", "false", "true", "applied"}});
    CHECK(tells_os());
    CHECK(said(server.ctl({"config", "reload"})) == "loaded; nothing has changed");
}

TEST_CASE("a reload of a bad configuration changes nothing") {
    TestServer server({"version"}, "<version show-os='false'/>");
    server.configure("<version show-os='true' show-verison='true'/>");
    const auto check = server.ctl({"config", "check"});
    CHECK(said(check).find("test.xml:1:") != std::string::npos);
    CHECK(said(check).find("show-version") != std::string::npos); // the right name
    const auto answer = server.ctl({"config", "reload"});
    CHECK_FALSE(answer.ok);
    CHECK(answer.text == check.text);
    CHECK(answer.rows.empty());
    const auto options = of_kind(server.ctl({"modules", "describe", "version"}, example_org), "option", {"name", "value"});
    CHECK(std::ranges::count(options, std::vector<std::string>{"show-os", "false"}) == 1);
    server.configure("<version show-os='false'/>");
    CHECK(said(server.ctl({"config", "check"})) == "the configuration is good");
    CHECK(said(server.ctl({"config", "reload"})) == "loaded; nothing has changed");
}

TEST_CASE("what needs a restart of the server is said until it has had one") {
    TestOptions options;
    options.config = "<listen port='5222'/><host name='example.org' admins='one@example.org'/>";
    TestServer server(options);
    server.configure("<listen port='5223' tls='direct'/><host name='example.org' admins='two@example.org'/><host name='example.com'/>");
    const Rows waiting{{"host example.com", "new", "needs server restart"},
                       {"listen c2s *:5222", "gone", "needs server restart"},
                       {"listen c2s *:5223", "new", "needs server restart"}};
    auto first = waiting;
    first.push_back({"host example.org", "two@example.org", "applied"});
    std::ranges::sort(first);
    CHECK(cells(server.ctl({"config", "reload"}), {"where", "now", "outcome"}) == first);
    CHECK(cells(server.ctl({"hosts"}), {"host", "admins"}) == Rows{{"example.org", "two@example.org"}});
    CHECK(cells(server.ctl({"config", "reload"}), {"where", "now", "outcome"}) == waiting);
    server.restart();
    CHECK(said(server.ctl({"config", "reload"})) == "loaded; nothing has changed");
    CHECK(cells(server.ctl({"hosts"}), {"host"}) == Rows{{"example.com"}, {"example.org"}});
}

TEST_CASE("another file is checked without being loaded") {
    const Folder folder;
    const auto file = (folder.path / "epode.xml").string();
    TestServer server{"ping"};
    std::ofstream(file) << "<epode><host name='example.org'/></epode>";
    CHECK(said(server.ctl({"config", "check", file})) == "the configuration is good");
    std::ofstream(file) << "<epode><host name='example.org'><pign/></host></epode>";
    const auto answer = server.ctl({"config", "check", file});
    CHECK_FALSE(answer.ok);
    CHECK(answer.text.starts_with(file + ":1:33: "));
    CHECK(answer.text.find("did you mean <ping>?") != std::string::npos);
    CHECK_FALSE(server.ctl({"config", "check", file + ".missing"}).ok);
    CHECK(cells(server.ctl({"hosts"}), {"host"}) == Rows{{"example.net"}, {"example.org"}});
}

TEST_CASE("levels of the log are set by area and shown") {
    TestServer server{"ping"};
    const Logger one("control-test-one"), two("control-test-two");
    const auto levels = [&] {
        Answer only = server.ctl({"log", "show"});
        std::erase_if(only.rows, [](const auto& row) { return !row.front().starts_with("control-test"); });
        return cells(only, {"area", "level"});
    };
    CHECK(said(server.ctl({"log", "set", "error", "control-test-one=warn"})) == "set: error, control-test-one=warn");
    CHECK(levels() == Rows{{"control-test-one", "warn"}, {"control-test-two", "error"}});
    CHECK(server.ctl({"log", "set", "control-test-two=off"}).ok);
    CHECK(levels() == Rows{{"control-test-one", "warn"}, {"control-test-two", "off"}});
    CHECK(said(server.ctl({"log", "set", "control-test-one=loud"})) ==
          "failure: \"control-test-one=loud\" names no level (try trace, debug, info, warn, error or off)");
    CHECK(levels() == Rows{{"control-test-one", "warn"}, {"control-test-two", "off"}});
    CHECK(said(server.ctl({"log", "set", "control-test-onw=off"})) ==
          "set: control-test-onw=off\nnothing has been written to the area control-test-onw yet (did you mean control-test-one?)");
    logging::configure("off");
}
