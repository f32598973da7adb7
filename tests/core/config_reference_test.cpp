// SPDX-License-Identifier: MIT
// The reference holds every option, and is a configuration itself that says nothing but the defaults.
#include "core/config/diff.hpp"
#include "core/config/reference.hpp"
#include "tests/catch.hpp"
#include "tests/core/config_kit.hpp"

using namespace epode;
using namespace epode::config;

TEST_CASE("the reference passes the check") {
    Kit kit;
    CHECK(kit.faults(reference(kit.schema)).empty());
}

TEST_CASE("the reference says nothing but the defaults") {
    Kit kit;
    auto described = kit.load(reference(kit.schema));
    auto plain =
        kit.load("<epode><listen port='5222'/><ldap server='ldap://localhost'/><host name='example.org'/></epode>");
    REQUIRE(described);
    REQUIRE(plain);
    CHECK(diff(**plain, **described, kit.schema).empty());
}

TEST_CASE("the reference has every option with its sentence") {
    Kit kit;
    const std::string text = reference(kit.schema);
    for (const KnownModule& module : kit.schema.modules()) {
        CHECK(text.find("<" + module.name) != std::string::npos);
        for (const SettingBase* setting : module.settings->all()) {
            CAPTURE(module.name, setting->name());
            CHECK(text.find(" " + std::string(setting->name()) + "=\"") != std::string::npos);
        }
    }
    CHECK(text.find("keep     how long messages stay [a duration, 1d or more].") != std::string::npos);
    CHECK(text.find("what is kept - - unless users say otherwise") != std::string::npos); // no comment ends early
    CHECK(text.find("Not on by default: the element adds it.") != std::string::npos);
}
