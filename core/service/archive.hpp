// SPDX-License-Identifier: MIT
// ArchiveService: archives (XEP-0313) of what is no account: rooms. Provided by modules/archive, which keeps those of
// accounts by itself. Whoever uses it names an owner of its own for each archive, and erases it in the end.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/id.hpp"
#include "core/base/task.hpp"
#include "core/config/value.hpp"
#include "core/route/iq.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"
#include "xep/xep0313_mam.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace epode {

/// What one archive keeps, where that is less than the host does.
struct ArchiveLimits {
    Duration keep = never;
    std::size_t most = 0; ///< messages; 0: any number

    ArchiveLimits() = default;
    void fields(auto& f) { f(keep, most); }
};

class ArchiveService {
public:
    static constexpr std::string_view service_name = "archive";

    struct Message {
        Jid speaker; ///< what a question's `with` is compared with, and all that others may know
        Jid author;  ///< who it really was; null where nobody may learn that any more
        Stanza stanza;
    };
    /// A message as the asker may see it.
    using Show = std::function<Stanza(const Message&)>;

    virtual ~ArchiveService() = default;
    /// Whether the message says something that lasts (section 6.1, XEP-0334), whatever its type.
    virtual bool worth_keeping(const Stanza& message) const = 0;
    /// Keeps it, or puts it in the place of the one with that id (replace also makes searches forget what that said).
    /// Ids of one owner grow. Durable when `batch` is.
    virtual void keep(Batch& batch, Owner owner, const OrderedId& id, const Message& message) = 0;
    virtual void erase_all(Batch& batch, Owner owner) = 0;
    /// Erases, in small steps, what is older, or more, than the host and these limits keep. Whoever has archives asks
    /// for it every hour.
    virtual Task<> expire(Owner owner, ArchiveLimits limits = ArchiveLimits()) = 0;
    /// The message with that id; null where there is none.
    virtual Task<std::optional<Message>> find(Owner owner, OrderedId id) = 0;
    /// Puts another message in the place of that one, such as what is left of it when it has been taken back
    /// (xep::tombstone): nothing that it said is found any longer. Durable when it returns; false where there is none.
    virtual Task<bool> replace(Owner owner, OrderedId id, Message message) = 0;

    /// Sends what is found from the address that was asked to who asks; the answer follows it. That the asker may ask,
    /// the caller has found out. Throws storage::Failure, as the next one.
    virtual Task<Reply> answer(Iq iq, Owner owner, xep::mam::Query query, Show show) = 0;
    virtual Task<Reply> metadata(Iq iq, Owner owner) = 0;
};

} // namespace epode
