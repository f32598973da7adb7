// SPDX-License-Identifier: MIT
// XEP-0215: the STUN and TURN servers that calls need, and short-lived credentials for them. A TURN server that shares
// our secret accepts what we sign without asking anybody (draft-uberti-behave-turn-rest, coturn's --use-auth-secret):
// the user name says until when it is good, the password is its HMAC.
#include "core/base/base64.hpp"
#include "core/base/digest.hpp"
#include "core/module.hpp"
#include "modules/extdisco/service_list.hpp"
#include "xep/xep0215_extdisco.hpp"

namespace epode {
namespace {

using extdisco::Offer;
using extdisco::ServiceList;
using xep::extdisco::Credentials;
using xep::extdisco::Services;

class Extdisco : public Module {
    Setting<ServiceList> services_{
        *this,
        "services",
        ServiceList(),
        {.help = "STUN, TURN and other servers, as stun:HOST:PORT?transport=udp;ttl=12h;name=Label;restricted=false"}};
    Setting<Secret> secret_{
        *this, "secret", Secret(), {.help = "shared with the TURN servers (coturn's static-auth-secret)"}};
    Setting<Duration> ttl_{
        *this, "ttl", 24h, {.min = 1min, .max = 365_days, .help = "how long TURN credentials are good"}};
    Counter signed_{*this, "credentials", "credentials given out"};

public:
    explicit Extdisco(Host& on) : Module(on) {
        on_get(&Extdisco::list, Scope::server);
        on_get(&Extdisco::sign, Scope::server);
        this->on(&Extdisco::describe);
    }

private:
    /// Who has nothing to offer offers nothing.
    void describe(DiscoInfo& event) {
        if (event.scope != Scope::server || !event.node.empty() || services_->offers.empty()) return;
        event.query.open("feature").attr("var", xep::extdisco::ns).close();
    }

    Reply list(Iq iq, Services asked) {
        if (!host.serves(iq.from())) return error(Condition::forbidden, "for those who have an account here");
        asked.services.clear();
        for (const Offer& offer : services_->offers)
            if (asked.type.empty() || asked.type == offer.service.type)
                asked.services.push_back(with_credentials(offer, iq.from()));
        return result(asked);
    }

    Reply sign(Iq iq, Credentials asked) {
        if (!host.serves(iq.from())) return error(Condition::forbidden, "for those who have an account here");
        Credentials answer;
        for (const Offer& offer : services_->offers) {
            if (!meant(asked, offer)) continue;
            auto service = with_credentials(offer, iq.from());
            if (!service.username.empty()) answer.services.push_back(std::move(service));
        }
        if (answer.services.empty()) return error(Condition::item_not_found, "there are no credentials for that");
        return result(answer);
    }

    static bool meant(const Credentials& asked, const Offer& offer) {
        for (const auto& wanted : asked.services)
            if (wanted.host == offer.service.host && wanted.type == offer.service.type &&
                (!wanted.port || wanted.port == offer.service.port))
                return true;
        return false;
    }

    xep::extdisco::Service with_credentials(const Offer& offer, const Jid& whom) {
        auto service = offer.service;
        if (!service.restricted || secret_->empty()) return service;
        service.expires = std::chrono::floor<std::chrono::seconds>(host.wall() + offer.ttl.value_or(*ttl_));
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(service.expires->time_since_epoch()).count();
        service.username = std::to_string(seconds) + ":" + std::string(whom.bare().text());
        service.password = base64::encode(hmac_sha1(secret_->view(), service.username));
        ++signed_;
        return service;
    }
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Extdisco, .summary = "tells clients of STUN and TURN servers, with credentials",
             .xeps = {{215, "1.0.0", epode::complete}}, .depends = {"disco"})
