// SPDX-License-Identifier: MIT
#include "core/base/log.hpp"
#include "tests/core/control_kit.hpp"

#include <fstream>

using namespace epode;
using namespace epode::control_kit;
using namespace epode::test;

// ---- Modules --------------------------------------------------------------------------------------------------------

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
    CHECK(said(server.ctl({"modules", "unload", "commands"})) ==
          "failure: module announce needs module commands; unload that first");
    for (const auto* verb : {"load", "unload", "reload"})
        CHECK(said(server.ctl({"modules", verb, "comands"}))
                  .starts_with("failure: there is no module comands (did you mean commands?) in "));
    CHECK(said(server.ctl({"modules", "load", "announce"})) == "failure: module announce is loaded already; reload it");
    CHECK(said(server.ctl({"modules", "describe", "comands"})) ==
          "failure: there is no module comands (did you mean commands?)");
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
    CHECK(std::ranges::count(of_kind(offline, "feature", {"name", "value"}),
                             std::vector<std::string>{"msgoffline", "the host"}) == 1);
    CHECK(std::ranges::count(of_kind(offline, "metric", {"name", "value"}),
                             std::vector<std::string>{"kept", "counter"}) == 1);
    CHECK_FALSE(of_kind(offline, "query", {"name"}).empty());
    CHECK_FALSE(of_kind(offline, "data", {"name"}).empty());
    // Without a host the first that has it; on the other one the option has its default.
    const auto other = server.ctl({"modules", "describe", "offline"}, {{"host", "example.net"}});
    CHECK(std::ranges::count(of_kind(other, "option", {"name", "value"}), std::vector<std::string>{"limit", "1000"}) ==
          1);
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
    CHECK(said(server.ctl({"modules", "describe", "offline"}, example_org)) ==
          "failure: host example.org does not have module offline");
    CHECK(said(server.ctl({"modules", "describe", "offline"}, {{"host", "exmaple.org"}})) ==
          "failure: there is no host exmaple.org (did you mean example.org?)");
}

TEST_CASE("the chain of a phase or an event is the one that is called") {
    TestServer server{"offline", "announce"};
    const auto undelivered = server.ctl({"hooks", "undelivered"}, example_org);
    CHECK(cells(undelivered, {"host", "kind", "name", "order", "module"}) ==
          Rows{{"example.org", "phase", "undelivered", "1", "offline"}});
    CHECK(cells(server.ctl({"hooks", "undelivered"}), {"host", "module"}) ==
          Rows{{"example.net", "offline"}, {"example.org", "offline"}});
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
          "failure: no module hears of undelivred (did you mean undelivered?); without a name, all phases and events "
          "are listed");
    CHECK(said(server.ctl({"hooks", "frobnicate"})) ==
          "failure: no module hears of frobnicate; without a name, all phases and events are listed");
    CHECK(said(server.ctl({"hooks"}, {{"host", "exmaple.org"}})) ==
          "failure: there is no host exmaple.org (did you mean example.org?)");
}

TEST_CASE("a module's command is run on a host") {
    TestServer server{"announce"};
    CHECK(said(server.ctl({"run", "motd-set", "message=a plague = both"}, example_org)) ==
          "set; everybody gets it at the next login");
    auto& romeo = server.login("romeo@example.org/orchard");
    romeo.send("<presence/>");
    const auto got = romeo.receive_all();
    CHECK(std::ranges::any_of(
        got, [](const Received& one) { return one.xml().find("a plague = both") != std::string::npos; }));
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
    CHECK(said(server.ctl({"run", "motd-set"}, example_org)) ==
          "failure: motd-set needs message=VALUE: what everybody is told");
    CHECK(said(server.ctl({"run", "motd-set", "mesage=hi"}, example_org)) ==
          "failure: motd-set takes no mesage (did you mean message?)");
    CHECK(said(server.ctl({"run", "motd-set", "message"}, example_org)) == "failure: write message=VALUE");
}

// ---- Configuration and log ------------------------------------------------------------------------------------------

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
    const auto options =
        of_kind(server.ctl({"modules", "describe", "version"}, example_org), "option", {"name", "value"});
    CHECK(std::ranges::count(options, std::vector<std::string>{"show-os", "false"}) == 1);
    server.configure("<version show-os='false'/>");
    CHECK(said(server.ctl({"config", "check"})) == "the configuration is good");
    CHECK(said(server.ctl({"config", "reload"})) == "loaded; nothing has changed");
}

TEST_CASE("what needs a restart of the server is said until it has had one") {
    TestOptions options;
    options.config = "<listen port='5222'/><host name='example.org' admins='one@example.org'/>";
    TestServer server(options);
    server.configure("<listen port='5223' tls='direct'/><host name='example.org' admins='two@example.org'/><host "
                     "name='example.com'/>");
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

TEST_CASE("a module that was unloaded by hand needs no restart to be gone") {
    TestOptions options;
    options.config = "<host name='example.org'/>";
    TestServer server(options);
    const std::string without = "<host name='example.org' without='version'/>";
    server.configure(without);
    CHECK(
        cells(server.ctl({"config", "reload"}), {"where", "now", "outcome"}) ==
        Rows{{"host example.org", "version", "applied"}, {"host example.org/version", "gone", "needs server restart"}});
    CHECK(server.ctl({"modules", "unload", "version"}).ok);
    CHECK(said(server.ctl({"config", "reload"})) == "loaded; nothing has changed");
}

TEST_CASE("a module that was unloaded by hand and is wanted again is reported until it is loaded") {
    TestOptions options;
    options.config = "<host name='example.org'/>";
    TestServer server(options);
    const auto reload = [&] { return cells(server.ctl({"config", "reload"}), {"where", "now", "outcome"}); };
    const Rows waits{{"host example.org/version", "new", "needs server restart"}};
    CHECK(server.ctl({"modules", "unload", "version"}).ok);
    CHECK(reload() == waits); // it has never left the configuration
    server.configure("<host name='example.org' without='version'/>");
    CHECK(reload() ==
          Rows{{"host example.org", "version", "applied"}, {"host example.org/version", "gone", "applied"}});
    server.configure(options.config);
    CHECK(reload() == Rows{{"host example.org", "", "applied"}, waits.front()});
    CHECK(reload() == waits);
    CHECK(server.ctl({"modules", "load", "version"}).ok);
    CHECK(said(server.ctl({"config", "reload"})) == "loaded; nothing has changed");
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
    CHECK(answer.text.starts_with(file + ":1:34: "));
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
          "set: control-test-onw=off\nnothing has been written to the area control-test-onw yet (did you mean "
          "control-test-one?)");
    logging::configure("off");
}
