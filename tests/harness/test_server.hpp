// SPDX-License-Identifier: MIT
// The test kit: a whole server in this process: real configuration, real modules from their .so, memory engine, virtual
// clock, no sockets. A test is XML in, XML out:
//
//     TEST_CASE("a fragment that was saved is loaded again") {
//         TestServer server{"private"};
//         auto& romeo = server.login("romeo@example.org/home");
//         romeo.send("<iq type='set' id='1'><query xmlns='jabber:iq:private'><x xmlns='a:b'>hi</x></query></iq>");
//         CHECK(romeo.receive() == "<iq type='result' id='1'/>");
//     }
//
// Shards are loops here, not threads: one thread steps them in seeded order, and time moves only when you move it. The
// environment chooses EPODE_TEST_SHARDS (default 1) and EPODE_TEST_SEED; the suite runs with one shard and with three.
#pragma once

#include "core/base/clock.hpp"
#include "core/control/wire.hpp"
#include "core/jid.hpp"
#include "core/xml/element.hpp"

#include <cstddef>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace epode::test {

/// A stanza (or other top-level element) as a client received it. Compares with XML that a person wrote: attribute
/// order is free; `from`, `to`, `id` and xml:lang of the root count only where the expectation names them; "*" matches
/// any value or text; the root is in jabber:client unless it says otherwise; whitespace between elements of the
/// expectation is ignored.
class Received {
public:
    Received() = default; ///< nothing arrived: equals ""
    explicit Received(std::string xml) : xml_(std::move(xml)) {}

    bool operator==(std::string_view expected) const;
    explicit operator bool() const noexcept { return !xml_.empty(); }
    const std::string& xml() const noexcept { return xml_; }
    /// Parsed; keeps from and to as attributes.
    xml::Fragment fragment() const;
    std::string attr(std::string_view name) const;
    friend std::ostream& operator<<(std::ostream& out, const Received& received);

private:
    std::string xml_;
};

class TestServer;

/// One client connection. Belongs to its TestServer.
class Client {
public:
    struct State;
    explicit Client(std::unique_ptr<State> state);
    ~Client();

    const Jid& jid() const; ///< the bound full JID
    /// One or more stanzas, or any raw bytes of the stream. Runs the server until it is idle.
    void send(std::string_view xml);
    /// The same, but the server does not run yet: it is under way when something else happens.
    void post(std::string_view xml);
    /// The next thing that has arrived (after the server is idle); an empty Received where nothing has.
    Received receive();
    /// Everything that has arrived.
    std::vector<Received> receive_all();
    /// Nothing has arrived and is unread.
    bool silent();
    /// Forgets what has arrived.
    void drain();
    /// `<presence/>` with this priority, and drains what comes back.
    void available(int priority = 0);
    /// Closes the stream politely (</stream:stream>), or cuts the connection (TCP gone).
    void close();
    void cut();
    /// Stops taking bytes off the connection (a slow reader), or takes them again.
    void stall(bool on);
    /// Bytes sent that did not fit into the connection, because the server does not read.
    std::size_t unsent();
    /// The server has closed this connection; the stream error's condition if it sent one.
    bool closed();
    std::string stream_error();
    /// Raw bytes that came (headers, features), for tests of negotiation.
    std::string raw();

private:
    friend class TestServer;
    std::unique_ptr<State> state_;
};

struct TestOptions {
    std::string
        config; ///< XML inside <epode>…</epode> instead of <host name='example.org'/> and <host name='example.net'/>
    std::string c2s;          ///< attributes of <c2s>: "conflict='refuse'"
    std::size_t shards = 0;   ///< 0: from the environment
    bool all_modules = false; ///< every stable module, not only the named ones and what they depend on

    TestOptions() = default;
};

class TestServer {
public:
    /// The named modules and their dependencies, on the hosts example.org and example.net.
    TestServer(std::initializer_list<const char*> modules);
    /// `options` XML goes into <host name='example.org'>: TestServer server({"offline"}, "<offline limit='3'/>");
    TestServer(std::initializer_list<const char*> modules, std::string_view host_options);
    explicit TestServer(TestOptions options);
    ~TestServer();

    /// Logs in; makes the account (password "secret") if there is none. "romeo@example.org" binds a resource of the
    /// server's choice. No presence is sent.
    Client& login(std::string_view jid);
    /// The same without a resource: it may bind one, or resume a session (XEP-0198).
    Client& authenticate(std::string_view bare);
    /// A bare connection: nothing has been sent yet.
    Client& connect();
    /// Makes an account without logging in.
    void account(std::string_view bare, std::string_view role = "user");
    /// Both see each other's presence (subscription both), through real stanzas of throw-away sessions. Needs roster
    /// and presence.
    void befriend(std::string_view one, std::string_view other);

    /// Runs everything until nothing is left to do at this moment.
    void settle();
    /// Lets time pass in steps, running timers on the way.
    void advance(Duration by);
    WallTime wall() const;
    /// Stops the server (as on SIGTERM) or kills it (nothing is flushed), and starts it on the same data. Clients are
    /// gone.
    void restart();
    void kill();
    /// The same as restart, and the clock is behind by so much when it starts.
    void restart_with_clock_back(Duration by);
    /// Loads, unloads, reloads a module at run time; the text is "" or what was wrong.
    std::string load(std::string_view module);
    std::string unload(std::string_view module);
    std::string reload(std::string_view module);
    /// Runs a module's command as an admin of the host and returns its text (and rows, one a line).
    std::string command(std::string_view node, std::vector<std::pair<std::string, std::string>> arguments = {});
    /// A command of the administrator, as epodectl sends it: ctl({"sessions", "list"}).
    control::Answer ctl(std::vector<std::string> words, std::map<std::string, std::string> options = {});
    /// What the configuration says at the next reload or restart, in the form in which the constructor got it: the
    /// options of example.org, or TestOptions::config.
    void configure(std::string xml);
    /// Whether the server wants its process to end.
    bool wants_end() const;
    /// Removes an account as the administrator does.
    void remove_account(std::string_view bare);
    /// Leaves the account the keys of SCRAM-SHA-1 only, as if it came from an old server.
    void weaken(std::string_view bare);
    /// What stands before every key that belongs to the account.
    std::string owner_of(std::string_view bare);
    /// How many rows contain those bytes, in key or value; by table ("store/MODULE/NAME"), also where there are none.
    std::map<std::string, std::size_t> stored(std::string_view bytes);
    /// How many timers wait, on all shards.
    std::size_t timers() const;
    /// The n-th storage commit from now on fails.
    void fail_commit(std::size_t nth);
    std::size_t shards() const;

private:
    friend class Client;
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace epode::test
