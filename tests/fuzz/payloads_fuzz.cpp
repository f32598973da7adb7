// SPDX-License-Identifier: MIT
// Every payload of xep/ over whatever XML a stranger sends. Laws: decoding refuses or yields a value; what that encodes
// to is accepted again and is encoded the same.
#include "core/stanza.hpp"
#include "core/xml/parser.hpp"
#include "xep/rfc3921_session.hpp"
#include "xep/rfc6120_sasl.hpp"
#include "xep/rfc6121_roster.hpp"
#include "xep/xep0004_forms.hpp"
#include "xep/xep0012_last.hpp"
#include "xep/xep0013_offline.hpp"
#include "xep/xep0030_disco.hpp"
#include "xep/xep0045_muc.hpp"
#include "xep/xep0049_private.hpp"
#include "xep/xep0050_commands.hpp"
#include "xep/xep0054_vcard.hpp"
#include "xep/xep0059_rsm.hpp"
#include "xep/xep0060_pubsub.hpp"
#include "xep/xep0077_register.hpp"
#include "xep/xep0082_datetime.hpp"
#include "xep/xep0084_avatar.hpp"
#include "xep/xep0092_version.hpp"
#include "xep/xep0115_caps.hpp"
#include "xep/xep0191_blocking.hpp"
#include "xep/xep0199_ping.hpp"
#include "xep/xep0202_time.hpp"
#include "xep/xep0203_delay.hpp"
#include "xep/xep0215_extdisco.hpp"
#include "xep/xep0280_carbons.hpp"
#include "xep/xep0297_forwarded.hpp"
#include "xep/xep0313_mam.hpp"
#include "xep/xep0334_hints.hpp"
#include "xep/xep0357_push.hpp"
#include "xep/xep0359_sid.hpp"
#include "xep/xep0377_reporting.hpp"
#include "xep/xep0386_bind2.hpp"
#include "xep/xep0388_sasl2.hpp"
#include "xep/xep0402_bookmarks.hpp"
#include "xep/xep0424_retraction.hpp"
#include "xep/xep0425_moderation.hpp"
#include "xep/xep0430_inbox.hpp"
#include "xep/xep0433_channel_search.hpp"
#include "xep/xep0478_limits.hpp"
#include "xep/xep0480_upgrade.hpp"
#include "xep/xep0484_fast.hpp"
#include "xep/xep0488_token_invite.hpp"
#include "xep/xep0490_mds.hpp"
#include "xep/xep0492_notification_settings.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

namespace xep = epode::xep;
namespace xml = epode::xml;

template <typename P> std::string written(const P& payload) {
    xml::Builder builder;
    payload.encode(builder);
    const auto document = builder.finish();
    return xml::Element::root(document).str();
}

template <typename P> void payload(xml::Element element) {
    if constexpr (requires { P::ns, P::name; })
        if (!element.is(P::name, P::ns)) return;
    const auto first = P::decode(element);
    if (!first) return;
    const std::string once = written(*first);
    const auto document = xml::parse(once);
    if (!document) {
        std::fprintf(stderr, "encoded to what is no XML: %s\n", once.c_str());
        std::abort();
    }
    const auto second = P::decode(xml::Element::root(*document));
    const std::string twice = second ? written(*second) : "refused";
    if (twice == once) return;
    std::fprintf(stderr, "%s\n%s\n", once.c_str(), twice.c_str());
    std::abort();
}

template <typename... P> void payloads(xml::Element element) { (payload<P>(element), ...); }

void all(xml::Element element) {
    payloads<xep::Retract, xep::Retracted, xep::inbox::Query, xep::inbox::Entry, xep::inbox::Fin, xep::BookmarkStorage,
             xep::AvatarData, xep::AvatarMetadata, xep::Displayed, xep::Report>(element);
    payloads<xep::mam::Query, xep::mam::Item, xep::mam::Fin, xep::mam::Metadata, xep::mam::Preferences,
             xep::SessionRequest, xep::RosterItem, xep::RosterGet, xep::RosterSet, xep::RosterQuery, xep::Form,
             xep::LastActivity, xep::Offline, xep::disco::InfoRequest, xep::disco::ItemsRequest, xep::disco::Info,
             xep::disco::Items, xep::Private, xep::commands::Command, xep::VCard, xep::VCardUpdate, xep::rsm::Request,
             xep::rsm::Page, xep::Register, xep::Version, xep::caps::Caps, xep::blocking::BlockList,
             xep::blocking::Block, xep::blocking::Unblock, xep::Ping, xep::EntityTime, xep::Delay, xep::carbons::Enable,
             xep::carbons::Disable, xep::Forwarded, xep::StanzaId, xep::OriginId, xep::StreamLimits, xep::muc::Admin,
             xep::Moderate, xep::pubsub::Request, xep::pubsub::OwnerRequest, xep::pubsub::Event,
             xep::extdisco::Services, xep::extdisco::Credentials, xep::push::Enable, xep::push::Disable>(element);
    (void)xep::notification_settings::setting(element, "client", "phone");
    payloads<xep::sasl2::Authenticate, xep::sasl2::Next, xep::bind2::Bind, xep::fast::RequestToken, xep::fast::Fast,
             xep::fast::Token, xep::upgrade::Salt, xep::upgrade::Hash>(element);
    (void)xep::sasl2::decode_response(element);
    (void)xep::muc::Join::decode(element);
    (void)xep::channels::Search::decode(element);
    (void)xep::TokenRequest::decode(element);
    (void)xep::TokenRevocation::decode(element);
    (void)xep::muc::Owner::decode(element);
    (void)xep::Bookmark::decode("theplay@conference.example.org", element);
    (void)xep::muc::Registration::decode(element);
    (void)xep::sasl::Auth::decode(element);
    (void)xep::sasl::decode_response(element);
    if (const auto info = xep::disco::Info::decode(element))
        if (xep::caps::verification(*info, "sha-1") != xep::caps::verification(*info, "sha-1")) std::abort();
    if (const auto form = xep::Form::decode(element)) (void)xep::accept(*form, *form);
}

/// What is done to whole messages.
void message(const epode::Stanza& stanza, const epode::Jid& me) {
    (void)xep::Hints::of(stanza);
    (void)xep::origin_id(stanza);
    if (xep::stanza_id(xep::without_stanza_id(stanza, me), me)) std::abort();
    const auto marked = xep::with_stanza_id(stanza, xep::StanzaId("7", me));
    if (xep::stanza_id(marked, me) != "7") std::abort();
    (void)xep::without_delay_from(stanza, me);
    (void)xep::push::withdraws(stanza, me, "node");
    const auto copy = xep::carbons::wrap(stanza, xep::carbons::Side::sent, me);
    if (!xml::parse(copy.root().str())) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto time = xep::parse_datetime(text))
        if (xep::parse_datetime(xep::format_datetime(*time)) != time) std::abort();
    const auto document = xml::parse(text);
    if (!document) return 0;
    const auto root = xml::Element::root(*document);
    all(root);
    for (const xml::Element child : root.children()) {
        all(child);
        for (const xml::Element grandchild : child.children()) all(grandchild);
    }
    static const auto me = epode::Jid::parse("juliet@example.org").value();
    static const auto from = epode::Jid::parse("romeo@example.net/orchard").value();
    // A stanza's addresses are not in its document; those that a stream brings are taken out by its parser.
    if (!root.attr("from").empty() || !root.attr("to").empty()) return 0;
    if (const epode::Stanza stanza(*document, from, me); stanza.is_message()) message(stanza, me);
    return 0;
}
