// SPDX-License-Identifier: MIT
#include "xep/xep0492_notification_settings.hpp"

namespace epode::xep::notification_settings {

namespace {

std::optional<Setting> named(xml::Element element) {
    if (element.is("always", ns)) return Setting::always;
    if (element.is("on-mention", ns)) return Setting::on_mention;
    if (element.is("never", ns)) return Setting::never;
    return std::nullopt;
}

} // namespace

std::optional<Setting> setting(xml::Element notify, std::string_view category, std::string_view type) {
    std::optional<Setting> found;
    int specific = -1;
    for (const xml::Element child : notify.children()) {
        const auto says = named(child);
        if (!says) continue;
        const auto its_category = child.find_attr("identity-category");
        const auto its_type = child.find_attr("identity-type");
        int here = 0;
        if (its_category) {
            if (!(*its_category == category) || (its_type && !(*its_type == type))) continue;
            here = its_type ? 2 : 1;
        } else if (its_type) {
            continue; // section 3.2: not without its category
        }
        if (here <= specific) continue;
        specific = here;
        found = says;
    }
    return found;
}

} // namespace epode::xep::notification_settings
