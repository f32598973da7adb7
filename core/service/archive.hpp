// SPDX-License-Identifier: MIT
// ArchiveService: archives (XEP-0313) of what is no account: rooms. Provided by modules/archive, which keeps those of
// accounts by itself. Whoever uses it names an owner of its own for each archive, and erases it in the end.
#pragma once

#include "core/base/id.hpp"
#include "core/base/task.hpp"
#include "core/route/iq.hpp"
#include "core/stanza.hpp"
#include "core/store/batch.hpp"
#include "xep/xep0313_mam.hpp"

#include <functional>
#include <string_view>

namespace epode {

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
    /// Keeps it, or puts it in the place of the one with that id. Ids of one owner grow. Durable when `batch` is.
    virtual void keep(Batch& batch, Owner owner, const OrderedId& id, const Message& message) = 0;
    virtual void erase_all(Batch& batch, Owner owner) = 0;
    /// Erases, in small steps, what is older than the host keeps messages. Whoever has archives asks for it every hour.
    virtual Task<> expire(Owner owner) = 0;

    /// Sends what is found from the address that was asked to who asks; the answer follows it. That the asker may ask,
    /// the caller has found out. Throws storage::Failure, as the next one.
    virtual Task<Reply> answer(Iq iq, Owner owner, xep::mam::Query query, Show show) = 0;
    virtual Task<Reply> metadata(Iq iq, Owner owner) = 0;
};

} // namespace epode
