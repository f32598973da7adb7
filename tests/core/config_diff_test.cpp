// SPDX-License-Identifier: MIT
// What a reload would change, option by option.
#include "core/config/diff.hpp"
#include "tests/catch.hpp"
#include "tests/core/config_kit.hpp"

using namespace epode;
using namespace epode::config;

namespace {

std::string changes(const std::string& before, const std::string& after) {
    Kit kit;
    auto old = kit.load(before);
    auto now = kit.load(after);
    REQUIRE(old);
    REQUIRE(now);
    std::string lines;
    for (const Change& change : diff(**old, **now, kit.schema)) lines += change.line() + "\n";
    return lines;
}

} // namespace

TEST_CASE("the same values written differently are no change") {
    CHECK(
        changes("<epode/>", "<epode log='info'><host name='localhost'><archive keep='720h'/></host></epode>").empty());
    CHECK(changes("<epode><archive keep='14d'/></epode>",
                  "<epode><host name='LOCALHOST'><archive keep='2w'/></host></epode>")
              .empty());
}

TEST_CASE("changes name element, option, both values and what they need") {
    CHECK(changes("<epode log='info'/>", "<epode log='debug' shards='2'/>") ==
          "epode: shards was \"auto\", is \"2\" (counts after a restart of the server)\n"
          "epode: log was \"info\", is \"debug\"\n");
    CHECK(changes("<epode><c2s max-stanza='1MiB'/></epode>", "<epode/>") ==
          "c2s: max-stanza was \"1MiB\", is \"512KiB\"\n");
    CHECK(changes("<epode><host name='a.example'/></epode>",
                  "<epode><host name='a.example'><archive keep='1w'/><upload folder='/up'/></host></epode>") ==
          "host a.example/archive: keep was \"30d\", is \"1w\"\n"
          "host a.example/upload: folder was \"\", is \"/up\" (the module is restarted)\n");
    CHECK(changes("<epode><host name='a.example'/></epode>",
                  "<epode><host name='a.example' admins='a@a.example'/></epode>") ==
          "host a.example: admins was \"\", is \"a@a.example\"\n");
}

TEST_CASE("elements come and go") {
    CHECK(changes("<epode><listen port='1'/><host name='a.example'/></epode>",
                  "<epode><listen port='2'/><host name='b.example'/></epode>") ==
          "listen c2s *:1 is gone (counts after a restart of the server)\n"
          "listen c2s *:2 is new (counts after a restart of the server)\n"
          "host a.example is gone\nhost b.example is new\n");
    CHECK(changes("<epode/>", "<epode><host name='localhost' without='ping'><ldap server='x'/></host></epode>") ==
          "host localhost: without was \"\", is \"ping\"\n"
          "host localhost/ldap is new\n"
          "host localhost/ping is gone\n");
}

TEST_CASE("a secret's change is told without the secret") {
    CHECK(changes("<epode><ldap server='x' password='alpha'/></epode>",
                  "<epode><ldap server='x' password='omega'/></epode>") ==
          "host localhost/ldap: password was \"...\", is \"...\"\n");
}
