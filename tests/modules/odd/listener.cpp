// SPDX-License-Identifier: MIT
// Listens to what rooms say to their members, and tells each device of theirs what it has heard.
#include "core/module.hpp"

namespace epode {
namespace {

class OddListener : public Module {
public:
    explicit OddListener(Host& given) : Module(given) { on(&OddListener::said); }

private:
    void said(const RoomSaid& event) {
        for (const RoomMember& member : event.members) {
            const auto account = host.active(member.account);
            if (!account) continue;
            xml::Builder builder;
            builder.open("message").attr("type", "headline").open("heard", "urn:epode:test");
            builder.attr("member", member.account.text()).attr("joined", member.joined ? "1" : "0");
            builder.attr("author", event.message.author.text());
            builder.text(event.message.stanza.root().child_text("body")).close();
            const Stanza told(builder.close().finish(), event.message.stanza.from(), Jid());
            for (const auto& session : account->sessions()) session->send(told);
        }
    }
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::OddListener, .summary = "tells what rooms say to their members",
             .stability = epode::Stability::testing)
