// SPDX-License-Identifier: MIT
#include "xep/xep0377_reporting.hpp"

#include "xep/xep0191_blocking.hpp"

namespace epode::xep {

Result<Report> Report::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("no report");
    Report report;
    report.reason = element.attr("reason").str();
    if (report.reason.empty()) return fail("a report has a reason");
    for (const auto child : element.children()) {
        if (child.is("text", ns) && report.text.empty()) report.text = child.text().str();
        if (child.is("report-origin", ns)) report.to_origin = true;
        if (child.is("third-party", ns)) report.third_party = true;
        if (auto id = StanzaId::decode(child)) report.messages.push_back(std::move(*id));
    }
    return report;
}

void Report::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("reason", reason);
    for (const auto& id : messages) id.encode(builder);
    if (!text.empty()) builder.leaf("text", text);
    if (to_origin) builder.open("report-origin").close();
    if (third_party) builder.open("third-party").close();
    builder.close();
}

std::vector<Report> reports_in(xml::Element block) {
    std::vector<Report> reports;
    for (const auto item : block.children()) {
        const auto element = item.child(Report::name, Report::ns);
        auto about = Jid::parse(item.attr("jid").str());
        auto report = element && about ? Report::decode(element) : Result<Report>(fail("no report"));
        if (!report) continue;
        report->about = std::move(*about);
        reports.push_back(std::move(*report));
    }
    return reports;
}

} // namespace epode::xep
