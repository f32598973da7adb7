// SPDX-License-Identifier: MIT
// Who may log in: accounts of this server's own store.
#include "core/control/command.hpp"
#include "core/host.hpp"
#include "core/server.hpp"
#include "core/session/accounts.hpp"

namespace epode::control {

namespace {

constexpr std::size_t page_size = 1000;
constexpr std::size_t most_rows = 10'000;

Result<Role, Answer> role_of(const std::string& text) {
    for (const auto role : {Role::user, Role::operator_, Role::admin})
        if (text == name(role)) return role;
    return std::unexpected(Answer::failure("\"" + text + "\" is no role; a role is user, operator or admin"));
}

Answer outcome_of(const Accounts::Outcome& outcome, std::string sentence) {
    if (outcome) return Answer(std::move(sentence));
    const auto& error = outcome.error();
    return Answer::failure(error.text.empty() ? std::string(name(error.condition)) : error.text);
}

Task<Answer> list(Call call) {
    const auto host = host_of(*call.server, call.argument(0));
    if (!host) co_return host.error();
    Answer answer;
    answer.columns = {"account", "role", "created"};
    auto after = call.argument(1);
    for (bool more = true; more && answer.rows.size() < most_rows;) {
        const auto page = co_await call.server->accounts().list((*host)->jid(), after, page_size);
        for (const auto& account : page)
            answer.rows.push_back({account.bare, std::string(name(account.role)), stamp(account.created)});
        more = page.size() == page_size;
        if (more) after = page.back().bare;
        if (more && answer.rows.size() >= most_rows) answer.text = "there may be more behind " + after;
    }
    co_return answer;
}

Task<Answer> add(Call call) {
    const auto account = account_of(call);
    if (!account) co_return account.error();
    const auto role = role_of(call.argument(1).empty() ? "user" : call.argument(1));
    if (!role) co_return role.error();
    auto password = call.password();
    auto made = co_await call.server->accounts().create(*account, std::move(password));
    if (made && *role != Role::user) made = co_await call.server->accounts().set_role(*account, *role);
    co_return outcome_of(made, std::string(account->text()) + " has been made");
}

Task<Answer> passwd(Call call) {
    const auto account = account_of(call);
    if (!account) co_return account.error();
    auto password = call.password();
    const auto outcome = co_await call.server->accounts().set_password(*account, std::move(password));
    co_return outcome_of(outcome, "the password of " + std::string(account->text()) + " has been changed");
}

Task<Answer> remove(Call call) {
    const auto account = account_of(call);
    if (!account) co_return account.error();
    const auto outcome = co_await call.server->accounts().remove(*account);
    co_return outcome_of(outcome, std::string(account->text()) + " has been removed");
}

Task<Answer> role(Call call) {
    const auto account = account_of(call);
    if (!account) co_return account.error();
    const auto role = role_of(call.argument(1));
    if (!role) co_return role.error();
    const auto outcome = co_await call.server->accounts().set_role(*account, *role);
    co_return outcome_of(outcome, std::string(account->text()) + " is " + call.argument(1) + " now");
}

constexpr Command table[] = {
    {"accounts list", list},     {"accounts add", add},   {"accounts passwd", passwd},
    {"accounts delete", remove}, {"accounts role", role},
};

} // namespace

Result<Jid, Answer> account_of(const Call& call, std::size_t index) {
    auto jid = Jid::parse(call.argument(index));
    if (!jid) return std::unexpected(Answer::failure(jid.error().text));
    if (jid->local().empty() || jid->is_full())
        return std::unexpected(Answer::failure("an account's address looks like juliet@example.org"));
    if (const auto host = host_of(*call.server, std::string(jid->domain())); !host)
        return std::unexpected(host.error());
    return std::move(*jid);
}

std::span<const Command> account_commands() noexcept { return table; }

} // namespace epode::control
