// SPDX-License-Identifier: MIT
// XEP-0202: what time it is where the other one is.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"
#include "xep/xep0082_datetime.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep {

struct EntityTime {
    static constexpr std::string_view ns = "urn:xmpp:time";
    static constexpr std::string_view name = "time";

    std::optional<WallTime> utc; ///< null in a question
    std::string offset;          ///< "+00:00" or "-06:00": the time zone

    EntityTime() = default;
    explicit EntityTime(WallTime now, std::string zone = "+00:00") : utc(now), offset(std::move(zone)) {}
    static Result<EntityTime> decode(xml::Element element) {
        if (!element.is(name, ns)) return fail("not a time query");
        EntityTime time;
        time.offset = element.child_text("tzo").str();
        const xml::Element utc = element.child("utc", ns);
        if (utc && !(time.utc = parse_datetime(utc.text())))
            return fail("utc is not a time (try 2006-12-19T17:58:35Z)");
        return time;
    }
    void encode(xml::Builder& builder) const {
        builder.open(name, ns);
        if (utc) builder.leaf("tzo", offset).leaf("utc", format_datetime(*utc));
        builder.close();
    }
};

} // namespace epode::xep
