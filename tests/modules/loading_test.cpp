// SPDX-License-Identifier: MIT
// What is said of a module that cannot be loaded: one plain sentence that says what would be right. The modules are
// those of tests/modules/odd, copied into a folder of the server's while it runs.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/odd/folder.hpp"

#include <stdexcept>

using namespace epode::test;

namespace {

std::string loaded(const std::string& odd) {
    const Folder folder;
    TestServer server{"private"};
    folder.add(odd, odd);
    return server.load(odd);
}

bool starts(const std::string& said, const std::string& with) {
    CAPTURE(said);
    CHECK(said.starts_with(with));
    return said.starts_with(with);
}

/// What a server says that does not start.
std::string started(std::initializer_list<const char*> modules, std::string_view options = {}) {
    try {
        const TestServer server(modules, options);
        return {};
    } catch (const std::exception& refused) {
        return refused.what();
    }
}

} // namespace

TEST_CASE("a good module is loaded while the server runs") { CHECK(loaded("odd_plain") == ""); }

TEST_CASE("a module that is not there") {
    const Folder folder;
    TestServer server{"private"};
    CHECK(starts(server.load("privat"),
                 "there is no module privat (did you mean private?) in " + folder.path() + " or "));
    CHECK(starts(server.reload("privat"), "there is no module privat (did you mean private?) in "));
    CHECK(starts(server.unload("nothing"), "there is no module nothing in "));
    CHECK(server.load("private") == "module private is loaded already; reload it");
    CHECK(server.unload("private") == "");
    CHECK(server.unload("private") == "module private is not loaded");
    CHECK(server.reload("private") == "module private is not loaded; load it");
}

TEST_CASE("a module of another build") {
    const auto said = loaded("odd_old");
    CHECK(starts(said, "module odd_old was built for another server: for build older, and this is "));
    CHECK(said.ends_with("; build it again for this server"));
}

TEST_CASE("what is no module") {
    const Folder folder;
    TestServer server{"private"};
    folder.write("junk", "this is text");
    CHECK(server.load("junk") == "module junk cannot be loaded from " + folder.at("junk") +
                                     ": file too short; build it again for this server");
    folder.add("odd_empty", "odd_empty");
    CHECK(server.load("odd_empty") ==
          "module odd_empty cannot be loaded: " + folder.at("odd_empty") + " has no EPODE_MODULE(...) line");
    folder.add("odd_plain", "renamed");
    CHECK(server.load("renamed") == "module renamed cannot be loaded: " + folder.at("renamed") +
                                        " holds module odd_plain; name the file odd_plain.so");
}

TEST_CASE("a module whose constructor throws") {
    CHECK(loaded("odd_throws") == "module odd_throws could not be made: no luck today");
}

TEST_CASE("a module that needs one that is not there") {
    CHECK(loaded("odd_needy") == "module odd_needy needs module nobody, and there is none");
    const Folder folder;
    folder.add("odd_hen", "odd_hen");
    folder.add("odd_egg", "odd_egg");
    CHECK(started({"private"}, "<odd_hen/>") ==
          "host example.org: module odd_hen needs module odd_egg, which this host does not have: "
          "take it out of without, or name it in <host>");
}

TEST_CASE("modules that need each other") {
    const Folder folder;
    folder.add("odd_hen", "odd_hen");
    folder.add("odd_egg", "odd_egg");
    CHECK(starts(started({"odd_hen"}), "host example.org: modules depend on each other in a circle: odd_"));
}

TEST_CASE("two modules that answer the same query") {
    CHECK(loaded("odd_rival") ==
          "modules private and odd_rival both answer the query <query xmlns='jabber:iq:private'/>: a host has one "
          "of them (without=\"odd_rival\")");
    const Folder folder;
    folder.add("odd_rival", "odd_rival");
    CHECK(starts(started({"odd_rival", "private"}), "modules odd_rival and private both answer the query <query "));
}

TEST_CASE("two modules that have the same command or offer the same interface") {
    const Folder folder;
    TestServer server{"announce", "blocking"};
    folder.add("odd_command", "odd_command");
    CHECK(server.load("odd_command") ==
          "modules announce and odd_command both have a command announce: a host has one of them "
          "(without=\"odd_command\")");
    folder.add("odd_provider", "odd_provider");
    CHECK(server.load("odd_provider") ==
          "module odd_provider offers the interface blocking, which another module of this host offers: "
          "a host has one of them (without=\"odd_provider\")");
}

TEST_CASE("two members of one name") {
    CHECK(loaded("odd_names") == "module odd_names could not be made: it has two members named rows");
}

TEST_CASE("a refused module leaves nothing behind") {
    const Folder folder;
    TestServer server{"private"};
    folder.add("odd_rival", "odd_rival");
    CHECK_FALSE(server.load("odd_rival").empty());
    auto& client = server.login("hamlet@example.org/denmark");
    client.send("<iq type='get' id='1'><query xmlns='jabber:iq:private'><a xmlns='b'/></query></iq>");
    CHECK(client.receive() == "<iq type='result'><query xmlns='jabber:iq:private'><a xmlns='b'/></query></iq>");
}

TEST_CASE("two services at one address") {
    const Folder folder;
    folder.add("odd_service", "odd_service");
    folder.add("odd_twin", "odd_twin");
    CHECK(started({"odd_service", "odd_twin"}) ==
          "module odd_twin: odd.example.org is served by module odd_service already; give one of "
          "them another address (at=\"...\")");
    CHECK(started({"odd_service"}, "<odd_service at='example.net'/>") ==
          "module odd_service: example.net is a host; give the service another address (at=\"...\")");
    CHECK(started({"odd_service"}, "<odd_service at='me@example.net'/>")
              .ends_with("odd_service: at=\"me@example.net\" is not a domain (a service's address has no @ and no /)"));
    CHECK(started({"odd_service"}, "<odd_service at='even.example.org'/><odd_twin/>") == "");
}

TEST_CASE("an option of the wrong type") {
    const Folder folder;
    folder.add("odd_plain", "odd_plain");
    CHECK(started({"odd_plain"}, "<odd_plain keep='30 dayz'/>")
              .ends_with("odd_plain: keep=\"30 dayz\" is not a duration (try 30d, 4w or never)"));
}
