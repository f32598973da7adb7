// SPDX-License-Identifier: MIT
// Which devices of an account log in without its password (XEP-0484): list and revoke.
#include "core/control/command.hpp"
#include "core/server.hpp"
#include "core/session/tokens.hpp"

#include <algorithm>

namespace epode::control {

namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

Task<Answer> list(Call call) {
    const auto account = account_of(call);
    if (!account) co_return account.error();
    const auto known = co_await call.server->accounts().find(*account);
    if (!known) co_return Answer::failure("there is no such account");
    Answer answer;
    answer.columns = {"device", "software", "name", "address", "created", "used", "expires"};
    const auto devices = co_await call.server->tokens().list(*account);
    for (const auto& [id, record] : devices)
        answer.rows.push_back({id, or_dash(record.software), or_dash(record.device), or_dash(record.address),
                               stamp(record.created), stamp(record.used),
                               stamp(std::max(record.current.expires, record.next.expires))});
    co_return answer;
}

Task<Answer> revoke(Call call) {
    const auto account = account_of(call);
    if (!account) co_return account.error();
    const auto device = call.argument(1);
    std::string which = device == "all" ? std::string() : device;
    const auto count = co_await call.server->tokens().revoke(*account, std::move(which));
    if (count == 0) co_return Answer::failure(std::string(account->text()) + " has no such device with a token");
    co_return Answer(std::string(account->text()) + " has " + std::to_string(count) +
                     (count == 1 ? " device" : " devices") + " less that may log in without the password");
}

constexpr Command table[] = {{"devices list", list}, {"devices revoke", revoke}};

} // namespace

std::span<const Command> device_commands() noexcept { return table; }

} // namespace epode::control
