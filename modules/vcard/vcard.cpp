// SPDX-License-Identifier: MIT
// XEP-0054: a vCard that everyone may read and its owner sets. XEP-0153: the hash of its picture is put into presence
// where the client did not say it itself, and told anew when another picture comes. XEP-0398: that picture and the one
// in PEP (XEP-0084) are the same, whichever was set last, where everybody may read the latter.
#include "core/module.hpp"
#include "core/service/pep.hpp"
#include "core/service/roster.hpp"
#include "core/store/turns.hpp"
#include "modules/vcard/picture.hpp"
#include "xep/xep0054_vcard.hpp"
#include "xep/xep0084_avatar.hpp"

#include <memory>
#include <optional>

namespace epode {
namespace {

namespace pubsub = xep::pubsub;
using vcard::Picture;
using xep::AvatarData;
using xep::AvatarMetadata;
using AccountPtr = std::shared_ptr<Account>;

template <typename Payload> pubsub::Request publication(std::string id, const Payload& payload, bool fresh) {
    xml::Builder builder;
    payload.encode(builder);
    pubsub::Publish publish;
    publish.node = std::string(Payload::ns);
    publish.items.emplace_back(std::move(id), xml::Fragment(builder.finish()));
    if (fresh) {
        publish.options.emplace(xep::Form::Type::submit, pubsub::options_form);
        publish.options->add(xep::FormField("pubsub#access_model", "open")); // as the vCard
    }
    return pubsub::Request(std::move(publish));
}

class VCardTemp : public Module {
public:
    explicit VCardTemp(Host& on) : Module(on) {
        feature(xep::VCard::ns);
        on_get(&VCardTemp::load, Scope::anyone);
        on_set(&VCardTemp::store, Scope::anyone);
        this->on(&VCardTemp::annotate);
        this->on(phase::amend, &VCardTemp::annotate_directed);
        this->on(&VCardTemp::published);
        this->on(&VCardTemp::info);
    }

private:
    Task<Reply> load(Iq iq, xep::VCard) {
        auto found = co_await cards_.get(iq.account(), std::string());
        if (found) co_return result(*found);
        // Section 3.1 leaves the choice; Psi opens its form on either and adds a complaint on an error.
        if (iq.own()) co_return result(xep::VCard());
        // Section 3.3: to others "no vCard" looks like "no such account".
        co_return error(Condition::service_unavailable);
    }

    Task<Reply> store(Iq iq, xep::VCard given) {
        if (!iq.own()) co_return error(knows(iq) ? Condition::forbidden : Condition::service_unavailable);
        if (given.size() > *max_bytes_) co_return error(Condition::policy_violation, "the vCard is too large");
        const AccountPtr account = host.active(iq.account().bare());
        auto photo = given.photo();
        {
            const auto turn = co_await turns_.take(iq.account());
            if (!co_await keep(account, std::move(given))) co_return result();
        }
        co_await publish(account, std::move(photo));
        co_return result();
    }

    /// Durable and told when it returns; whether it has another picture than before.
    Task<bool> keep(AccountPtr account, xep::VCard card) {
        Picture picture;
        picture.vcard = true;
        picture.hash = card.photo_hash();
        const bool another = picture.hash != picture_.of(*account).hash;
        Batch batch;
        cards_.put(batch, *account, {}, card);
        picture_.put(batch, *account, picture);
        co_await host.commit(std::move(batch));
        if (another) announce(*account, picture.hash);
        co_return another;
    }

    // ---- The picture in PEP (XEP-0398) ----------------------------------------------------------------------------

    Task<> publish(AccountPtr account, std::optional<xep::VCard::Photo> photo) {
        if (!pep_) co_return;
        const bool metadata_is_new = !pep_->readers(*account, AvatarMetadata::ns);
        if (!photo && metadata_is_new) co_return;
        AvatarMetadata metadata;
        std::string id;
        if (photo) {
            AvatarMetadata::Info info;
            info.bytes = photo->image.size();
            info.type = std::move(photo->type);
            const AvatarData data(std::move(photo->image));
            id = info.id = data.id();
            metadata.infos.push_back(std::move(info));
            std::string node(AvatarMetadata::ns), item(id);
            if (co_await pep_->item(account, std::move(node), std::move(item))) co_return; // the client has done it
            if (!pep_) co_return;
            auto request = publication(id, data, !pep_->readers(*account, AvatarData::ns));
            if (complains(*account, co_await pep_->ask(account, std::move(request))) || !pep_) co_return;
        }
        auto request = publication(std::move(id), metadata, metadata_is_new);
        complains(*account, co_await pep_->ask(account, std::move(request)));
    }

    bool complains(const Account& account, const std::optional<StanzaError>& refused) const {
        if (refused)
            log.warn("the picture of a vCard could not be published",
                     {{"account", account.bare().text()}, {"condition", epode::name(refused->condition)}});
        return refused.has_value();
    }

    void published(const PepChanged& event) {
        if (event.node != AvatarMetadata::ns || !event.published) return;
        auto metadata = AvatarMetadata::decode(event.published->payload);
        if (!metadata) return;
        const auto* info = metadata->stored();
        if (!info && !metadata->infos.empty()) return; // somewhere else
        const std::string id = info ? info->id : std::string();
        if (id == picture_.of(event.account).hash) return;
        start(take(host.active(event.account.bare()), id, info ? info->type : std::string()));
    }

    bool is_open(const Account& account, std::string_view node) const {
        return pep_ && pep_->readers(account, node) == PepService::Readers::everybody;
    }

    /// The picture that was published becomes that of the vCard; "" for none.
    Task<> take(AccountPtr account, std::string id, std::string type) {
        if (!account) co_return;
        const auto turn = co_await turns_.take(*account);
        if (!is_open(*account, AvatarMetadata::ns)) co_return;
        std::optional<xep::VCard::Photo> photo;
        if (!id.empty()) {
            if (!is_open(*account, AvatarData::ns)) co_return;
            std::string node(AvatarData::ns), which(id);
            const auto item = co_await pep_->item(account, std::move(node), std::move(which));
            auto data = item ? AvatarData::decode(item->payload) : Result<AvatarData>(fail("there is none"));
            if (!data || data->id() != id) co_return;
            photo = xep::VCard::Photo{std::move(type), std::move(data->image)};
        }
        const auto known = co_await cards_.get(*account, std::string());
        if (!known && !photo) co_return;
        auto card = (known ? *known : xep::VCard()).with_photo(photo);
        if (card.size() > *max_bytes_)
            log.info("an avatar is too large for a vCard", {{"account", account->bare().text()}});
        else
            co_await keep(account, std::move(card));
    }

    void info(DiscoInfo& event) {
        if (event.scope == Scope::account && event.node.empty() && pep_)
            event.query.open("feature").attr("var", "urn:xmpp:pep-vcard-conversion:0").close();
    }

    // ---- Presence -------------------------------------------------------------------------------------------------

    /// Whether it is no secret to the asker that the account exists.
    bool knows(const Iq& iq) const {
        const RosterService* roster = roster_.get();
        const Contact* contact = roster ? roster->find(iq.account(), iq.from().bare()) : nullptr;
        return contact && contact->from();
    }

    void annotate(PresenceSelf& event) { event.presence = annotated(event.session.account(), event.presence); }

    /// Also where it is for a room.
    void annotate_directed(Passage& passage) {
        if (passage.outgoing() && passage.stanza.is_presence())
            passage.stanza = annotated(passage.account, passage.stanza);
    }

    /// With the hash, where the client has said nothing of a picture. By XEP-0398 an update without a photo says
    /// nothing; by XEP-0153 alone it says "not yet".
    Stanza annotated(const Account& account, const Stanza& presence) const {
        if (!presence.type().empty()) return presence;
        const auto said = presence.root().child(xep::VCardUpdate::name, xep::VCardUpdate::ns);
        if (said && (said.child("photo", xep::VCardUpdate::ns) || !pep_)) return presence;
        const Picture& picture = picture_.of(account);
        return picture.vcard ? xep::VCardUpdate(picture.hash).put_into(presence) : presence;
    }

    /// The presence of each available device once more, with the new hash.
    void announce(const Account& account, const std::string& hash) {
        const xep::VCardUpdate update(hash);
        std::vector<std::shared_ptr<Session>> devices(account.sessions().begin(), account.sessions().end());
        for (const auto& device : devices) {
            if (!device->available() || !device->presence()) continue;
            device->replace_presence(update.put_into(device->presence()));
        }
    }

    Setting<ByteSize> max_bytes_{*this, "max-bytes", 256_KiB, {.min = 1_KiB, .max = 10_MiB, .help = "largest vCard"}};
    Store<xep::VCard> cards_{*this, "vcard"};
    Resident<Picture> picture_{*this, "vcard-picture"};
    Use<RosterService> roster_{*this};
    Use<PepService> pep_{*this};
    Turns turns_;
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::VCardTemp, .summary = "vCards and the hashes of their pictures",
             .xeps = {{54, "1.3.0"}, {84, "1.1.4"}, {153, "1.1.1"}, {398, "1.0.0"}}, .depends = {"disco"})
