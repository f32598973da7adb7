// SPDX-License-Identifier: MIT
// PepService: what an account publishes of itself (XEP-0163), for modules that keep the same data in another form or
// act on it: bookmarks, avatars, read positions. Provided by modules/pep. On the account's home.
#pragma once

#include "core/events.hpp"
#include "core/session/account.hpp"
#include "xep/xep0060_pubsub.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace epode {

class PepService {
public:
    static constexpr std::string_view service_name = "pep";

    enum class Readers : std::uint8_t { owner, some, everybody };

    virtual ~PepService() = default;
    /// Who may read a node's items; null where there is no such node. In memory.
    virtual std::optional<Readers> readers(const Account& account, std::string_view node) const = 0;
    /// Of a node that is kept, in the order of publication; none where it is not there. Throws storage::Failure, as the
    /// others.
    virtual Task<std::vector<xep::pubsub::Item>> items(std::shared_ptr<Account> account, std::string node) = 0;
    virtual Task<std::optional<xep::pubsub::Item>> item(std::shared_ptr<Account> account, std::string node,
                                                        std::string id) = 0;
    /// As if the owner had asked; durable, and told to whoever listens, when it returns. What is refused is returned.
    virtual Task<std::optional<StanzaError>> ask(std::shared_ptr<Account> account, xep::pubsub::Request request) = 0;
};

/// Items of an account's node have come or gone, durably.
struct PepChanged {
    EPODE_EVENT(notify, "pep.changed");
    Account& account;
    std::string_view node;
    const xep::pubsub::Item* published = nullptr; ///< the new one
    std::span<const std::string> retracted{};     ///< these
    bool emptied = false;                         ///< all are gone, perhaps with the node
};

} // namespace epode
