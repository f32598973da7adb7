// SPDX-License-Identifier: MIT
#include "modules/pep/interests.hpp"

#include "xep/xep0030_disco.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace epode::pep {

namespace caps = xep::caps;
namespace disco = xep::disco;

namespace {

constexpr std::size_t most_known = 1000;    ///< sets of capabilities
constexpr std::size_t most_interests = 200; ///< of one client
constexpr std::size_t longest_wait = 1000;  ///< clients that wait for the answer of another
constexpr Duration patience = 30s;

std::string key_of(const caps::Caps& given) { return given.hash + ' ' + given.query_node(); }

std::shared_ptr<const NodeNames> names_in(const disco::Info& info) {
    constexpr std::string_view mark = "+notify";
    NodeNames names;
    for (const std::string& feature : info.features)
        if (feature.size() > mark.size() && feature.ends_with(mark) && names.size() < most_interests)
            names.push_back(feature.substr(0, feature.size() - mark.size()));
    std::ranges::sort(names);
    return std::make_shared<const NodeNames>(std::move(names));
}

std::optional<disco::Info> info_in(const Stanza& answer) {
    if (!answer || answer.type() != "result") return std::nullopt;
    auto info = disco::Info::decode(answer.root().child(disco::Info::name, disco::Info::ns));
    if (!info) return std::nullopt;
    return std::move(*info);
}

Ref<xml::Document> question(const caps::Caps& given) {
    disco::InfoRequest request;
    request.node = given.query_node();
    xml::Builder builder;
    request.encode(builder);
    return builder.finish();
}

} // namespace

bool Wishes::wants(std::string_view node) const noexcept {
    return nodes && std::binary_search(nodes->begin(), nodes->end(), node, std::less<>());
}

std::string Wishes::bytes() const {
    // Those that were still to be learnt are asked for again by the next version.
    if (!nodes) return {};
    ByteWriter writer;
    writer.put(key);
    writer.put(*nodes);
    return writer.take();
}

Result<Wishes> Wishes::from_bytes(std::string_view bytes) {
    if (bytes.empty()) return fail("not known yet");
    Wishes wishes;
    NodeNames names;
    ByteReader reader(bytes);
    reader.get(wishes.key);
    reader.get(names);
    if (!reader.ok()) return fail("damaged");
    wishes.nodes = std::make_shared<const NodeNames>(std::move(names));
    return wishes;
}

Interests::Interests(Module& module, Heard heard) : heard_(std::move(heard)), wishes_(module, "wishes") {}

bool Interests::wants(const Session& session, std::string_view node) const {
    const Wishes* wishes = wishes_.find(session);
    return wishes && wishes->wants(node);
}

const NodeNames* Interests::of(const Session& session) const {
    const Wishes* wishes = wishes_.find(session);
    return wishes ? wishes->nodes.get() : nullptr;
}

std::optional<Task<>> Interests::changed(Session& session, xml::Element element) {
    auto given = caps::Caps::decode(element);
    if (!given) return std::nullopt;
    auto key = key_of(*given);
    wishes_.of(session).key = key;
    if (const auto found = known_.find(key); found != known_.end()) {
        apply(session, key, found->second);
        return std::nullopt;
    }
    if (const auto asking = asking_.find(key); asking != asking_.end()) {
        if (asking->second.size() < longest_wait) {
            asking->second.push_back({session.weak_from_this(), std::move(*given)});
            return std::nullopt;
        }
    } else if (!given->hash.empty()) {
        asking_.try_emplace(key);
    }
    return learn(session.shared_from_this(), std::move(*given), std::move(key));
}

Task<> Interests::learn(std::shared_ptr<Session> session, caps::Caps given, std::string key) {
    for (;;) {
        auto asked = question(given);
        Jid from;
        const Stanza answer = co_await session->request(false, std::move(asked), std::move(from), patience);
        const auto info = info_in(answer);
        std::shared_ptr<const NodeNames> names;
        if (info) names = names_in(*info);
        const bool verified = info && caps::verify(given, *info) == caps::Verdict::valid;
        if (verified) remember(key, names);
        if (names) apply(*session, key, names);
        const auto asking = asking_.find(key);
        if (asking == asking_.end()) co_return;
        if (verified) {
            const auto waiting = std::move(asking->second);
            asking_.erase(asking);
            for (const Waiting& each : waiting)
                if (const auto other = each.session.lock()) apply(*other, key, names);
            co_return;
        }
        // Nothing that holds for others: the next one is asked himself.
        session.reset();
        while (!session && !asking->second.empty()) {
            session = asking->second.back().session.lock();
            given = std::move(asking->second.back().caps);
            asking->second.pop_back();
        }
        if (!session) {
            asking_.erase(asking);
            co_return;
        }
    }
}

void Interests::apply(Session& session, const std::string& key, std::shared_ptr<const NodeNames> nodes) {
    if (session.ended() || !wishes_.find(session)) return;
    Wishes& wishes = wishes_.of(session);
    if (wishes.key != key) return; // it has said something else since
    NodeNames fresh;
    if (wishes.nodes)
        std::ranges::set_difference(*nodes, *wishes.nodes, std::back_inserter(fresh));
    else
        fresh = *nodes;
    wishes.nodes = std::move(nodes);
    if (!fresh.empty()) heard_(session, std::move(fresh));
}

void Interests::remember(const std::string& key, std::shared_ptr<const NodeNames> nodes) {
    if (!known_.try_emplace(key, std::move(nodes)).second) return;
    order_.push_back(key);
    if (order_.size() <= most_known) return;
    known_.erase(order_.front());
    order_.pop_front();
}

} // namespace epode::pep
