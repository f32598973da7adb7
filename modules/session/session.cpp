// SPDX-License-Identifier: MIT
// Clients of RFC 3921's time ask for a session after binding, and some (Psi 1.5) hang up on an error. Binding has made
// the session, so the answer is always yes. It is not offered in the stream's features: who waits for that skips it.
#include "core/module.hpp"
#include "xep/rfc3921_session.hpp"

namespace epode {
namespace {

class SessionGrant : public Module {
public:
    explicit SessionGrant(Host& on) : Module(on) {
        on_set(&SessionGrant::grant, Scope::server);
        on_set(&SessionGrant::grant, Scope::account);
    }

private:
    Reply grant(Iq, xep::SessionRequest) { return result(); }
};

} // namespace

EPODE_MODULE(SessionGrant, .summary = "grants the sessions that old clients ask for",
             .rfcs = {{3921, "3", complete, "answered, not offered; RFC 6121 has dropped it"}})

} // namespace epode
