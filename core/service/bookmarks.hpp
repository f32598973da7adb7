// SPDX-License-Identifier: MIT
// BookmarkService: bookmarks of rooms as old clients keep them (XEP-0048) in private storage, which are the same as
// those in PEP (XEP-0402). Provided by modules/bookmarks, for modules/private. On the account's home.
#pragma once

#include "core/base/task.hpp"
#include "core/session/account.hpp"
#include "core/stanza.hpp"
#include "xep/xep0402_bookmarks.hpp"

#include <memory>
#include <optional>

namespace epode {

class BookmarkService {
public:
    static constexpr std::string_view service_name = "bookmarks";

    virtual ~BookmarkService() = default;
    /// Whether the account has bookmarks in PEP that stand for those in private storage, too.
    virtual bool keeps(const Account& account) const = 0;
    /// Rooms alone. Throws storage::Failure, as the next one.
    virtual Task<xep::BookmarkStorage> load(std::shared_ptr<Account> account) = 0;
    /// These and no others; durable when it returns. What is refused is returned.
    virtual Task<std::optional<StanzaError>> store(std::shared_ptr<Account> account, xep::BookmarkStorage storage) = 0;
};

} // namespace epode
