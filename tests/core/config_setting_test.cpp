// SPDX-License-Identifier: MIT
// Settings: reading and printing every type of value, bounds, and what an owner does with its settings.
#include "tests/catch.hpp"
#include "tests/core/config_kit.hpp"

using namespace epode;
using namespace epode::config;

namespace {

struct Row {
    std::string option;
    std::string text;
    std::string says; // the usual form, or the rest of the sentence where it is not accepted
};

/// "=1w" where it is accepted, else the error.
std::string outcome(const Settings& settings, const Row& row) {
    const SettingBase* setting = settings.find(row.option);
    if (!setting) return "no such option";
    auto text = setting->canonical(row.text);
    return text ? "=" + *text : text.error().text;
}

struct Every : Settings {
    Setting<bool> flag{*this, "flag", false};
    Setting<int> number{*this, "number", 5, {.min = -3, .max = 9}};
    Setting<std::int64_t> big{*this, "big", -1};
    Setting<std::uint16_t> port{*this, "port", 5222};
    Setting<std::size_t> count{*this, "count", 10, {.min = 2}};
    Setting<double> ratio{*this, "ratio", 0.25, {.max = 1.0}};
    Setting<Duration> days{*this, "days", 30_days, {.min = 1_days}};
    Setting<Duration> seconds{*this, "seconds", 30s, {.max = 5min}};
    Setting<ByteSize> size{*this, "size", 64_KiB, {.min = 1_KiB, .max = 1_GiB}};
    Setting<std::string> text{*this, "text", "a b"};
    Setting<Jid> jid{*this, "jid", {}};
    Setting<Policy> policy{*this, "policy", Policy::roster};
    Setting<std::vector<std::string>> words{*this, "words", {"x", "y"}};
    Setting<std::vector<Jid>> jids{*this, "jids", {}};
    Setting<FilePath> path{*this, "path", {}};
    Setting<ShardCount> shards{*this, "shards", {}};

    using Settings::Settings;
};

} // namespace

TEST_CASE("values are read and printed in their usual form, and refused with what would be right") {
    const Row rows[] = {
        {"flag", "true", "=true"},
        {"flag", "no", "=false"},
        {"flag", "maybe", "is neither true nor false"},
        {"number", "-3", "=-3"},
        {"number", "10", "is too large (-3 to 9)"},
        {"number", "-4", "is too small (-3 to 9)"},
        {"number", "", "is not a number (try 5)"},
        {"number", "5x", "is not a number (try 5)"},
        {"number", " 5", "is not a number (try 5)"},
        {"number", "99999999999", "is not a number from -2147483648 to 2147483647"},
        {"big", "-9223372036854775808", "=-9223372036854775808"},
        {"big", "9223372036854775808", "is not a number from -9223372036854775808 to 9223372036854775807"},
        {"port", "65535", "=65535"},
        {"port", "65536", "is not a number from 0 to 65535"},
        {"port", "-1", "is not a number from 0 to 65535"},
        {"port", "http", "is not a number (try 5222)"},
        {"count", "1", "is too small (2 or more)"},
        {"count", "18446744073709551615", "=18446744073709551615"},
        {"count", "18446744073709551616", "is not a number from 0 to 18446744073709551615"},
        {"ratio", "0.5", "=0.5"},
        {"ratio", "1.5", "is too large (up to 1)"},
        {"ratio", "nan", "is not a number (try 0.25)"},
        {"ratio", "0.5.5", "is not a number (try 0.25)"},
        {"days", "30d", "=30d"},
        {"days", "14d", "=2w"},
        {"days", "36h", "=36h"},
        {"days", "never", "=never"},
        {"days", "23h", "is too short (1d or more)"},
        {"days", "30 dayz", "is not a duration (try 30d, 4w or never)"},
        {"days", "d", "is not a duration (try 30d, 4w or never)"},
        {"days", "-1d", "is not a duration (try 30d, 4w or never)"},
        {"days", "5m", "is not a duration (try 30d, 4w or never)"},
        {"days", "999999999999w", "is too long (try never)"},
        {"days", "99999999999999999999999s", "is too long (try never)"},
        {"seconds", "300s", "=5min"},
        {"seconds", "1500ms", "=1500ms"},
        {"seconds", "0", "=0s"},
        {"seconds", "6min", "is too long (up to 5min)"},
        {"seconds", "never", "is too long (up to 5min)"},
        {"seconds", "30", "is not a duration (try 30s, 5min or 2h)"},
        {"size", "64KiB", "=64KiB"},
        {"size", "1024KiB", "=1MiB"},
        {"size", "10MB", "=10MB"},
        {"size", "1500B", "=1500B"},
        {"size", "64k", "is not a size (try 64KiB, 1MiB or 10MB)"},
        {"size", "2GiB", "is too large (1KiB to 1GiB)"},
        {"size", "1B", "is too small (1KiB to 1GiB)"},
        {"size", "99999999999TiB", "is too large"},
        {"text", "", "="},
        {"jid", "Romeo@Example.org", "=romeo@example.org"},
        {"jid", "", "="},
        {"policy", "nobody", "=nobody"},
        {"policy", "nobdy", "is none of always, roster, nobody (did you mean \"nobody\"?)"},
        {"policy", "often", "is none of always, roster, nobody"},
        {"words", " b  a\n", "=b a"},
        {"words", "", "="},
        {"jids", "a@example.org b@example.org", "=a@example.org b@example.org"},
        {"path", "/etc/x", "=/etc/x"},
        {"shards", "auto", "=auto"},
        {"shards", "8", "=8"},
        {"shards", "0", "is neither auto nor a number from 1 to 1024"},
    };
    const Every every;
    for (const Row& row : rows) {
        CAPTURE(row.option, row.text);
        CHECK(outcome(every, row) == row.says);
    }
}

TEST_CASE("an address that is none says why") {
    const Every every;
    CHECK(outcome(every, {"jid", "a@", ""}).starts_with("is not an address: "));
    CHECK(outcome(every, {"jids", "a@example.org @", ""}).starts_with("has \"@\", which is not an address: "));
}

TEST_CASE("every default is printed so that it is accepted again") {
    Every every;
    REQUIRE(every.all().size() == 16);
    for (const SettingBase* setting : std::as_const(every).all()) {
        CAPTURE(setting->name());
        CHECK(setting->canonical(setting->default_text()) == setting->default_text());
        CHECK(setting->text() == setting->default_text());
        CHECK_FALSE(setting->given());
    }
}

TEST_CASE("a setting reads as its value") {
    Every every;
    std::size_t eleven = 11;
    CHECK(eleven > every.count);
    CHECK(*every.days == 30_days);
    CHECK(every.text->size() == 3);
    CHECK(every.words->size() == 2);
    CHECK(std::size_t(70000) > *every.size);
    CHECK_FALSE(every.flag);
}

TEST_CASE("applying changes the value, a fault leaves it, a reset brings the default back") {
    Every every;
    REQUIRE(every.apply("days", "2w"));
    CHECK(*every.days == 14_days);
    CHECK(every.days.given());
    CHECK_FALSE(every.apply("days", "1h"));
    CHECK(*every.days == 14_days);
    every.days.reset();
    CHECK(*every.days == 30_days);
    CHECK_FALSE(every.days.given());
    CHECK(every.apply("day", "2w").error().text == "is not known");
}

TEST_CASE("assigning sets all options or none") {
    Every every;
    REQUIRE(every.assign({{"flag", "yes"}, {"number", "1"}}));
    CHECK(every.flag);
    CHECK(*every.number == 1);
    CHECK(every.assign({{"number", "2"}, {"count", "1"}}).error().text == "count=\"1\" is too small (2 or more)");
    CHECK(every.assign({{"numbr", "2"}}).error().text == "numbr=\"2\" is not known");
    CHECK(*every.number == 1);
    REQUIRE(every.assign({{"number", "2"}}));
    CHECK(*every.number == 2);
    CHECK_FALSE(every.flag);
}

TEST_CASE("what the owner was given is there before its constructor's body") {
    Every every({{"number", "7"}, {"days", "1h"}});
    CHECK(*every.number == 7);
    CHECK(*every.days == 30_days); // too short, so the default stands
}

TEST_CASE("a further condition is asked after the type's own") {
    LdapOptions ldap;
    CHECK(ldap.apply("password", "abc").error().text == "is too short (4 letters or more)");
    REQUIRE(ldap.apply("password", "abcd"));
    CHECK(ldap.password->view() == "abcd");
    CHECK(ldap.password.form() == SettingBase::Form::secret);
}

TEST_CASE("kinds name what is accepted") {
    const Every every;
    CHECK(every.days.kind() == "a duration, 1d or more");
    CHECK(every.size.kind() == "a size, 1KiB to 1GiB");
    CHECK(every.seconds.kind() == "a duration, up to 5min");
    CHECK(every.policy.kind() == "always or roster or nobody");
    CHECK(every.flag.kind() == "true or false");
}
