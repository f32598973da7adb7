// SPDX-License-Identifier: MIT
// A service at echo.HOST that says back what it is told: whoever writes to it sees that messages come and go.
#include "core/module.hpp"

namespace epode {
namespace {

class Echo : public Module {
public:
    explicit Echo(Host& host) : Module(host) {}

private:
    Verdict hear(Arrival& arrival) {
        const Stanza& said = arrival.stanza;
        if (!said.is_message() || said.is_error()) return Verdict::pass();
        const auto body = said.root().child_text("body");
        if (body.empty()) return Verdict::drop(); // chat states and the like
        xml::Builder builder;
        builder.open("message").attr("type", "chat").attr("id", random_id());
        builder.leaf("body", body).close();
        host.route(Stanza(builder.finish(), said.to(), said.from()), arrival);
        ++echoed_;
        return Verdict::take();
    }

    Service echo_{*this, "echo", "component", "generic", "Echo", &Echo::hear};
    Counter echoed_{*this, "echoed", "messages that were said back"};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Echo, .summary = "says back what it is told, at echo.HOST")
