// SPDX-License-Identifier: MIT
// A node as it is stored and kept in memory: how it is configured, who has which part in it, and what is known of its
// items without reading them.
#pragma once

#include "core/base/clock.hpp"
#include "core/jid.hpp"
#include "xep/xep0060_pubsub.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace epode::pubsub {

using xep::pubsub::Affiliation;

enum class Access : std::uint8_t { open = 0, presence = 1, roster = 2, whitelist = 3, authorize = 4 };
enum class PublishModel : std::uint8_t { publishers = 0, subscribers = 1, open = 2 };
enum class SendLast : std::uint8_t { never = 0, on_sub = 1, on_sub_and_presence = 2 };

/// The defaults are those of XEP-0163: one item, for those who see the owner's presence.
struct Configuration {
    std::string title, description, type;
    Access access = Access::presence;
    std::vector<std::string> groups; ///< of the owner's roster, for Access::roster
    PublishModel publish_model = PublishModel::publishers;
    std::uint64_t max_items = 1; ///< 0: as many as the service keeps
    bool persist = true;
    SendLast send_last = SendLast::on_sub_and_presence;
    bool payloads = true;
    bool notify = true;
    bool notify_retract = true;
    bool notify_delete = true;
    bool notify_config = false;

    void fields(auto& f) {
        f(title, description, type, access, groups, publish_model, max_items, persist, send_last, payloads, notify,
          notify_retract, notify_delete, notify_config);
    }
    bool complete() const noexcept {
        return access <= Access::authorize && publish_model <= PublishModel::open &&
               send_last <= SendLast::on_sub_and_presence;
    }
    bool operator==(const Configuration&) const = default;
};

struct Subscription {
    Jid jid;
    std::string subid;
    bool pending = false; ///< an owner has not decided yet

    void fields(auto& f) { f(jid, subid, pending); }
};

struct Node {
    std::uint64_t number = 0; ///< its items' keys begin with it
    std::uint64_t next = 1;   ///< the next item's place
    std::uint64_t count = 0;  ///< items kept
    std::uint64_t bytes = 0;  ///< what they take
    Configuration configuration;
    std::map<std::string, Affiliation> affiliations; ///< by bare address; the owner is not among them
    std::vector<Subscription> subscriptions;         ///< those that were asked for

    void fields(auto& f) { f(number, next, count, bytes, configuration, affiliations, subscriptions); }
    bool complete() const {
        return std::ranges::all_of(affiliations, [](const auto& each) { return each.second <= Affiliation::outcast; });
    }
    Affiliation affiliation(const Jid& bare) const {
        const auto found = affiliations.find(std::string(bare.text()));
        return found == affiliations.end() ? Affiliation::none : found->second;
    }
};

using Nodes = std::map<std::string, Node, std::less<>>; ///< by name

} // namespace epode::pubsub
