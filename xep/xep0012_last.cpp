// SPDX-License-Identifier: MIT
#include "xep/xep0012_last.hpp"

#include <charconv>

namespace epode::xep {

Result<LastActivity> LastActivity::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a last activity query");
    LastActivity last;
    last.status = element.text().str();
    const auto text = element.find_attr("seconds");
    if (!text) return last;
    const std::string_view digits = *text;
    std::uint64_t seconds = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (fault != std::errc() || end != digits.data() + digits.size()) return fail("seconds is not a number");
    last.seconds = seconds;
    return last;
}

void LastActivity::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (seconds) builder.attr("seconds", std::to_string(*seconds));
    if (!status.empty()) builder.text(status);
    builder.close();
}

} // namespace epode::xep
