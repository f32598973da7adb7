// SPDX-License-Identifier: MIT
// XEP-0202: what time it is for the server. It lives in UTC.
#include "core/module.hpp"
#include "xep/xep0202_time.hpp"

namespace epode {
namespace {

class Time : public Module {
public:
    explicit Time(Host& on) : Module(on) {
        feature(Scope::server, xep::EntityTime::ns);
        on_get(&Time::tell, Scope::server);
    }

private:
    Reply tell(Iq, xep::EntityTime) {
        return result(xep::EntityTime(std::chrono::floor<std::chrono::seconds>(host.wall())));
    }
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Time, .summary = "tells the server's time", .xeps = {{202, "2.0"}}, .depends = {"disco"})
