// SPDX-License-Identifier: MIT
// A first message for a new account. It is sent when the account is made and waits offline for its first login.
#include "core/module.hpp"

namespace epode {
namespace {

class Welcome : public Module {
public:
    explicit Welcome(Host& on) : Module(on) { this->on(&Welcome::greet); }

private:
    void greet(const UserRegistered& event) {
        if (message_->empty()) return;
        xml::Builder builder;
        builder.open("message").attr("type", "normal").attr("id", random_id());
        if (!subject_->empty()) builder.leaf("subject", *subject_);
        builder.leaf("body", *message_).close();
        host.route(Stanza(builder.finish(), host.jid(), event.account));
    }

    Setting<std::string> message_{*this, "message", "", {.help = "what a new account is told; nothing if empty"}};
    Setting<std::string> subject_{*this, "subject", "Welcome", {.help = "the subject of that message"}};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Welcome, .summary = "sends a message to new accounts", .depends = {"offline"})
