// SPDX-License-Identifier: MIT
// XEP-0092: name and version of this server. The operating system is told only where the configuration says so.
#include "core/module.hpp"
#include "xep/xep0092_version.hpp"

#include <sys/utsname.h>

namespace epode {
namespace {

std::string system_name() {
    utsname system{};
    return uname(&system) == 0 ? std::string(system.sysname) + ' ' + system.release : std::string();
}

class Version : public Module {
public:
    explicit Version(Host& on) : Module(on) {
        for (const Scope scope : {Scope::server, Scope::service}) {
            feature(scope, xep::Version::ns);
            on_get(&Version::tell, scope);
        }
    }

private:
    Reply tell(Iq, xep::Version) {
        // The element's schema wants a version; a number that is withheld is "unknown".
        const auto number = *show_version_ ? std::string(host.version()) : std::string("unknown");
        return result(xep::Version("Epode", number, *show_os_ ? system_name() : std::string()));
    }

    Setting<bool> show_version_{
        *this, "show-version", true, {.help = "whether anybody may learn the server's version"}};
    Setting<bool> show_os_{*this, "show-os", false, {.help = "whether anybody may learn the operating system"}};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Version, .summary = "tells the server's name and version", .xeps = {{92, "1.1"}},
             .depends = {"disco"})
