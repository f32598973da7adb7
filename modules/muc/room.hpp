// SPDX-License-Identifier: MIT
// A room: who is in it, who is what, what it is like, and what was said last. It lives on the home shard of its bare
// JID. What it does is spread over files by noun: entering (entrance.cpp), presence (presence.cpp), what is said
// (messages.cpp, mediation.cpp), lists of people (admin.cpp), configuration and end (owner.cpp), registered nicks
// (registration.cpp), members who are not here (members.cpp), queries among occupants (queries.cpp), what is kept for
// good (archive.cpp).
#pragma once

#include "core/base/id.hpp"
#include "core/host.hpp"
#include "core/route/arrival.hpp"
#include "modules/muc/affiliates.hpp"
#include "modules/muc/configuration.hpp"
#include "modules/muc/deed.hpp"
#include "modules/muc/history.hpp"
#include "modules/muc/occupant.hpp"
#include "modules/muc/privileges.hpp"
#include "modules/muc/records.hpp"
#include "xep/xep0045_muc.hpp"
#include "xep/xep0054_vcard.hpp"
#include "xep/xep0425_moderation.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace epode::muc {

class Room {
public:
    /// A new one, or one that was kept: then it is not locked.
    Room(Host& host, Records& records, Jid jid, Limits limits);
    Room(Host& host, Records& records, Kept kept, Limits limits);

    const Jid& jid() const noexcept { return jid_; }
    const Configuration& configuration() const noexcept { return config_; }
    const Affiliates& affiliates() const noexcept { return affiliates_; }
    void set_limits(Limits limits) noexcept { limits_ = limits; }
    bool locked() const noexcept { return locked_; }
    bool empty() const noexcept { return occupants_.empty(); }
    /// Destroyed: whoever holds it lets it go.
    bool ended() const noexcept { return ended_; }
    std::size_t size() const noexcept { return occupants_.size(); }
    Affiliation affiliation(const Jid& who) const { return affiliates_.of(who); }
    const Jid& maker() const noexcept { return maker_; }
    bool is_self(const Occupant& occupant, const Jid& who) const;
    bool has(const Jid& full) const noexcept { return nicks_.contains(full); }
    const std::map<std::string, Occupant, std::less<>>& occupants() const noexcept { return occupants_; }
    const std::optional<Stanza>& subject() const noexcept { return subject_; }
    const std::optional<xep::VCard>& vcard() const noexcept { return vcard_; }
    std::size_t history_limit() const noexcept;
    /// Messages an hour, where strangers may know that (XEP-0502).
    std::optional<double> activity() const;
    /// Section 17.1: one that nobody can see is none.
    static bool is_nick(std::string_view resource);

    /// The first one comes in and owns it; `locked`: nobody else may before he has configured it (section 10.1).
    void found(const Stanza& presence, bool locked);

    Verdict presence(Arrival& arrival);
    Verdict message(Arrival& arrival);
    /// Queries to occupants, and their answers.
    Verdict query(const Stanza& stanza);

    // ---- Queries to the room. A deed has happened in memory; its batch is to be committed, then come `remove`, the
    // answer and `tell`, or instead of all `undo`.
    Reply list(const Jid& asker, const xep::muc::Item& item) const;
    Result<Deed, StanzaError> change(const Jid& actor, const std::vector<xep::muc::Item>& items);
    Reply form(const Jid& actor) const;
    Result<Deed, StanzaError> configure(const Jid& actor, const xep::Form& submitted);
    Reply registration(const Jid& asker) const;
    Result<Deed, StanzaError> enroll(const Jid& asker, const xep::muc::Registration& submitted);
    Result<Deed, StanzaError> set_vcard(const Jid& actor, const xep::VCard& vcard);
    /// `said`: what is taken back; of the history, or found in the archive.
    Result<Deed, StanzaError> moderate(const Jid& actor, const xep::Moderate& query, const std::optional<Said>& said);
    const Said* remembered(std::string_view id) const { return history_.find(id); }
    Result<Deed, StanzaError> issue_token(const Jid& actor, const xep::TokenRequest& wanted, std::uint32_t longest);
    Result<Deed, StanzaError> revoke_token(const Jid& actor, const xep::TokenRevocation& revoked);
    Reply list_tokens(const Jid& asker) const;
    bool may_command(const Jid& who, HatCommand what) const;
    /// What a command asks for, or a list that it tells.
    xep::Form hat_form(HatCommand what) const;
    Result<Deed, StanzaError> change_hats(HatCommand what, const xep::Form& submitted);
    const Hats& hats() const noexcept { return hats_; }
    /// The account is no more. Where nobody else owns the room, its admins do; where there are none, it ends with its
    /// last occupant.
    Deed forget(const Jid& account);
    void remove(Deed& deed);
    void tell(const Deed& deed);
    void undo(Deed& deed);

    // ---- The archive (archive.cpp).
    /// Null where this room keeps none.
    ArchiveService* archive() const noexcept { return config_.archived ? records_.archive() : nullptr; }
    OwnerId archive_owner() const noexcept { return archive_; }
    /// Something of it is on disk.
    bool has_archive() const noexcept { return noted_archive_; }
    /// Who may enter may read (XEP-0313 section 6.1.2).
    bool may_read(const Jid& asker) const;
    /// Somebody took a message of his own back: the archive has it, perhaps.
    struct Retraction {
        OrderedId id;
        std::string by;      ///< his occupant id
        std::string message; ///< id of the one that says so
        Ref<Receipt> receipt;
    };
    /// Those that are to be looked for.
    std::vector<Retraction> take_retractions() { return std::exchange(retractions_, {}); }
    /// What is left of the message; null where it is not his, or taken back already.
    std::optional<Stanza> left_of(const Stanza& message, const Retraction& retraction) const;
    /// As the asker may see it.
    Stanza recalled(const ArchiveService::Message& message, bool with_address) const;
    bool sees_addresses(const Jid& asker) const;

    /// The client that sent this presence last is gone, and did not say so.
    void lost(const Jid& client, const Ref<xml::Document>& presence);
    /// Everybody has to go, for such a reason; then it is ended.
    void close(Change why);

    Kept kept() const;
    /// For a reload. Null where the bytes are damaged.
    std::string save() const;
    static std::shared_ptr<Room> restored(Host& host, Records& records, std::string_view bytes, Limits limits);
    /// It is about to be destroyed: nothing more is written of it.
    void set_ending(bool ending) noexcept { ending_ = ending; }

private:
    struct Asked { ///< a query that went from one occupant to another
        Jid from;  ///< full
        Jid to;    ///< who answers
        std::string id;
        Jid occupant; ///< as whom they answer
    };
    struct Invitation {
        Jid by;         ///< full
        std::string id; ///< of the message that asked for it

        void fields(auto& f) { f(by, id); }
    };
    struct State { ///< of a reload
        Kept kept;
        bool locked = false;
        std::vector<Occupant> occupants;
        std::map<Jid, Invitation> invited;
        std::map<Jid, Role> voices;
        bool noted_archive = false;
        std::uint64_t said = 0;

        void fields(auto& f) { f(kept, locked, occupants, invited, voices, noted_archive, said); }
    };
    using Occupants = std::map<std::string, Occupant, std::less<>>;

    Occupant* find(const Jid& full) noexcept;
    const Occupant* find(const Jid& full) const noexcept;
    Occupant* by_nick(std::string_view nick) noexcept;
    Standing standing(const Jid& full) const;
    std::string occupant_id(const Jid& bare) const;
    bool keeps() const noexcept { return config_.persistent && !ending_; }
    void put_record(Batch& batch) const { records_.put(batch, record()); }
    void erase_record(Batch& batch); ///< it is temporary now
    Record record() const;

    // Entering and leaving.
    Verdict enter(Arrival& arrival, xml::Element join);
    std::optional<StanzaError> may_enter(const Stanza& stanza, const xep::muc::Join& join, bool invited) const;
    bool has_token(std::string_view text) const;
    bool may_invite(const Jid& who) const;
    void redeem(Arrival& arrival, const std::string& token);
    static StanzaError expired_token();
    bool nick_is_free(std::string_view nick, const Jid& bare) const;
    void admit(const Stanza& stanza, const xep::muc::Join& join, std::vector<unsigned> codes);
    void tell_past(const Jid& client, const xep::muc::HistoryRequest& history) const;
    std::optional<StanzaError> rename(const Stanza& stanza, Occupant& occupant);
    void leave(const Jid& full, const Stanza& stanza, std::vector<unsigned> codes);
    Occupant take_out(Occupant& occupant);
    void refuse_stranger(const Stanza& stanza) const;

    // Presence.
    struct Viewer { ///< of somebody's presence
        bool self;  ///< himself
        bool sees;  ///< addresses
        bool knows; ///< the lists
    };
    Ref<xml::Document> document(const Occupant& who, const Stanza& presence, const Change& change, Viewer viewer) const;
    bool sees_addresses(const Occupant& viewer) const noexcept;
    bool knows_lists(const Occupant& viewer) const;
    bool shows(const Occupant& who) const noexcept;
    void speaks(Occupant& who);
    void tell_all(Occupant& who, const Stanza& presence, const Change& change);
    void tell_others(Occupant& who, const Stanza& presence, const Change& change);
    void tell_self(const Occupant& who, const Stanza& presence, const Change& change) const;
    void tell_others_to(const Occupant& viewer, const Jid& client) const;
    void tell_status(const std::vector<unsigned>& codes) const;

    // Messages.
    Verdict groupchat(Arrival& arrival);
    Verdict change_subject(Arrival& arrival, const Occupant& sender);
    Verdict whisper(Arrival& arrival);
    Verdict mediate(Arrival& arrival);
    Verdict invite(Arrival& arrival, const Occupant& sender, xml::Element user);
    void send_invitation(const Jid& to, const Jid& from, xml::Element invite, std::string_view id) const;
    void not_invited(const Stanza& bounced);
    Verdict decline(const Stanza& stanza, xml::Element decline);
    Verdict voice(const Stanza& stanza, const Occupant& sender, xml::Element form);
    Stanza clean(const Stanza& stanza, bool owner) const;
    Stanza marked(const Stanza& stanza, const Occupant& sender) const;
    void send_all(const Stanza& stanza, const Jid& but = {}) const; ///< one client left out
    bool lasts(const Stanza& message) const;
    bool too_soon(const Occupant& sender);
    void keep(Said said, Arrival& arrival);
    void retract(Arrival& arrival, const Occupant& sender);
    static Stanza tombstone(const Stanza& message, const xml::Fragment& mark);
    void forward_mentions(Arrival& arrival, const Said& said);
    Jid mentioned(std::string_view uri) const;

    // The archive.
    void archive(Batch& batch, const Said& said, const Jid& author);

    // Members (members.cpp).
    void tell_members(const Said& said, const Jid& author, const Ref<Receipt>& receipt);
    void came_or_went(const Jid& bare);

    // Roles and affiliations.
    std::string lists_version() const;
    void tell_lists(const Occupant& occupant, const Stanza& joining, const std::string& since) const;
    std::optional<StanzaError> check(const Jid& actor, const xep::muc::Item& item) const;
    Jid target_of(const xep::muc::Item& item) const;
    void set_affiliate(Deed& deed, Affiliate next, Change why);
    void set_lists(Deed& deed, const Submission& submitted);
    void remember_voice(const Occupant& occupant);
    void role_changed(Occupant& occupant, Role before, const Change& why);
    void follow(const Deed::Step& step);
    void reconfigured(const Configuration& before);

    Host& host_;
    Records& records_;
    Jid jid_;
    std::string key_; ///< on disk
    Limits limits_;
    Configuration config_;
    bool locked_ = false;
    bool ended_ = false;
    bool ending_ = false;
    std::string secret_; ///< of the occupant ids
    OwnerId archive_;
    bool noted_archive_ = false; ///< that of this temporary room is on disk
    Affiliates affiliates_;
    Occupants occupants_;                        ///< by nick
    std::unordered_map<Jid, std::string> nicks_; ///< by full JID
    std::map<Jid, Invitation> invited_;          ///< who may decline, by bare JID
    std::map<Jid, Role> voices_;                 ///< given or taken in a moderated room, by bare JID
    Ref<Audience> audience_;                     ///< the members; null where it is to be made anew
    std::map<std::string, Asked> asked_;         ///< by the id that it went with
    std::unordered_map<Jid, Instant> spoke_;     ///< when, in slow mode, by bare JID
    std::optional<Stanza> subject_;
    WallTime subject_since_{};
    History history_;
    OrderedId last_id_;
    std::vector<Retraction> retractions_;
    Tokens tokens_;
    Hats hats_;
    Jid maker_;
    std::uint64_t said_ = 0; ///< messages, for who spoke last
    std::optional<xep::VCard> vcard_;
};

} // namespace epode::muc
