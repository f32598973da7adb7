// SPDX-License-Identifier: MIT
// Reports that users make when they block somebody (XEP-0377): kept for administrators, who are told.
#include "core/module.hpp"
#include "core/service/reporting.hpp"
#include "xep/xep0082_datetime.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode {
namespace {

struct Kept {
    Jid by, about;
    std::string reason, text;
    std::vector<std::string> messages; ///< stanza-ids

    void fields(auto& f) { f(by, about, reason, text, messages); }
};

class Reports : public Module {
public:
    explicit Reports(Host& on) : Module(on) {
        feature(Scope::server, std::string(xep::Report::ns));
        this->on(&Reports::reported);
        command("reports-list", "List what users have reported", Role::operator_, &Reports::list,
                {{"about", "About", Param::Type::text, false, "an address, or a domain; nothing lists all"}});
        command("reports-clear", "Forget what users have reported", Role::admin, &Reports::clear);
    }

private:
    static constexpr std::size_t longest_text = 4096;
    static constexpr std::size_t most_messages = 20;

    void reported(const SpamReported& event) {
        ++count_;
        const xep::Report& report = event.report;
        log.warn("a user reports somebody", {{"account", event.account.bare().text()},
                                             {"about", report.about.text()},
                                             {"reason", short_reason(report.reason)}});
        Kept kept;
        kept.by = event.account.bare();
        kept.about = report.about;
        kept.reason = report.reason.substr(0, longest_text);
        kept.text = report.text.substr(0, longest_text);
        for (const auto& id : report.messages)
            if (kept.messages.size() < most_messages) kept.messages.push_back(id.id.substr(0, longest_text));
        start(keep(std::move(kept)));
    }

    Task<> keep(Kept kept) {
        const auto message = message_of(kept);
        const OrderedId id = host.next_id();
        const auto known = co_await reports_.page(host.owner(), LogQuery().limit(*most_ + beyond));
        Batch batch;
        reports_.append(batch, host.owner(), id, kept);
        for (std::size_t i = 0; i + *most_ <= known.entries.size() && i < known.entries.size(); ++i)
            reports_.erase(batch, host.owner(), known.entries[i].id);
        co_await host.commit(std::move(batch));
        for (const Jid& administrator : *tell_) host.route(Stanza(message, host.jid(), administrator));
    }

    static std::string_view short_reason(std::string_view reason) {
        constexpr std::string_view prefix = "urn:xmpp:reporting:";
        if (reason.starts_with(prefix)) reason.remove_prefix(prefix.size());
        return reason;
    }

    static Ref<xml::Document> message_of(const Kept& kept) {
        std::string body(kept.by.text());
        body += " reports " + std::string(kept.about.text()) + ": " + std::string(short_reason(kept.reason));
        if (!kept.text.empty()) body += "\n" + kept.text;
        xml::Builder builder;
        builder.open("message", ns::client).attr("type", "chat").attr("id", random_id(64));
        return builder.leaf("body", body).close().finish();
    }

    Task<CommandResult> list(CommandCall call) {
        const std::string about(call.argument("about"));
        CommandResult listed;
        listed.columns = {"time", "by", "about", "reason", "text", "messages"};
        const auto page = co_await reports_.page(host.owner(), LogQuery().limit(*most_ + beyond).backwards());
        for (const auto& [id, kept] : page.entries) {
            if (!about.empty() && kept.about.text() != about && kept.about.bare().text() != about &&
                kept.about.domain() != about)
                continue;
            std::string messages;
            for (const auto& each : kept.messages) messages += (messages.empty() ? "" : " ") + each;
            listed.rows.push_back({xep::format_datetime(id.time()), std::string(kept.by.text()),
                                   std::string(kept.about.text()), std::string(short_reason(kept.reason)), kept.text,
                                   messages});
        }
        co_return listed;
    }

    Task<CommandResult> clear(CommandCall) {
        Batch batch;
        reports_.erase_all(batch, host.owner());
        co_await host.commit(std::move(batch));
        co_return CommandResult("forgotten");
    }

    static constexpr std::size_t beyond = 100; ///< two shards may keep one at the same time
    Setting<std::size_t> most_{*this, "most", 1000, {.min = 1, .max = 10'000, .help = "reports kept; older ones go"}};
    Setting<std::vector<Jid>> tell_{*this, "tell", {}, {.help = "addresses that get a message for each report"}};
    Log<Kept> reports_{*this, "reports"};
    Counter count_{*this, "reports", "reports that users have made"};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Reports, .summary = "shows administrators whom users report", .xeps = {{377, "0.4.1"}},
             .depends = {"blocking"})
