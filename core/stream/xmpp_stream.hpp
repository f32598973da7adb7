// SPDX-License-Identifier: MIT
// XmppStream: RFC 6120 framing over a ByteStream: elements in, stanzas out, with restart, STARTTLS, stream errors,
// orderly close, pauses, and the one move to another shard after login.
#pragma once

#include "core/base/clock.hpp"
#include "core/net/byte_stream.hpp"
#include "core/net/tls_context.hpp"
#include "core/stream/outbox.hpp"
#include "core/xml/parser.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace epode {

class Shard;

class XmppStream final : private xml::Parser::Sink {
public:
    struct Owner {
        virtual ~Owner() = default;
        virtual void on_header(const xml::StreamHeader& header) = 0;
        virtual void on_element(Ref<xml::Document> document, const std::string* from, const std::string* to) = 0;
        /// The peer said </stream:stream>.
        virtual void on_end() = 0;
        /// Something that ends the stream with this error (RFC 6120 4.9.3); the owner calls `close`.
        virtual void on_fault(std::string_view condition, std::string text) = 0;
        /// The transport is gone; nothing more can be written. Called once, also after `close` has finished.
        virtual void on_gone(std::string_view reason) = 0;
        /// Bytes of the outbox have been written.
        virtual void on_written() = 0;
    };

    /// Why reading is paused; it goes on when no reason is left.
    enum Pause : std::uint8_t { pressure = 1, rate = 2, busy = 4, moving = 8, noise = 16, line = 32 };

    XmppStream(Shard& shard, std::unique_ptr<net::ByteStream> bytes, Owner& owner, xml::Limits limits);
    ~XmppStream() override;

    /// Begins to read.
    void start();
    /// Another one has it from now on. Not while it reads.
    void set_owner(Owner& owner) noexcept { owner_ = &owner; }
    net::ByteStream& transport() noexcept { return *bytes_; }
    xml::Parser& parser() noexcept { return parser_; }
    Outbox& outbox() noexcept { return outbox_; }
    const Outbox& outbox() const noexcept { return outbox_; }

    /// Queues; written when the turn ends (the owner's connection is marked dirty by it).
    void send(OutboxEntry entry) { outbox_.push(std::move(entry)); }
    void write(std::string raw) { outbox_.push(OutboxEntry(std::move(raw))); }
    /// Outbox::withdraw, mindful of what the transport holds.
    std::vector<OutboxEntry> withdraw() { return outbox_.withdraw(frozen_, gone_); }
    /// The outbox, for a session that goes on without this stream. What the transport holds of it still goes out here.
    Outbox part() {
        auto rest = gone_ ? std::string() : outbox_.rest(frozen_);
        auto outbox = std::exchange(outbox_, Outbox());
        if (!rest.empty()) write(std::move(rest));
        return outbox;
    }
    /// Writes what it can. Called at the end of a turn.
    void flush();

    /// Sends a stream error (none when `condition` is "") and </stream:stream>, and ends the sending side. Then it
    /// waits a short while for the peer to end his, reading and discarding a bounded amount: a socket that is closed
    /// with input unread is reset, and a reset may destroy the error before the peer has read it. Idempotent.
    void close(std::string_view condition, std::string_view text, bool header_sent);
    /// Drops the transport at once.
    void abort(std::string_view reason);
    bool closing() const noexcept { return closing_; }
    bool gone() const noexcept { return gone_; }

    void pause(Pause reason) noexcept;
    void resume(Pause reason);

    /// After the answer to <starttls/> is written: TLS begins and a new header is expected. Bytes that came together
    /// with the request end the connection (they were not encrypted): returns false.
    bool starttls(std::shared_ptr<net::TlsContext> context);
    /// A new header is expected (RFC 6120 4.3.3), after the element being handled.
    void restart();

    /// Stops after the element being handled and detaches from the shard's loop and timers.
    void detach();
    /// Goes on at another shard: reads what was left unread first.
    void attach(Shard& shard);
    /// What arrived since `idle_since`.
    Instant last_read() const noexcept { return last_read_; }
    /// Since when the transport has taken nothing although something waits for it; null while it takes what there is.
    std::optional<Instant> stalled_since() const noexcept { return stalled_since_; }

private:
    void on_header(const xml::StreamHeader& header) override;
    void on_element(Ref<xml::Document> document, const std::string* from, const std::string* to) override;
    void on_end() override;

    void read();
    void wait_for_input();
    bool feed(std::string_view bytes);
    void fault();
    void await_end();
    void end_writing();
    void finish(std::string_view reason);

    Shard* shard_;
    std::unique_ptr<net::ByteStream> bytes_;
    Owner* owner_;
    xml::Parser parser_;
    Outbox outbox_;
    std::string unread_;        ///< plaintext that came behind a stop
    std::size_t discarded_ = 0; ///< bytes that came after the end
    std::size_t frozen_ = 0;    ///< bytes handed to the transport that it wants again
    Instant last_read_;
    std::optional<Instant> stalled_since_;
    Timers::Handle deadline_;
    Timers::Handle resuming_;
    std::uint8_t paused_ = 0;
    bool reading_ = false; ///< a wait for input is pending
    bool in_read_ = false;
    bool in_feed_ = false; ///< the parser is on the stack
    bool restart_ = false;
    bool encrypted_ = false; ///< TLS has just begun
    bool waiting_to_write_ = false;
    bool closing_ = false;
    bool end_sent_ = false; ///< queued, that is
    bool writing_ended_ = false;
    bool end_received_ = false;
    bool deaf_ = false; ///< what comes is broken and no longer looked at
    bool gone_ = false;
};

} // namespace epode
