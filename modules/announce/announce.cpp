// SPDX-License-Identifier: MIT
// Announcements in the manner of XEP-0133 (sections 4.23 to 4.26): one to everybody who is online now, and a message of
// the day that each account gets once, when it next comes online.
#include "core/module.hpp"
#include "core/session/accounts.hpp"
#include "modules/announce/motd.hpp"

namespace epode {
namespace {

using announce::Motd;

class Announce : public Module {
public:
    explicit Announce(Host& on) : Module(on) {
        const std::vector<Param> params{{"message", "Message", Param::Type::multiline, true, "what everybody is told"},
                                        {"subject", "Subject", Param::Type::text, false, ""}};
        command("announce", "Announce to everybody online", Role::operator_, &Announce::announce, params);
        command("motd-set", "Set the message of the day", Role::operator_, &Announce::set, params);
        command("motd-delete", "Delete the message of the day", Role::operator_, &Announce::remove);
        this->on(&Announce::came_online);
    }

private:
    /// A headline goes to available devices only and is never kept (RFC 6121 8.5.2), so it may be sent to every account
    /// without knowing on which shard who is online.
    Task<CommandResult> announce(CommandCall call) {
        const auto message = headline(call.argument("subject"), call.argument("message"));
        Jid domain = host.jid();
        std::string after;
        while (true) {
            auto page = co_await host.accounts().list(domain, after, page_size);
            for (const AccountRecord& account : page)
                if (auto to = Jid::parse(account.bare)) host.route(Stanza(message, domain, std::move(*to)));
            if (page.size() < page_size) break;
            after = page.back().bare;
        }
        co_return CommandResult("announced to everybody who is online");
    }

    Task<CommandResult> set(CommandCall call) {
        Motd motd;
        motd.id = random_id();
        motd.subject = call.argument("subject");
        motd.text = call.argument("message");
        co_await motd_.put(host.owner(), std::string(), std::move(motd));
        co_return CommandResult("set; everybody gets it at the next login");
    }

    Task<CommandResult> remove(CommandCall) {
        auto found = co_await motd_.get(host.owner(), std::string());
        if (!found) co_return CommandResult::failure("there is no message of the day");
        co_await motd_.erase(host.owner(), std::string());
        co_return CommandResult("deleted");
    }

    void came_online(const PresenceInitial& event) { start(deliver(event.session.shared_from_this())); }

    Task<> deliver(std::shared_ptr<Session> session) {
        auto motd = co_await motd_.get(host.owner(), std::string());
        if (!motd) co_return;
        Account& account = session->account();
        if (auto seen = co_await seen_.get(account, std::string()); seen && *seen == motd->id) co_return;
        if (session->ended()) co_return;
        session->send(Stanza(headline(motd->subject, motd->text), host.jid(), session->jid()));
        co_await seen_.put(account, std::string(), std::move(motd->id));
    }

    static Ref<xml::Document> headline(std::string_view subject, std::string_view text) {
        xml::Builder builder;
        builder.open("message").attr("type", "headline");
        if (!subject.empty()) builder.leaf("subject", subject);
        return builder.leaf("body", text).close().finish();
    }

    static constexpr std::size_t page_size = 500;
    Store<Motd> motd_{*this, "motd"};
    Store<std::string> seen_{*this, "motd-seen"};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Announce, .summary = "announcements and a message of the day",
             .xeps = {{133, "1.3.1", epode::partial, "announcements, under nodes of our own"}}, .depends = {"commands"})
