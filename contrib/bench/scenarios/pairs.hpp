// SPDX-License-Identifier: MIT
// Accounts that talk two by two, 2n with 2n + 1: the load of several scenarios.
#pragma once

#include "../bench.hpp"

namespace bench {

class Pairs {
public:
    /// Logs in `pairs` pairs, from this account on.
    Pairs(Bench& bench, int pairs, int first_account = 0);
    ~Pairs();
    Pairs(const Pairs&) = delete;
    Pairs& operator=(const Pairs&) = delete;

    /// Each answers what it gets; `window` messages of a pair are under way.
    void answer(int window);
    /// All together send so many a second, planned evenly; nobody answers.
    void plan(double rate);
    /// Stanzas that the server has acknowledged, of all.
    std::uint64_t acknowledged() const;
    /// What is under way arrives, no more is sent.
    void finish();

private:
    void send(std::uint32_t from, std::int64_t planned);
    std::int64_t send_planned();
    void arrived(std::uint32_t to, std::string_view stanza);

    Bench& bench_;
    int first_;
    Clients clients_;
    std::vector<std::uint32_t> flows_; ///< of each sender
    bool answering_ = false;
    double interval_ = 0; ///< microseconds between two planned messages
    std::int64_t start_ = 0;
    std::uint64_t planned_ = 0;
};

/// Waits until what is under way has arrived, and a while for what should not come.
void finish(Bench& bench);

/// Warms up, then measures the pairs for the time that is set; reports cost and rate of a message.
void measure(Bench& bench, const std::string& unit = "message");

} // namespace bench
