// SPDX-License-Identifier: MIT
// Persistent rooms on disk: what a room is, who is what in it, what was said last, and its vCard. All rows belong to
// the host; a room's share a key that is a digest of its address.
#pragma once

#include "core/module.hpp"
#include "core/service/archive.hpp"
#include "modules/muc/affiliates.hpp"
#include "modules/muc/configuration.hpp"
#include "modules/muc/hats.hpp"
#include "modules/muc/history.hpp"
#include "modules/muc/tokens.hpp"
#include "xep/xep0054_vcard.hpp"

#include <optional>
#include <string>
#include <vector>

namespace epode::muc {

struct Record {
    Jid jid;
    Configuration config;
    std::string secret; ///< of the occupant ids
    std::optional<Stanza> subject;
    WallTime subject_since{};
    std::uint64_t affiliations = 0; ///< version of the lists (XEP-0463)
    OwnerId archive{};              ///< whose its archive is (core/service/archive.hpp)
    Jid maker;                      ///< bare; null where his account is no more
    std::vector<Token> tokens;
    Hats hats;

    void fields(auto& f) { f(jid, config, secret, subject, subject_since, affiliations, archive, maker, tokens, hats); }
    bool names(const Jid& who) const;
};

/// All that is kept of a room.
struct Kept {
    Record record;
    std::vector<Affiliate> affiliates;
    std::vector<Said> said;
    std::optional<xep::VCard> vcard;

    void fields(auto& f) { f(record, affiliates, said, vcard); }
};

class Records {
public:
    explicit Records(Module& module, Host& host)
        : host_(host), rooms_(module, "rooms"), affiliations_(module, "affiliations"), said_(module, "said"),
          vcards_(module, "vcards"), archives_(module, "archives"), archive_(module) {}

    /// Every room of the host.
    Task<std::vector<Record>> all();
    /// Null where it is not kept.
    Task<std::optional<Kept>> read(Jid room);
    /// Whether the room has that address on its lists, or knows it as who has made something.
    Task<bool> names(Jid room, Jid who);

    /// What all of a room's rows begin with.
    static std::string key(const Jid& room);

    // Durable when the batch is.
    void put(Batch& batch, const Record& record);
    void put(Batch& batch, const Kept& kept);
    void put(Batch& batch, const Jid& room, const Affiliate& affiliate); ///< erases where it is none
    void put(Batch& batch, std::string_view key, const Said& said);
    void erase(Batch& batch, std::string_view key, const OrderedId& said);
    void put(Batch& batch, const Jid& room, const std::optional<xep::VCard>& vcard);
    void erase(Batch& batch, const Jid& room);

    /// Of the room; null where the host has none.
    ArchiveService* archive() const noexcept { return archive_.get(); }
    /// That of a temporary room is to be erased when the room is no more, also if that is noticed only at a start.
    void note_archive(Batch& batch, const Jid& room, OwnerId owner);
    void erase_archive(Batch& batch, const Jid& room, OwnerId owner);
    struct Left {
        Jid room;
        OwnerId owner{};
        void fields(auto& f) { f(room, owner); }
    };
    Task<std::vector<Left>> noted_archives();

private:
    Host& host_;
    Store<Record> rooms_;
    Store<Affiliate> affiliations_; ///< key: the room's, the address
    Store<Said> said_;              ///< key: the room's, the id
    Store<xep::VCard> vcards_;
    Store<Left> archives_; ///< of temporary rooms
    Use<ArchiveService> archive_;
};

} // namespace epode::muc
