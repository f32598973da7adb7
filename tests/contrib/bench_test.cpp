// SPDX-License-Identifier: MIT
// The load generator's own proof: what it says of lost, doubled and reordered messages and of latency is what a relay
// that drops, doubles, holds back and delays has done.
#include "contrib/bench/relay.hpp"
#include "contrib/bench/scenario.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using namespace bench;

namespace {

std::vector<std::string> split(std::string_view stream, std::size_t piece) {
    Splitter splitter;
    std::vector<std::string> elements;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        splitter.add(stream.substr(at, piece));
        while (const auto element = splitter.next()) elements.emplace_back(*element);
    }
    return elements;
}

template <typename Call> std::string failure_of(Call call) {
    try {
        call();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// Two clients on a relay send each other so many messages.
class Conversation {
public:
    explicit Conversation(Faults& faults, std::uint32_t messages) : faults_(faults), relay_(loop_, faults) {
        site_.target.relay = true;
        site_.target.port = relay_.port();
        loop_.on_turn = [this] { return relay_.release(); };
        ledger.measuring = true;
        for (std::uint32_t i = 0; i < 2; ++i) {
            clients_.push_back(std::make_unique<Client>(site_, Session{.user = "a" + std::to_string(i)}));
            clients_[i]->on_stanza = [this, i](std::string_view stanza) { ledger.arrived(i, stanza, now()); };
        }
        REQUIRE(loop_.run_until([&] { return both(Client::State::ready); }, 30));
        const std::uint32_t flows[] = {ledger.add_flow({1}), ledger.add_flow({0})};
        for (std::uint32_t sent = 0; sent < messages; ++sent)
            for (std::uint32_t from = 0; from < 2; ++from)
                clients_[from]->send("<message><body>" + ledger.next(flows[from], now()).text() + "</body></message>");
        REQUIRE(loop_.run_until([&] { return all_passed(); }, 30));
    }

    Ledger ledger{77};

private:
    bool both(Client::State state) const {
        return std::ranges::all_of(clients_, [&](const auto& client) { return client->state() == state; });
    }
    bool all_passed() const {
        const auto count = ledger.count();
        return count.arrived + faults_.dropped + faults_.held == count.sent && count.doubled == faults_.doubled;
    }

    Loop loop_;
    Faults& faults_;
    Relay relay_;
    Site site_{loop_, {}};
    Clients clients_;
};

} // namespace

TEST_CASE("a relay without faults loses, doubles and reorders nothing", "[bench]") {
    Faults none;
    const Conversation talk(none, 500);
    const auto count = talk.ledger.count();
    CHECK(count.sent == 1000);
    CHECK(count.arrived == 1000);
    CHECK(count.exact());
    CHECK(talk.ledger.latency().total() == 1000);
}

TEST_CASE("what a relay drops, doubles and lets overtake is counted exactly", "[bench]") {
    Faults faults{.drop = 10, .twice = 7, .swap = 9};
    const Conversation talk(faults, 1000);
    const auto count = talk.ledger.count();
    CHECK(faults.dropped == 200);
    CHECK(faults.doubled > 0);
    CHECK(faults.swapped > 0);
    CHECK(count.sent == 2000);
    CHECK(count.lost == faults.dropped + faults.held);
    CHECK(count.doubled == faults.doubled);
    CHECK(count.reordered == faults.swapped);
    CHECK(count.stray == 0);
}

TEST_CASE("a delay is in every latency", "[bench]") {
    Faults faults{.delay = 20'000};
    const Conversation talk(faults, 50);
    CHECK(talk.ledger.count().exact());
    CHECK(talk.ledger.latency().total() == 100);
    CHECK(talk.ledger.latency().lowest() >= 20);
    CHECK(talk.ledger.latency().percentile(0.5) >= 19.6); // within two per cent
}

TEST_CASE("the scenarios run on a relay process and see its cost", "[bench]") {
    const RelayProcess relay;
    const Settings settings{.pairs = 3, .window = 2, .count = 5, .seconds = 0.1, .warm_up = 0, .wait = 0};
    for (const auto& scenario : all_scenarios()) {
        if (scenario.name != "chat" && scenario.name != "chat-open" && scenario.name != "login" &&
            scenario.name != "idle")
            continue;
        Bench bench(relay.target(), settings, false);
        scenario.run(bench);
        INFO(scenario.name);
        CHECK(bench.ledger().count().exact());
        CHECK(bench.server().cpu() > 0);
        CHECK(bench.server().proportional() > 0);
        CHECK_FALSE(bench.report().figures().empty());
    }
}

TEST_CASE("a failure names what the server said, or that nobody listens", "[bench]") {
    Target target;
    target.port = 1; // nobody's
    Bench bench(target, Settings(), false);
    CHECK(holds(failure_of([&] { bench.open({Session{.user = "a"}}); }), "cannot connect"));
    target.host = "not an address";
    Bench other(target, Settings(), false);
    CHECK(holds(failure_of([&] { other.open({Session{.user = "a"}}); }), "no IPv4 address"));
}

TEST_CASE("the ledger tells flows, receivers and runs apart", "[bench]") {
    Ledger ledger(5);
    const auto first = ledger.add_flow({1, 2}); // one message, two copies
    const auto second = ledger.add_flow({1});
    const auto one = ledger.next(first, 0).text(), two = ledger.next(first, 0).text(),
               other = ledger.next(second, 0).text();
    CHECK(ledger.copies_expected() == 5);
    CHECK(ledger.arrived(1, two, 0));
    CHECK(ledger.arrived(1, one, 0)); // after a later one
    CHECK_FALSE(ledger.arrived(1, one, 0));
    CHECK(ledger.arrived(2, one, 0));
    CHECK_FALSE(ledger.arrived(2, other, 0));                       // not for this receiver
    CHECK_FALSE(ledger.arrived(1, Mark{5, first, 9, 0}.text(), 0)); // never sent
    CHECK_FALSE(ledger.arrived(1, Mark{4, first, 0, 0}.text(), 0)); // of another run
    CHECK_FALSE(ledger.arrived(1, "<message><body>hello</body></message>", 0));
    const auto count = ledger.count();
    CHECK(count.arrived == 3);
    CHECK(count.lost == 2);
    CHECK(count.doubled == 1);
    CHECK(count.reordered == 1);
    CHECK(count.stray == 2);
}

TEST_CASE("a stream is cut into its elements wherever the reads end", "[bench]") {
    const std::string header = "<stream:stream to='x'>";
    const std::vector<std::string> expected{
        header,
        "<message><forwarded><message><body>a</body></message></forwarded></message>",
        "<r xmlns='u'/>",
        "<iq/>",
        "<presence><x/></presence>",
        "</stream:stream>"};
    std::string stream = "<?xml version='1.0'?>";
    for (const auto& element : expected) stream += element + (element == "<iq/>" ? " \n" : "");
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) REQUIRE(split(stream, piece) == expected);
}

TEST_CASE("percentiles are within two per cent", "[bench]") {
    Histogram histogram;
    for (int i = 1; i <= 100'000; ++i) histogram.add(i * 10);
    for (const double part : {0.01, 0.5, 0.99, 0.999})
        CHECK(std::abs(histogram.percentile(part) / (1000 * part) - 1) < 0.02);
    CHECK(histogram.highest() == 1000);
    CHECK(histogram.lowest() == 0.01);
    CHECK(Histogram().percentile(0.5) == 0);
}

TEST_CASE("SCRAM answers a challenge, and names what one lacks", "[bench]") {
    SaltedPasswords salted;
    const Scram scram("SCRAM-SHA-256", "user", "pencil");
    CHECK(unbase64(scram.first()).starts_with("n,,n=user,r="));
    const auto answer = unbase64(scram.answer(base64("r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"), salted));
    CHECK(answer.starts_with("c=biws,r=abc,p="));
    CHECK(holds(failure_of([&] { scram.answer(base64("r=abc,i=4096"), salted); }), "lacks 's='"));
}
