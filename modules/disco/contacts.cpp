// SPDX-License-Identifier: MIT
#include "modules/disco/contacts.hpp"

namespace epode {

ContactSettings::ContactSettings(Settings& owner)
    : abuse_(owner, "abuse", {}, about("URIs to write to about abuse (mailto:, xmpp:, https:)")),
      admin_(owner, "admin", {}, about("URIs of the administrators")),
      feedback_(owner, "feedback", {}, about("URIs for feedback by users")),
      sales_(owner, "sales", {}, about("URIs for sales and marketing")),
      security_(owner, "security", {}, about("URIs to report security problems to")),
      status_(owner, "status", {}, about("URIs where the state of the service is told")),
      support_(owner, "support", {}, about("URIs for help to users")) {}

Result<> ContactSettings::check(const Addresses& uris) {
    for (const std::string& uri : uris) {
        const auto colon = uri.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == uri.size())
            return fail("has " + uri + ", which is no URI (try mailto:" + uri + ")");
    }
    return {};
}

std::optional<xep::Form> ContactSettings::form() const {
    xep::Form form(xep::Form::Type::result, "http://jabber.org/network/serverinfo");
    for (const auto* setting : {&abuse_, &admin_, &feedback_, &sales_, &security_, &status_, &support_})
        if (!(*setting)->empty()) {
            xep::FormField field(xep::FieldType::list_multi, std::string(setting->name()) + "-addresses");
            field.values = **setting;
            form.add(std::move(field));
        }
    if (form.fields.size() == 1) return std::nullopt;
    return form;
}

} // namespace epode
