// SPDX-License-Identifier: MIT
// Commands that wait for their form: who began which, until when. Bounded, since anybody who may run a command can
// begin many; the oldest gives way.
#pragma once

#include "core/base/clock.hpp"
#include "core/jid.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace epode {

class SessionTable {
public:
    /// Begins one and returns its (unguessable) id.
    std::string begin(Jid requester, std::string node, Instant now);
    /// Whether that requester began that command under that id and has not let it expire. XEP-0050 3.3.
    bool has(std::string_view id, const Jid& requester, std::string_view node, Instant now);
    void end(std::string_view id);
    std::size_t size() const noexcept { return open_.size(); }

    static constexpr std::size_t most = 256;
    static constexpr Duration lifetime = 10min;

private:
    struct Open {
        std::string id;
        Jid requester;
        std::string node;
        Instant until{};
    };
    std::deque<Open> open_; ///< oldest first
};

} // namespace epode
