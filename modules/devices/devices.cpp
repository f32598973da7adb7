// SPDX-License-Identifier: MIT
// A user sees which of his devices log in without his password (XEP-0484), and shows one that he has lost the door. By
// ad-hoc commands: XEP-0494 refuses to revoke what has ever shown a password, which is every device here.
#include "core/module.hpp"
#include "core/session/tokens.hpp"
#include "xep/xep0082_datetime.hpp"

#include <algorithm>

namespace epode {
namespace {

class Devices : public Module {
public:
    explicit Devices(Host& on) : Module(on) {
        const std::vector<Param> params{{"device", "Device", Param::Type::text, true, "as the list names it; or all"}};
        command("devices", "See which devices log in without your password", Role::user, &Devices::list);
        command("devices-revoke", "Make a device ask for your password again", Role::user, &Devices::revoke, params);
    }

private:
    Task<CommandResult> list(CommandCall call) {
        if (call.caller.local().empty()) co_return CommandResult::failure(nobody);
        const auto devices = co_await host.tokens().list(call.caller.bare());
        CommandResult result(devices.empty() ? "No device of yours has a token." : "");
        result.columns = {"device", "software", "name", "address", "since", "last login", "expires"};
        for (const auto& [id, record] : devices)
            result.rows.push_back({id, record.software, record.device, record.address,
                                   xep::format_datetime(record.created), xep::format_datetime(record.used),
                                   xep::format_datetime(std::max(record.current.expires, record.next.expires))});
        co_return result;
    }

    Task<CommandResult> revoke(CommandCall call) {
        if (call.caller.local().empty()) co_return CommandResult::failure(nobody);
        const std::string device(call.argument("device"));
        std::string which = device == "all" ? std::string() : device;
        Jid caller = call.caller.bare();
        const auto count = co_await host.tokens().revoke(std::move(caller), std::move(which));
        if (count == 0) co_return CommandResult::failure("There is no such device.");
        co_return CommandResult(count == 1 ? "It needs your password the next time. Change that if it may know it."
                                           : "All of them need your password the next time.");
    }

    static constexpr const char* nobody = "this is for the account's owner; administrators have epodectl devices";
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Devices, .summary = "shows users their devices with tokens, and ends those",
             .depends = {"commands"})
