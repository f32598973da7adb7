// SPDX-License-Identifier: MIT
// XEP-0049: a client keeps small fragments of XML on the server. Only the owner gets here; others are answered
// service-unavailable by core, as for an account that does not exist.
#include "core/module.hpp"
#include "xep/xep0049_private.hpp"

namespace epode {
namespace {

class Private : public Module {
public:
    explicit Private(Host& on) : Module(on) {
        feature(xep::Private::ns);
        on_get(&Private::load);
        on_set(&Private::store);
    }

private:
    Task<Reply> load(Iq iq, xep::Private asked) {
        xep::Private answer;
        for (const xep::PrivateFragment& fragment : asked.fragments) {
            auto found = co_await fragments_.get(iq.account(), fragment.key());
            answer.fragments.push_back(found ? std::move(*found) : fragment.emptied());
        }
        co_return result(answer);
    }

    Task<Reply> store(Iq iq, xep::Private given) {
        for (const xep::PrivateFragment& fragment : given.fragments)
            if (fragment.size() > *max_bytes_)
                co_return error(Condition::policy_violation, "the fragment is too large");
        if (!co_await fits(iq.account(), given))
            co_return error(Condition::resource_constraint, "there are too many fragments");
        Batch batch;
        for (const xep::PrivateFragment& fragment : given.fragments)
            fragments_.put(batch, iq.account(), fragment.key(), fragment);
        co_await host.commit(std::move(batch));
        co_return result();
    }

    Task<bool> fits(Owner owner, xep::Private given) {
        const std::size_t limit = *max_fragments_;
        auto stored = co_await fragments_.scan(owner, std::string(), limit + 1);
        std::size_t count = stored.size();
        for (const xep::PrivateFragment& fragment : given.fragments) {
            const auto key = fragment.key();
            const auto known = [&key](const auto& row) { return row.first == key; };
            if (std::none_of(stored.begin(), stored.end(), known)) ++count;
        }
        co_return count <= limit;
    }

    Setting<ByteSize> max_bytes_{*this, "max-bytes", 64_KiB, {.min = 1_KiB, .max = 10_MiB, .help = "largest fragment"}};
    Setting<std::size_t> max_fragments_{
        *this, "max-fragments", 100, {.min = 1, .max = 10000, .help = "fragments of one account"}};
    Store<xep::PrivateFragment> fragments_{*this, "private"};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Private, .summary = "keeps small fragments of XML for clients", .xeps = {{49, "1.2"}},
             .depends = {"disco"})
