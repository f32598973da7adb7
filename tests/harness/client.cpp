// SPDX-License-Identifier: MIT
#include "tests/harness/client.hpp"

#include "core/stanza.hpp"

#include <array>
#include <stdexcept>

namespace epode::test {

namespace {
xml::Limits generous() {
    xml::Limits limits;
    limits.stanza = 16 * 1024 * 1024;
    limits.depth = 1024;
    limits.attributes = 1024;
    return limits;
}
} // namespace

Client::State::State(TestServer& owner, std::unique_ptr<net::ByteStream> end)
    : server(&owner), bytes(std::move(end)), parser(*this, generous()) {}

bool Client::State::pump() {
    if (closed) return false;
    bool moved = false;
    while (!unsent.empty()) {
        const auto put = bytes->write_some(unsent);
        if (put.status != net::IoStatus::ok) break;
        unsent.erase(0, put.count);
        moved = true;
    }
    std::array<char, 16 * 1024> buffer;
    while (!stalled) {
        const auto got = bytes->read_some(buffer);
        if (got.status == net::IoStatus::would_block) break;
        moved = true;
        if (got.status != net::IoStatus::ok) {
            closed = true;
            bytes->close(); // as real clients do
            break;
        }
        raw.append(buffer.data(), got.count);
        parser.feed({buffer.data(), got.count});
    }
    return moved;
}

void Client::State::on_element(Ref<xml::Document> document, const std::string* from, const std::string* to) {
    const auto root = xml::Element::root(document);
    if (root.is("error", ns::streams)) {
        error = root.first().name();
        return;
    }
    xml::Builder builder;
    builder.open_like(root);
    if (from) builder.attr("from", *from);
    if (to) builder.attr("to", *to);
    builder.append_inner(root);
    inbox.emplace_back(std::string(builder.close().finish()->bytes()));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

const Jid& Client::jid() const { return state_->jid; }

void Client::send(std::string_view xml) {
    state_->unsent.append(xml);
    state_->server->settle();
}

void Client::post(std::string_view xml) { state_->unsent.append(xml); }

Received Client::receive() {
    state_->server->settle();
    if (state_->inbox.empty()) return {};
    auto first = std::move(state_->inbox.front());
    state_->inbox.pop_front();
    return first;
}

std::vector<Received> Client::receive_all() {
    state_->server->settle();
    std::vector<Received> all(std::make_move_iterator(state_->inbox.begin()),
                              std::make_move_iterator(state_->inbox.end()));
    state_->inbox.clear();
    return all;
}

bool Client::silent() {
    state_->server->settle();
    return state_->inbox.empty();
}

void Client::drain() { receive_all(); }

void Client::available(int priority) {
    send(priority == 0 ? std::string("<presence/>")
                       : "<presence><priority>" + std::to_string(priority) + "</priority></presence>");
    drain();
}

void Client::close() { send("</stream:stream>"); }

void Client::cut() {
    state_->bytes->close();
    state_->closed = true;
    state_->server->settle();
}

void Client::stall(bool on) { state_->stalled = on; }

std::size_t Client::unsent() {
    state_->server->settle();
    return state_->unsent.size();
}

bool Client::closed() {
    state_->server->settle();
    return state_->closed;
}

std::string Client::stream_error() {
    state_->server->settle();
    return state_->error;
}

std::string Client::raw() {
    state_->server->settle();
    return state_->raw;
}

} // namespace epode::test
