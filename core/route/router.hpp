// SPDX-License-Identifier: MIT
// Router: from an address to an owner's shard, and there through the incoming half. One per shard.
#pragma once

#include "core/base/ring.hpp"
#include "core/base/task.hpp"
#include "core/route/audience.hpp"
#include "core/route/delivery.hpp"
#include "core/route/iq.hpp"
#include "core/route/passage.hpp"
#include "core/shard/mailbox.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace epode {

class Module;
class Shard;
struct DomainEntry;

class Router {
public:
    explicit Router(Shard& shard) : shard_(shard) {}

    /// Sends a parcel to its recipient's shard (ours: behind what waits already), or answers it where there is no way.
    void route(Parcel parcel);
    /// The same for many recipients, one letter to each of their shards.
    void route(Stanza stanza, std::vector<Jid> recipients);
    /// Another stanza that goes on with the passage's batch.
    void route_onward(Stanza stanza, Passage& passage);
    /// A stanza whose recipient's home is this shard.
    void arrive(Parcel parcel) { arrivals_.push_back(std::move(parcel)); }
    /// What a room has said to members whose home is this shard.
    void hear(RoomNews news) { news_.push_back(std::move(news)); }
    /// Takes arrivals through the incoming half, for about as long as `budget`. True if there were any.
    bool run(Duration budget);
    /// Drops what is under way, at the end of the server.
    void let_go() {
        arrivals_ = {};
        news_ = {};
        loading_.clear();
    }
    bool idle() const noexcept { return arrivals_.empty() && news_.empty(); }
    /// Arrivals that wait.
    std::size_t behind() const noexcept { return arrivals_.size(); }

    /// The sender's half of a stanza that came in from a client (`from` stamped, `to` never null).
    void outgoing(const std::shared_ptr<Session>& session, Stanza stanza, Ref<Receipt> receipt);
    /// Runs the handler of an iq get or set; `done` gets the reply, later perhaps, once.
    void answer(Iq iq, std::move_only_function<void(Reply)> done);

    /// Makes an account active; null where there is none.
    Task<std::shared_ptr<Account>> activate(Jid bare);
    /// Loads again what modules keep for an active account. Its stanzas go on with what is in memory meanwhile.
    void reload(Owner owner);
    /// Loads what a module that is not attached yet keeps for the accounts that are active, or about to be. When it
    /// returns it has them all, until the next suspension.
    Task<> load_slots(Host& host, Module& module);
    /// What the host's modules keep for a session, by the names of their slots, and back again.
    std::map<std::string, std::string> save_session(const Session& session);
    void restore_session(const Session& session, const std::map<std::string, std::string>& kept);
    /// Forgets accounts that nothing needs any more.
    void evict_idle();
    void forget(const Jid& bare);

private:
    struct Loading {
        std::vector<Parcel> waiting;
        std::vector<Promise<bool>*> waiters;
        std::shared_ptr<Account> account; ///< while modules load what they keep for it
    };
    void incoming(const std::shared_ptr<Account>& account, Parcel parcel);
    void incoming_query(const std::shared_ptr<Account>& account, Passage& passage, Ref<Receipt> receipt);
    void recovered(Account& account, Parcel parcel);
    void hand_over(Passage& passage, Delivery::Otherwise otherwise);
    void to_server(Host& host, Parcel parcel);
    void to_service(DomainEntry& service, Parcel parcel);
    void answer_and_route(Iq iq, Ref<Receipt> receipt);
    void without_account(Host* host, Parcel parcel);
    void tell(const RoomNews& news);
    void bounce(const Stanza& stanza, const StanzaError& error, Ref<Receipt> receipt);
    void finish(Passage& passage);
    Task<> load(std::shared_ptr<Account> account);
    Task<> activate_and_release(Jid bare);
    Verdict run_phase(Host& host, int phase, Passage& passage);
    void identify(Passage& passage);
    Task<> commit(std::unique_ptr<Batch> batch, Ref<Receipt> receipt);

    Shard& shard_;
    Ring<Parcel> arrivals_;
    Ring<RoomNews> news_;
    std::unordered_map<Jid, std::shared_ptr<Loading>> loading_;
};

} // namespace epode
