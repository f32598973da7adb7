// SPDX-License-Identifier: MIT
// Modules that must be refused, one for each way to be wrong; CMake builds this file once for each, with its ODD_…
// defined.
#include "core/module.hpp"
#include "core/service/blocking.hpp"
#include "xep/xep0049_private.hpp"

#include <stdexcept>

#ifndef ODD_DEPENDS
#define ODD_DEPENDS
#endif

namespace epode {
namespace {

class Odd : public Module, public BlockingService {
public:
    explicit Odd(Host& host) : Module(host) {
#ifdef ODD_RIVAL
        on_get(&Odd::load);
#endif
#ifdef ODD_COMMAND
        command("announce", "Announce", Role::admin, &Odd::announce);
#endif
#ifdef ODD_PROVIDER
        provide<BlockingService>(*this);
#endif
#ifdef ODD_THROWS
        throw std::runtime_error("no luck today");
#endif
    }

private:
    Reply load(Iq, xep::Private) { return result(); }
    Task<CommandResult> announce(CommandCall) { co_return CommandResult("done"); }
    bool blocks(const Account&, const Jid&) const override { return false; }
    Verdict hear(Arrival&) { return Verdict::take(); }

    Setting<Duration> keep_{*this, "keep", 30_days, {.min = 1_days, .help = "how long it is kept"}};
#ifdef ODD_NAMES
    Store<std::string> one_{*this, "rows"};
    Store<int> other_{*this, "rows"};
#endif
#ifdef ODD_SERVICE
    Service service_{*this, "odd", "component", "generic", "Odd", &Odd::hear};
#endif
};

} // namespace
} // namespace epode

#ifndef ODD_EMPTY
EPODE_MODULE(epode::Odd, .summary = "is refused", .depends = {ODD_DEPENDS}, .stability = epode::Stability::testing)
#endif
