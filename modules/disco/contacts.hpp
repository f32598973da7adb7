// SPDX-License-Identifier: MIT
// XEP-0157: where to write about what, as options of the module and as the form in the server's disco#info.
#pragma once

#include "core/config/setting.hpp"
#include "xep/xep0004_forms.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

class ContactSettings {
    using Addresses = std::vector<std::string>;

public:
    explicit ContactSettings(Settings& owner);
    ContactSettings(const ContactSettings&) = delete;

    /// Null where no address is configured.
    std::optional<xep::Form> form() const;

private:
    static Result<> check(const Addresses& uris);
    static SettingOptions<Addresses> about(std::string_view help) { return {.help = help, .check = check}; }

    Setting<Addresses> abuse_, admin_, feedback_, sales_, security_, status_, support_;
};

} // namespace epode
