// SPDX-License-Identifier: MIT
// A room: who is in it, who is what, what it is like, and what was said last. It lives on the home shard of its bare
// JID. What it does is spread over files by noun: entering (entrance.cpp), presence (presence.cpp), what is said
// (messages.cpp), lists of people (admin.cpp), configuration and end (owner.cpp), queries among occupants
// (queries.cpp).
#pragma once

#include "core/base/id.hpp"
#include "core/host.hpp"
#include "core/route/arrival.hpp"
#include "modules/muc/configuration.hpp"
#include "modules/muc/history.hpp"
#include "modules/muc/occupant.hpp"
#include "modules/muc/privileges.hpp"
#include "xep/xep0045_muc.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode::muc {

/// What the server allows every room.
struct Limits {
    std::uint32_t occupants = 0;
    std::size_t history = 0;
    std::size_t affiliations = 0;
};

/// Why an occupant's presence is told anew.
struct Change {
    std::vector<unsigned> codes;
    bool gone = false;    ///< unavailable
    std::string new_nick; ///< with 303
    std::string actor;    ///< nick of whoever did it
    std::string reason;
    std::optional<xep::muc::Destroy> destroy;

    Change() = default;
    explicit Change(std::vector<unsigned> why) : codes(std::move(why)) {}
};

class Room {
public:
    Room(Host& host, Jid jid, Limits limits);

    const Jid& jid() const noexcept { return jid_; }
    const Configuration& configuration() const noexcept { return config_; }
    void set_limits(Limits limits) noexcept { limits_ = limits; }
    bool locked() const noexcept { return locked_; }
    bool empty() const noexcept { return occupants_.empty(); }
    /// Destroyed: whoever holds it lets it go.
    bool ended() const noexcept { return ended_; }
    std::size_t size() const noexcept { return occupants_.size(); }
    Affiliation affiliation(const Jid& who) const;
    bool has(const Jid& full) const noexcept { return nicks_.contains(full); }
    const std::map<std::string, Occupant>& occupants() const noexcept { return occupants_; }
    const Stanza& subject() const noexcept { return subject_; }

    /// The first one comes in and owns it; `locked`: nobody else may before he has configured it (section 10.1).
    void found(const Stanza& presence, bool locked);

    Verdict presence(const Stanza& stanza);
    Verdict message(const Stanza& stanza);
    /// Queries to occupants, and their answers.
    Verdict query(const Stanza& stanza);

    Reply list(const Jid& asker, const xep::muc::Item& item) const;
    Reply change(const Jid& actor, const std::vector<xep::muc::Item>& items);
    Reply form(const Jid& actor) const;
    Reply configure(const Jid& actor, const xep::muc::Owner& submitted);
    /// Everybody has to go, for such a reason; then it is ended.
    void close(Change why);
    /// The account is no more: it is on no list.
    void forget(const Jid& account) { affiliations_.erase(account); }

    /// For a reload.
    void fields(auto& f) {
        std::vector<Said> said(history_.all().begin(), history_.all().end());
        std::optional<Stanza> subject;
        if (subject_) subject = subject_;
        f(config_, locked_, secret_, affiliations_, occupants_, subject, said, last_id_, subject_since_);
        if (subject) subject_ = *subject;
        restored(std::move(said));
    }

private:
    using Visits = std::vector<Visit>;
    struct Asked { ///< a query that went from one occupant to another
        Jid from;  ///< full
        Jid to;    ///< who answers
        std::string id;
        Jid occupant; ///< as whom they answer
    };

    void restored(std::vector<Said> said);
    Occupant* find(const Jid& full) noexcept;
    const Occupant* find(const Jid& full) const noexcept;
    Occupant* by_nick(std::string_view nick) noexcept;
    Standing standing(const Jid& full) const;
    std::string occupant_id(const Jid& bare) const;

    // Entering and leaving.
    Verdict enter(const Stanza& stanza, xml::Element join);
    std::optional<StanzaError> may_enter(const Stanza& stanza, const xep::muc::Join& join) const;
    void admit(const Stanza& stanza, const xep::muc::HistoryRequest& history, std::vector<unsigned> codes);
    Verdict rename(const Stanza& stanza, Occupant& occupant);
    void leave(const Jid& full, const Stanza& stanza, std::vector<unsigned> codes);
    void remove(Occupant& occupant, Change why);
    void refuse_stranger(const Stanza& stanza) const;

    // Presence.
    Ref<xml::Document> document(const Occupant& who, const Stanza& presence, const Change& change, bool self,
                                bool sees) const;
    bool sees_addresses(const Occupant& viewer) const noexcept;
    void tell_all(const Occupant& who, const Stanza& presence, const Change& change);
    void tell(const Occupant& who, const Stanza& presence, const Change& change, const Occupant& viewer,
              const Jid& client) const;
    void tell_others_to(const Occupant& viewer, const Jid& client) const;
    void tell_status(const std::vector<unsigned>& codes) const;

    // Messages.
    Verdict groupchat(const Stanza& stanza);
    Verdict change_subject(const Stanza& stanza, const Occupant& sender);
    Verdict whisper(const Stanza& stanza);
    Verdict mediate(const Stanza& stanza);
    Verdict invite(const Stanza& stanza, const Occupant& sender, xml::Element user);
    Verdict decline(const Stanza& stanza, xml::Element decline);
    Verdict voice(const Stanza& stanza, const Occupant& sender, xml::Element form);
    Stanza clean(const Stanza& stanza) const;
    void send_all(const Stanza& stanza) const;

    // Roles and affiliations.
    std::optional<StanzaError> check(const Jid& actor, const xep::muc::Item& item) const;
    void apply(const Jid& actor, const xep::muc::Item& item);
    void set_role(Occupant& occupant, Role role, Change why);
    void set_affiliation(const Jid& bare, Affiliation affiliation, Change why);
    void reconfigure(Configuration next);

    Host& host_;
    Jid jid_;
    Limits limits_;
    Configuration config_;
    bool locked_ = false;
    bool ended_ = false;
    std::string secret_; ///< of the occupant ids
    std::map<Jid, Affiliation> affiliations_;
    std::map<std::string, Occupant> occupants_;  ///< by nick
    std::unordered_map<Jid, std::string> nicks_; ///< by full JID
    std::set<Jid> invited_;                      ///< may decline
    std::map<std::string, Asked> asked_;         ///< by the id that it went with
    Stanza subject_;
    WallTime subject_since_{};
    History history_;
    OrderedId last_id_;
};

} // namespace epode::muc
