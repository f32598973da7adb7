// SPDX-License-Identifier: MIT
// Interests: which nodes a client wants to hear of: the features NODE+notify behind its capabilities (XEP-0163 section
// 4.3.2, XEP-0115). What a verified hash stands for is known to this shard once one client has been asked; what cannot
// be verified counts for the client that said it alone.
#pragma once

#include "core/module.hpp"
#include "xep/xep0115_caps.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace epode::pep {

using NodeNames = std::vector<std::string>; ///< sorted

/// What one client wants; `nodes` is null until that is known.
class Wishes {
public:
    std::string key; ///< of the capabilities they are, or will be, from
    std::shared_ptr<const NodeNames> nodes;

    bool wants(std::string_view node) const noexcept;
    std::string bytes() const;
    static Result<Wishes> from_bytes(std::string_view bytes);
};

class Interests {
public:
    /// `heard` is told, when a session's wishes become known, what it wants that it did not want before.
    using Heard = std::function<void(Session&, NodeNames)>;
    Interests(Module& module, Heard heard);

    bool wants(const Session& session, std::string_view node) const;
    /// Everything a session wants; null where it is not known.
    const NodeNames* of(const Session& session) const;
    /// Its capabilities are new or changed. The task, if there is anything to wait for, is to be started.
    std::optional<Task<>> changed(Session& session, xml::Element caps);
    /// It wants nothing any more, until it says its capabilities again.
    void forget(const Session& session) { wishes_.erase(session); }
    bool knows(const Session& session) const { return wishes_.find(session) != nullptr; }

private:
    struct Waiting {
        std::weak_ptr<Session> session;
        xep::caps::Caps caps;
    };

    Task<> learn(std::shared_ptr<Session> session, xep::caps::Caps caps, std::string key);
    void apply(Session& session, const std::string& key, std::shared_ptr<const NodeNames> nodes);
    void remember(const std::string& key, std::shared_ptr<const NodeNames> nodes);

    Heard heard_;
    PerSession<Wishes> wishes_;
    std::unordered_map<std::string, std::shared_ptr<const NodeNames>> known_; ///< by verified capabilities
    std::deque<std::string> order_;                                           ///< of known_, oldest first
    std::unordered_map<std::string, std::vector<Waiting>> asking_;            ///< who waits for another one's answer
};

} // namespace epode::pep
