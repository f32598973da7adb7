// SPDX-License-Identifier: MIT
// The option `from`: which addresses may make accounts. A type of its own, so that a network that is none is found when
// the configuration is read.
#pragma once

#include "core/base/network.hpp"
#include "core/config/value.hpp"
#include "core/session/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::registration {

class Sources {
public:
    static Sources loopback() { return *parse("loopback"); }

    /// loopback, anywhere, nobody, or networks (and loopback) between blanks.
    static Result<Sources> parse(std::string_view text) {
        Sources sources;
        const auto words = config::split(text);
        if (words.empty()) return fail("is empty (try loopback, anywhere, nobody or 192.0.2.0/24)");
        for (const std::string& word : words) {
            if (word == "loopback") {
                sources.loopback_ = true;
            } else if (word == "anywhere" || word == "nobody") {
                if (words.size() > 1) return fail("names " + word + " beside others");
                (word == "anywhere" ? sources.anywhere_ : sources.nobody_) = true;
            } else if (auto network = Network::parse(word)) {
                sources.networks_.push_back(*network);
            } else {
                return fail("names " + word + ", which is no network (try loopback, anywhere, nobody or 192.0.2.0/24)");
            }
        }
        sources.text_ = config::join(words, " ");
        return sources;
    }

    bool nobody() const noexcept { return nobody_; }
    bool admit(const Peer& peer) const {
        if (anywhere_ || (loopback_ && peer.loopback)) return true;
        for (const Network& network : networks_)
            if (network.contains(peer.address)) return true;
        return false;
    }
    const std::string& text() const noexcept { return text_; }

private:
    bool anywhere_ = false, nobody_ = false, loopback_ = false;
    std::vector<Network> networks_;
    std::string text_;
};

} // namespace epode::registration

template <> struct epode::config::TextOf<epode::registration::Sources> {
    static std::string kind() { return "loopback, anywhere, nobody or networks"; }
    static Result<registration::Sources> parse(std::string_view text) { return registration::Sources::parse(text); }
    static std::string print(const registration::Sources& value) { return value.text(); }
};
