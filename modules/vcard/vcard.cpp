// SPDX-License-Identifier: MIT
// XEP-0054: a vCard that everyone may read and its owner sets. XEP-0153: the hash of its picture is put into presence
// where the client did not say it itself, and told anew when another picture comes.
#include "core/module.hpp"
#include "core/service/roster.hpp"
#include "modules/vcard/picture.hpp"
#include "xep/xep0054_vcard.hpp"

namespace epode {
namespace {

using vcard::Picture;

class VCardTemp : public Module {
public:
    explicit VCardTemp(Host& on) : Module(on) {
        feature(xep::VCard::ns);
        on_get(&VCardTemp::load, Scope::anyone);
        on_set(&VCardTemp::store, Scope::anyone);
        this->on(&VCardTemp::annotate);
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
        Picture picture;
        picture.vcard = true;
        picture.hash = given.photo_hash();
        const bool another = picture.hash != picture_.of(iq.account()).hash;
        Batch batch;
        cards_.put(batch, iq.account(), {}, given);
        picture_.put(batch, iq.account(), picture);
        co_await host.commit(std::move(batch));
        if (another) announce(iq.account(), picture.hash);
        co_return result();
    }

    /// Whether it is no secret to the asker that the account exists.
    bool knows(const Iq& iq) const {
        const RosterService* roster = roster_.get();
        const Contact* contact = roster ? roster->find(iq.account(), iq.from().bare()) : nullptr;
        return contact && contact->from();
    }

    void annotate(PresenceSelf& event) {
        if (!event.presence.type().empty()) return;
        if (event.presence.root().child(xep::VCardUpdate::name, xep::VCardUpdate::ns)) return;
        const Picture& picture = picture_.of(event.session.account());
        if (picture.vcard) event.presence = xep::VCardUpdate(picture.hash).put_into(event.presence);
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
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::VCardTemp, .summary = "vCards and the hashes of their pictures",
             .xeps = {{54, "1.3.0"}, {153, "1.1.1"}}, .depends = {"disco"})
