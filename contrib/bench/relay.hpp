// SPDX-License-Identifier: MIT
// The floor under any server: TLS in, the same bytes out over TLS to the other one of a pair, no XML looked at. A login
// is a handshake and one answer, an idle connection is OpenSSL's. With faults it is what the counting is tested
// against.
#pragma once

#include "client.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// What a relay does to messages: of every so many one is dropped, given twice, or held back until the next one of its
/// sender has overtaken it; 0: none. All wait for `delay`. It counts what it has done.
struct Faults {
    std::uint64_t drop = 0, twice = 0, swap = 0;
    std::int64_t delay = 0; ///< microseconds
    std::uint64_t dropped = 0, doubled = 0, swapped = 0, held = 0;
    bool any() const { return drop || twice || swap || delay; }
};

class Relay final : Loop::Watched {
public:
    /// Listens on a port of its own choice. `faults` lives as long as the relay.
    Relay(Loop& loop, Faults& faults);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    int port() const { return port_; }
    /// To be called each turn when there is a delay; returns when the next one is due.
    std::int64_t release();

private:
    struct Guest;

    void ready(std::uint32_t events) override;
    void flush() override {}
    void join(Guest& guest);
    void leave(Guest& guest);
    void pass(Guest& from, std::string_view bytes);
    void damage(Guest& from, std::string_view message);
    void deliver(Guest& from, std::string_view bytes);

    struct Late {
        std::int64_t due;
        std::string to, bytes;
    };

    Loop& loop_;
    Faults& faults_;
    TlsContext tls_ = server_context();
    int socket_, port_ = 0;
    std::map<Guest*, std::unique_ptr<Guest>> guests_;
    std::map<std::string, Guest*, std::less<>> names_;
    std::vector<std::unique_ptr<Guest>> left_; ///< deleted in the next turn, not under their own feet
    std::vector<Late> late_;
    std::uint64_t messages_ = 0;
};

/// A relay in a process of its own, as a target whose cost can be measured. It ends with this object or this process.
class RelayProcess {
public:
    RelayProcess();
    ~RelayProcess();
    RelayProcess(const RelayProcess&) = delete;
    RelayProcess& operator=(const RelayProcess&) = delete;
    const Target& target() const { return target_; }

private:
    Target target_;
};

} // namespace bench
