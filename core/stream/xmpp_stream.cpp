// SPDX-License-Identifier: MIT
#include "core/stream/xmpp_stream.hpp"

#include "core/net/tcp.hpp"
#include "core/shard/shard.hpp"

namespace epode {

namespace {

constexpr std::size_t write_size = 16 * 1024;       ///< one TLS record
constexpr Duration close_patience = 3s;             ///< for the last bytes to go and the peer's own end to come
constexpr std::size_t most_discarded = 1024 * 1024; ///< bytes that are taken from a peer that goes on after the end

std::string_view condition_of(xml::ParseFault fault) {
    switch (fault) {
    case xml::ParseFault::none:
    case xml::ParseFault::not_well_formed:
        return "not-well-formed";
    case xml::ParseFault::restricted_xml:
        return "restricted-xml";
    case xml::ParseFault::unsupported_encoding:
        return "unsupported-encoding";
    case xml::ParseFault::policy_violation:
        return "policy-violation";
    case xml::ParseFault::invalid_xml:
        return "invalid-xml";
    }
    return "not-well-formed";
}

} // namespace

XmppStream::XmppStream(Shard& shard, std::unique_ptr<net::ByteStream> bytes, Owner& owner, xml::Limits limits)
    : shard_(&shard), bytes_(std::move(bytes)), owner_(&owner), parser_(*this, limits),
      last_read_(shard.clock().now()) {}

XmppStream::~XmppStream() {
    if (bytes_) {
        bytes_->cancel_waits();
        bytes_->close();
    }
}

void XmppStream::start() { wait_for_input(); }

// ---- Reading ------------------------------------------------------------------------------------------------------

void XmppStream::wait_for_input() {
    if (reading_ || gone_ || paused_) return;
    reading_ = true;
    bytes_->wait_readable([this] {
        reading_ = false;
        read();
    });
}

void XmppStream::read() {
    if (gone_ || in_read_) return;
    in_read_ = true;
    bool more = true;
    if (!unread_.empty() && !paused_) {
        auto left = std::exchange(unread_, {});
        more = feed(left);
    }
    // A bounded number of reads per turn. Whatever the transport still holds then, the wait below knows of it.
    for (int round = 0; more && round < 4 && !paused_ && !gone_; ++round) {
        auto& buffer = shard_->read_buffer();
        const auto got = bytes_->read_some(buffer);
        if (got.status == net::IoStatus::would_block) break;
        if (got.status == net::IoStatus::ok) {
            last_read_ = shard_->clock().now();
            if (closing_ && (discarded_ += got.count) > most_discarded) pause(noise); // until the deadline
            if (!end_received_ && !deaf_) more = feed({buffer.data(), got.count});
            more = more && got.more;
            continue;
        }
        in_read_ = false;
        if (got.status == net::IoStatus::closed)
            finish(end_received_ || end_sent_ ? "closed" : "the peer closed the connection");
        else
            finish(bytes_->last_error());
        return;
    }
    in_read_ = false;
    if (end_received_ && end_sent_ && !outbox_.pending()) return finish("closed");
    wait_for_input();
}

bool XmppStream::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        in_feed_ = true;
        const auto used = parser_.feed(bytes);
        in_feed_ = false;
        bytes.remove_prefix(std::min(used, bytes.size()));
        if (gone_) return false;
        if (parser_.fault() != xml::ParseFault::none) {
            fault();
            return false;
        }
        if (encrypted_) {
            encrypted_ = false;
            // What came together with the request was not encrypted and may not be ours to believe.
            if (bytes.find_first_not_of(" \t\r\n") != std::string_view::npos) {
                finish("bytes behind the request for TLS");
                return false;
            }
            bytes = {};
        }
        if (restart_ && !(paused_ & moving)) {
            restart_ = false;
            parser_.restart();
        }
        if (paused_) {
            unread_.append(bytes);
            return false;
        }
        if (end_received_) return false;
    }
    return true;
}

void XmppStream::fault() {
    deaf_ = true;
    if (closing_) return;
    owner_->on_fault(condition_of(parser_.fault()), parser_.fault_text());
}

void XmppStream::on_header(const xml::StreamHeader& header) {
    if (!closing_) owner_->on_header(header);
    if (paused_ || restart_) parser_.stop();
}

void XmppStream::on_element(Ref<xml::Document> document, const std::string* from, const std::string* to) {
    if (!closing_) owner_->on_element(std::move(document), from, to);
    if (paused_ || restart_ || gone_) parser_.stop();
}

void XmppStream::on_end() {
    end_received_ = true;
    if (!closing_) owner_->on_end();
    parser_.stop();
}

void XmppStream::pause(Pause reason) noexcept { paused_ |= reason; }

void XmppStream::resume(Pause reason) {
    if (!(paused_ & reason)) return;
    paused_ = static_cast<std::uint8_t>(paused_ & ~reason);
    if (paused_ || gone_ || in_read_) return;
    if (unread_.empty()) return wait_for_input();
    // Not on the caller's stack: it may be inside a handler of this very stream.
    resuming_ = shard_->timers().after(Duration(0), [this] { read(); });
}

void XmppStream::restart() {
    if (in_feed_ || (paused_ & moving))
        restart_ = true;
    else
        parser_.restart();
}

bool XmppStream::starttls(std::shared_ptr<net::TlsContext> context) {
    flush();
    if (outbox_.pending() || gone_) return false;
    bytes_->cancel_waits();
    reading_ = false;
    bytes_ = net::tls_server(std::move(bytes_), std::move(context));
    restart_ = true;
    encrypted_ = true;
    return true;
}

// ---- Writing ------------------------------------------------------------------------------------------------------

void XmppStream::flush() {
    if (gone_ || waiting_to_write_ || (paused_ & moving)) return;
    bool wrote = false;
    while (outbox_.pending()) {
        auto& buffer = shard_->write_buffer();
        buffer.clear();
        outbox_.gather(buffer, std::max(frozen_, write_size));
        const auto put = bytes_->write_some(buffer);
        if (put.status == net::IoStatus::ok) {
            frozen_ = 0;
            outbox_.written(put.count);
            stalled_since_.reset();
            wrote = true;
            continue;
        }
        if (put.status != net::IoStatus::would_block) return finish(bytes_->last_error());
        frozen_ = buffer.size();
        waiting_to_write_ = true;
        if (!stalled_since_) stalled_since_ = shard_->clock().now();
        bytes_->wait_writable([this] {
            waiting_to_write_ = false;
            flush();
        });
        break;
    }
    if (wrote) owner_->on_written();
    if (!outbox_.pending()) {
        outbox_.trim();
        if (end_sent_) end_writing();
    }
}

// ---- Ending -------------------------------------------------------------------------------------------------------

void XmppStream::close(std::string_view condition, std::string_view text, bool header_sent) {
    if (closing_ || gone_) return;
    closing_ = true;
    std::string last;
    if (!condition.empty()) {
        last += "<stream:error>";
        last += "<";
        last += condition;
        last += " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>";
        if (!text.empty()) {
            last += "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>";
            xml::escape_text(last, text);
            last += "</text>";
        }
        last += "</stream:error>";
    }
    if (header_sent) last += "</stream:stream>";
    if (!last.empty()) write(std::move(last));
    end_sent_ = true;
    paused_ &= moving;
    if (!paused_) await_end();
}

void XmppStream::await_end() {
    deadline_ = shard_->timers().after(close_patience, [this] { finish("closed"); });
    if (!in_read_) wait_for_input();
}

/// Everything has been written. A peer that has ended its side waits for nothing more.
void XmppStream::end_writing() {
    if (end_received_) return finish("closed");
    if (!std::exchange(writing_ended_, true)) bytes_->end_writing();
}

void XmppStream::abort(std::string_view reason) { finish(reason); }

void XmppStream::finish(std::string_view reason) {
    if (gone_) return;
    gone_ = true;
    const std::string why(reason); // may point into what is closed now
    deadline_.cancel();
    resuming_.cancel();
    bytes_->cancel_waits();
    bytes_->close();
    owner_->on_gone(why);
}

// ---- Moving -------------------------------------------------------------------------------------------------------

void XmppStream::detach() {
    pause(moving);
    reading_ = false;
    deadline_.cancel();
    resuming_.cancel();
    bytes_->cancel_waits();
    bytes_->release();
}

void XmppStream::attach(Shard& shard) {
    shard_ = &shard;
    if (shard.loop()) bytes_->adopt(*shard.loop());
    paused_ = static_cast<std::uint8_t>(paused_ & ~moving);
    if (restart_) {
        restart_ = false;
        parser_.restart();
    }
    if (closing_) await_end(); // it was closed on the way
    read();
}

} // namespace epode
