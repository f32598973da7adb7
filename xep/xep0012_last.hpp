// SPDX-License-Identifier: MIT
// XEP-0012: how long ago somebody was there, or how long a server has been running.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace epode::xep {

struct LastActivity {
    static constexpr std::string_view ns = "jabber:iq:last";
    static constexpr std::string_view name = "query";

    std::optional<std::uint64_t> seconds; ///< null in a question
    std::string status;                   ///< of the last unavailable presence

    LastActivity() = default;
    explicit LastActivity(std::uint64_t past, std::string said = {}) : seconds(past), status(std::move(said)) {}
    static Result<LastActivity> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
};

} // namespace epode::xep
