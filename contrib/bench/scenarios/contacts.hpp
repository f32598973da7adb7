// SPDX-License-Identifier: MIT
// A circle of accounts in which each has all others as contacts, both ways; subscriptions are made where they are
// missing.
#pragma once

#include "../bench.hpp"

namespace bench {

class Contacts {
public:
    /// `contacts` + 1 accounts, all logged in.
    explicit Contacts(Bench& bench);
    Contacts(const Contacts&) = delete;
    Contacts& operator=(const Contacts&) = delete;

    /// Logs one of them in again; presence of others counts from then on.
    void log_in(std::size_t number);

    Clients clients;
    std::size_t came = 0, gone = 0; ///< presence of others that was seen, available and unavailable
    std::function<void(std::size_t receiver, std::string_view stanza)> on_presence;

private:
    Session session(std::size_t number) const;
    void listen(std::size_t number);
    void subscribe();

    Bench& bench_;
    std::size_t approved_ = 0;
};

} // namespace bench
