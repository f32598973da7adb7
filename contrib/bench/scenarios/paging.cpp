// SPDX-License-Identifier: MIT
// Pages of an archive (XEP-0313): the first one, the last one and the last one with a contact, of an account with many
// messages; beside them what a ping takes. The archive is filled where it has not so many yet.
#include "../scenario.hpp"
#include "pairs.hpp"

#include <charconv>
#include <fmt/format.h>
#include <stdexcept>

namespace bench {
namespace {

constexpr int page_size = 50;
constexpr std::uint32_t batch = 32;      ///< messages for which one acknowledgement is asked
constexpr std::uint32_t under_way = 128; ///< unacknowledged ones of a contact

/// Questions that one client asks one after the other.
class Asker {
public:
    Asker(Bench& bench, std::string resource) : bench_(bench) {
        client_ = std::move(bench.open({{.user = bench.account(0), .resource = std::move(resource)}}).front());
        client_->on_stanza = [this](std::string_view stanza) {
            if (stanza.starts_with("<message")) ++results_;
            if (!stanza.starts_with("<iq") || stanza.find("eb-ask") == stanza.npos) return;
            answer_ = stanza;
            answered_ = true;
        };
    }

    /// Returns the answer; `results` counts the messages that came before it.
    const std::string& ask(std::string_view type, std::string_view question) {
        answered_ = false;
        results_ = 0;
        client_->send(fmt::format("<iq type='{}' id='eb-ask'>{}</iq>", type, question));
        bench_.wait_for("an answer", 60, [&] { return answered_; });
        if (answer_.find("<error") != answer_.npos) throw std::runtime_error("the server says: " + answer_);
        return answer_;
    }
    std::size_t results() const { return results_; }

    /// Asks for the time that is set and reports what that cost.
    void measure(const std::string& what, std::string_view type, const std::string& question, std::size_t expected) {
        bench_.doing("measuring " + what);
        (void)ask(type, question);
        Histogram times;
        int asked = 0;
        Meter meter(bench_);
        for (; meter.seconds() < bench_.settings().seconds / 4; ++asked) {
            const auto start = now();
            (void)ask(type, question);
            times.add(now() - start);
            if (results_ != expected)
                throw std::runtime_error(fmt::format("{}: {} messages came instead of {}", what, results_, expected));
        }
        meter.stop(what, asked);
        bench_.report().add(what + "_p50_ms", times.percentile(0.5));
        bench_.report().add(what + "_p99_ms", times.percentile(0.99));
    }

private:
    Bench& bench_;
    std::unique_ptr<Client> client_;
    std::string answer_;
    std::size_t results_ = 0;
    bool answered_ = false;
};

/// `filter`: elements of the query besides the page that is asked for.
std::string query(std::string_view filter, std::string_view page, int size = page_size) {
    return fmt::format("<query xmlns='urn:xmpp:mam:2'>{}<set xmlns='http://jabber.org/protocol/rsm'><max>{}</max>{}"
                       "</set></query>",
                       filter, size, page);
}

std::string with(const std::string& contact) {
    return fmt::format("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>"
                       "urn:xmpp:mam:2</value></field><field var='with'><value>{}</value></field></x>",
                       contact);
}

/// What is in the archive, by the answer to an empty page.
int messages(Asker& asker) {
    const auto& answer = asker.ask("set", query("", "", 0));
    const auto at = answer.find("<count>");
    int count = -1;
    if (at != answer.npos) std::from_chars(answer.data() + at + 7, answer.data() + answer.size(), count);
    if (count < 0) throw std::runtime_error("the server does not say how many messages there are: " + answer);
    return count;
}

/// The contacts write to the owner, who is there, until there are so many more.
void fill(Bench& bench, int missing) {
    bench.doing("filling the archive");
    const int contacts = bench.settings().contacts;
    std::vector<Session> sessions;
    for (int i = 1; i <= contacts; ++i)
        sessions.push_back({.user = bench.account(i), .resource = "writer", .acks = true});
    const auto clients = bench.open(sessions);
    std::vector<std::uint32_t> base;
    for (const auto& client : clients) base.push_back(client->sent());
    int sent = 0;
    const auto to = bench.address(0);
    const std::string text(static_cast<std::size_t>(bench.settings().size), 'x');
    bench.wait_for("filling the archive", 600 + missing / 1000.0, [&] {
        bool open = false;
        for (std::size_t i = 0; i < clients.size(); ++i) {
            auto& client = *clients[i];
            if (client.state() == Client::State::failed) throw std::runtime_error("a contact: " + client.failure());
            while (sent < missing && client.sent() - std::max(client.acknowledged(), base[i]) + batch <= under_way) {
                for (std::uint32_t each = 0; each < batch && sent < missing; ++each, ++sent)
                    client.send(fmt::format("<message type='chat' id='eb{}' to='{}'><body>{}</body></message>", sent,
                                            to, text));
                client.request_ack();
            }
            open = open || (client.sent() != base[i] && client.acknowledged() != client.sent());
        }
        return sent == missing && !open;
    });
}

} // namespace

void paging(Bench& bench) {
    const int wanted = bench.count(100'000);
    bench.accounts(bench.settings().contacts + 1);
    {
        Asker owner(bench, "owner");
        const int missing = wanted - messages(owner);
        if (missing > 0) fill(bench, missing);
    }
    bench.settle(0.5);
    Asker asker(bench, "reader");
    bench.report().add("messages", messages(asker));
    asker.measure("ping", "get", "<ping xmlns='urn:xmpp:ping'/>", 0);
    asker.measure("first_page", "set", query("", ""), page_size);
    asker.measure("last_page", "set", query("", "<before/>"), page_size);
    asker.measure("page_with_contact", "set", query(with(bench.address(1)), "<before/>"), page_size);
}

} // namespace bench
