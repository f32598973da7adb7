// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0492_notification_settings.hpp"

using namespace epode;
using namespace epode::test;
using xep::notification_settings::Setting;

namespace {

std::optional<Setting> said(std::string_view inner, std::string_view category, std::string_view type) {
    const auto notify = parsed("<notify xmlns='urn:xmpp:notification-settings:1'>" + std::string(inner) + "</notify>");
    return xep::notification_settings::setting(notify, category, type);
}

} // namespace

TEST_CASE("notification settings: the most specific one counts") {
    constexpr std::string_view example = "<never identity-category='client' identity-type='pc'/>"
                                         "<on-mention identity-category='client' identity-type='phone'/>"
                                         "<on-mention identity-category='gateway'/><always/>";
    CHECK(said("<never/>", "client", "phone") == Setting::never);
    CHECK(said(example, "client", "pc") == Setting::never);
    CHECK(said(example, "client", "phone") == Setting::on_mention);
    CHECK(said(example, "gateway", "irc") == Setting::on_mention);
    CHECK(said(example, "client", "web") == Setting::always);
    CHECK(said("<always/><never identity-category='client'/>", "client", "phone") == Setting::never);
    CHECK(said("<never identity-category='client'><advanced><a xmlns='b'/></advanced></never>"
               "<always identity-category='client' identity-type='phone'/>",
               "client", "phone") == Setting::always);
}

TEST_CASE("notification settings: nothing is said to others") {
    CHECK_FALSE(said("", "client", "phone"));
    CHECK_FALSE(said("<never identity-category='client' identity-type='pc'/>", "client", "phone"));
    CHECK_FALSE(said("<never identity-type='phone'/>", "client", "phone"));
    CHECK_FALSE(said("<never xmlns='another'/>", "client", "phone"));
}
