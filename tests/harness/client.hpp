// SPDX-License-Identifier: MIT
// The inside of a test's client: its end of a connection in memory, and a parser for what comes.
#pragma once

#include "core/net/byte_stream.hpp"
#include "core/xml/parser.hpp"
#include "tests/harness/test_server.hpp"

#include <deque>
#include <memory>
#include <string>

namespace epode::test {

struct Client::State final : xml::Parser::Sink {
    State(TestServer& owner, std::unique_ptr<net::ByteStream> end);

    /// Takes what has come; true if there was anything.
    bool pump();
    void on_header(const xml::StreamHeader&) override {}
    void on_element(Ref<xml::Document> document, const std::string* from, const std::string* to) override;
    void on_end() override { unsent += "</stream:stream>"; } // as real clients do

    TestServer* server;
    std::unique_ptr<net::ByteStream> bytes;
    xml::Parser parser;
    std::deque<Received> inbox;
    std::string raw;
    std::string unsent;
    std::string error;
    Jid jid;
    bool stalled = false;
    bool closed = false;
};

} // namespace epode::test
