// SPDX-License-Identifier: MIT
// A deed: what a query has changed in a room. It happens in four steps, since the specification wants an order: in
// memory, on disk, then those who lose their place hear it, then whoever asked gets the answer, then everybody else
// hears it (XEP-0045 section 8.2).
#pragma once

#include "core/base/id.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"
#include "modules/muc/affiliates.hpp"
#include "modules/muc/configuration.hpp"
#include "modules/muc/hats.hpp"
#include "modules/muc/history.hpp"
#include "modules/muc/occupant.hpp"
#include "modules/muc/tokens.hpp"
#include "xep/xep0045_muc.hpp"
#include "xep/xep0054_vcard.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace epode::muc {

/// Why an occupant's presence is told anew.
struct Change {
    std::vector<unsigned> codes;
    bool gone = false;    ///< unavailable
    std::string new_nick; ///< with 303
    std::string actor;    ///< nick of whoever did it
    std::string reason;
    std::optional<xep::muc::Destroy> destroy;
    std::optional<xep::Mav> lists; ///< from which version to which that leads

    Change() = default;
    explicit Change(std::vector<unsigned> why) : codes(std::move(why)) {}
};

struct Deed {
    struct Step {
        Jid bare; ///< whose affiliation has changed
        Affiliation before = Affiliation::none;
        std::string nick; ///< or: whose role shall
        std::optional<xep::muc::Role> role;
        Change why;
    };
    struct Removed {
        Occupant occupant;
        Change why;
    };

    Batch batch;
    std::vector<Step> steps;
    std::vector<unsigned> codes;              ///< told to everybody
    std::vector<Said> said;                   ///< so are these
    std::vector<std::pair<Jid, Jid>> invited; ///< who, by whom
    std::vector<Removed> removed;
    std::vector<Jid> redressed;         ///< wear other hats, by bare JID
    std::optional<OrderedId> retracted; ///< goes from the history
    Stanza tombstone;                   ///< takes its place in the archive
    Ref<xml::Document> answer;          ///< to whoever asked for it

    // What was before, for `undo`.
    std::vector<Affiliate> old_affiliates;
    std::optional<Configuration> old_config;
    std::optional<std::optional<xep::VCard>> old_vcard;
    std::optional<Tokens> old_tokens;
    std::optional<Hats> old_hats;
    bool unlocked = false;

    Deed() = default;
};

} // namespace epode::muc
