// SPDX-License-Identifier: MIT
// epode-bench: loads any XMPP server from one thread and reports what it cost, in the server's own CPU time and memory.
#include "client.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace bench;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double own_cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The process and all it started, with what /proc says of them.
struct Tree {
    double cpu = 0; ///< seconds, in ticks of 10 ms
    double rss = 0; ///< KiB

    explicit Tree(int root) {
        if (root) add(root);
    }

private:
    void add(int pid) {
        const auto at = "/proc/" + std::to_string(pid);
        std::string line;
        std::getline(std::ifstream(at + "/stat"), line);
        std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 2)));
        std::string skip;
        for (int i = 0; i < 11; ++i) fields >> skip;
        double user = 0, system = 0;
        fields >> user >> system;
        cpu += (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
        std::ifstream status(at + "/status");
        while (std::getline(status, line))
            if (line.starts_with("VmRSS:")) rss += std::stod(line.substr(6));
        std::ifstream children(at + "/task/" + std::to_string(pid) + "/children");
        for (int child; children >> child;) add(child);
    }
};

struct Options {
    Target target;
    std::string scenario = "chat", prefix = "bench";
    int pairs = 50, pid = 0;
    long count = 100000;
    double seconds = 10;
    bool json = false;
};

using Clients = std::vector<std::unique_ptr<Client>>;
using Results = std::vector<std::pair<std::string, double>>;

class Bench {
    const Options& options_;
    SSL_CTX* context_;
    Clients clients_;
    Results results_;

    std::string user(int number) const { return options_.prefix + std::to_string(number); }

    std::unique_ptr<Client> session(int number, bool quiet = false) {
        auto client = std::make_unique<Client>(options_.target, context_);
        client->login(user(number), "secret", "bench", quiet);
        return client;
    }

    void accounts(int count) {
        for (int i = 0; i < count; ++i) Client(options_.target, context_).register_account(user(i), "secret");
    }

    void result(const char* name, double value) { results_.emplace_back(name, value); }

    void cost(const Tree& before, double own, double start, double units) {
        const Tree after(options_.pid);
        result("seconds", now() - start);
        result("per_second", units / (now() - start));
        if (options_.pid) result("server_cpu_us_each", (after.cpu - before.cpu) * 1e6 / units);
        result("own_cpu_us_each", (own_cpu() - own) * 1e6 / units);
    }

    void idle() {
        accounts((options_.pairs + 9) / 10); // servers limit the sessions of one account
        const Tree before(options_.pid);
        for (int i = 0; i < options_.pairs; ++i) {
            auto client = std::make_unique<Client>(options_.target, context_);
            client->login(user(i / 10), "secret", "r" + std::to_string(i), true);
            clients_.push_back(std::move(client));
        }
        sleep(static_cast<unsigned>(options_.seconds));
        const Tree after(options_.pid);
        result("connections", options_.pairs);
        result("kib_each", (after.rss - before.rss) / options_.pairs);
    }

    void login() {
        accounts(1);
        session(0, true);
        const Tree before(options_.pid);
        const double start = now(), own = own_cpu();
        for (int i = 0; i < options_.count; ++i) session(0, true);
        cost(before, own, start, static_cast<double>(options_.count));
    }

    void offline() {
        const int targets = options_.pairs;
        accounts(targets + 1);
        auto sender = session(targets);
        sender->manage();
        const Tree before(options_.pid);
        const double start = now(), own = own_cpu();
        long sent = 0;
        std::uint32_t acknowledged = 0;
        sender->unblock();
        const int epoll = watch(*sender, 0, epoll_create1(0));
        while (acknowledged < options_.count) {
            // Four batches of 64 are under way, so that the server always has one to store.
            while (sent < options_.count && sent - acknowledged < 256) {
                for (int i = 0; i < 64 && sent < options_.count; ++i, ++sent)
                    sender->queue("<message type='chat' to='" + user(static_cast<int>(sent % targets)) + "@" +
                                  options_.target.domain + "'><body>stored for later " + std::to_string(sent) +
                                  "</body></message>");
                sender->queue("<r xmlns='urn:xmpp:sm:3'/>");
                sender->flush();
            }
            epoll_event event;
            if (epoll_wait(epoll, &event, 1, 10000) < 1) throw std::runtime_error("no acknowledgement for ten seconds");
            if (!sender->fill()) throw std::runtime_error("closed: " + sender->in);
            if (sender->in.find("type=\"error\"") != std::string::npos ||
                sender->in.find("type='error'") != std::string::npos)
                throw std::runtime_error("refused: " + sender->in.substr(0, 400));
            if (const auto at = sender->in.rfind(" h=");
                at != std::string::npos && sender->in.find('>', at) != std::string::npos) {
                acknowledged = static_cast<std::uint32_t>(std::stoul(sender->in.substr(at + 4)));
                sender->in.clear();
            }
        }
        close(epoll);
        cost(before, own, start, static_cast<double>(options_.count));
    }

    static int watch(const Client& client, std::uint32_t index, int epoll) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = index;
        epoll_ctl(epoll, EPOLL_CTL_ADD, client.socket(), &event);
        return epoll;
    }

    // ---- chat: two by two, each answers what it gets; flow i is what client i sends ----
    struct Flow {
        std::uint32_t next = 0, highest = 0;
        std::vector<bool> seen;
    };
    std::vector<Flow> flows_;
    std::vector<double> latencies_;
    long delivered_ = 0, doubled_ = 0, reordered_ = 0;
    bool sending_ = true;
    long run_ = getpid();

    void send(std::uint32_t from) {
        auto& flow = flows_[from];
        char text[300];
        const int size = std::snprintf(
            text, sizeof text, "<message type='chat' to='%s%u@%s/bench'><body>eb %ld %u %u %.6f</body></message>%s",
            options_.prefix.c_str(), from ^ 1U, options_.target.domain.c_str(), run_, from, flow.next++, now(),
            clients_[from]->managed ? "<r xmlns='urn:xmpp:sm:3'/>" : "");
        clients_[from]->queue({text, static_cast<std::size_t>(size)});
    }

    void count(Flow& flow, std::uint32_t sequence, double planned) {
        if (flow.seen.size() <= sequence) flow.seen.resize(sequence + 1);
        if (flow.seen[sequence]) {
            ++doubled_;
            return;
        }
        flow.seen[sequence] = true;
        if (sequence < flow.highest) ++reordered_;
        flow.highest = std::max(flow.highest, sequence);
        latencies_.push_back(now() - planned);
        ++delivered_;
    }

    void receive(std::uint32_t index) {
        auto& client = *clients_[index];
        if (!client.fill()) throw std::runtime_error("closed: " + client.in);
        std::size_t done = 0;
        for (std::size_t end; (end = client.in.find('>', done)) != std::string::npos; done = end + 1) {
            const std::string_view tag(client.in.data() + done, end - done);
            if (tag.starts_with("<r ") || tag.starts_with("<r/"))
                client.queue("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(client.received) + "'/>");
            if (tag == "</message") ++client.received;
            if (!tag.starts_with("eb ")) continue;
            long run = 0;
            unsigned from = 0, sequence = 0;
            double planned = 0;
            if (std::sscanf(std::string(tag).c_str(), "eb %ld %u %u %lf", &run, &from, &sequence, &planned) != 4 ||
                run != run_ || from != (index ^ 1U))
                continue;
            count(flows_[from], sequence, planned);
            if (sending_) send(index);
        }
        client.in.erase(0, done);
        client.flush();
    }

    void chat(bool managed) {
        const int number = options_.pairs * 2;
        accounts(number);
        const int epoll = epoll_create1(0);
        for (int i = 0; i < number; ++i) {
            clients_.push_back(session(i));
            if (managed) clients_.back()->manage();
            clients_.back()->unblock();
            watch(*clients_.back(), static_cast<std::uint32_t>(i), epoll);
        }
        flows_.resize(static_cast<std::size_t>(number));
        const Tree before(options_.pid);
        const double start = now(), own = own_cpu();
        for (int i = 0; i < number; i += 2) {
            send(static_cast<std::uint32_t>(i));
            clients_[static_cast<std::size_t>(i)]->flush();
        }
        double end = start + options_.seconds;
        std::vector<epoll_event> events(256);
        for (;;) {
            const int ready = epoll_wait(epoll, events.data(), 256, 100);
            for (int i = 0; i < ready; ++i) receive(events[static_cast<std::size_t>(i)].data.u32);
            if (now() < end) continue;
            if (!sending_) break;
            sending_ = false; // what is under way has a second to arrive
            cost(before, own, start, static_cast<double>(std::max(1L, delivered_)));
            end += 1;
        }
        close(epoll);
        long sent = 0;
        for (const auto& flow : flows_) sent += flow.next;
        result("delivered", static_cast<double>(delivered_));
        result("lost", static_cast<double>(sent - delivered_));
        result("doubled", static_cast<double>(doubled_));
        result("reordered", static_cast<double>(reordered_));
        std::sort(latencies_.begin(), latencies_.end());
        for (const auto& [name, part] : {std::pair{"p50_ms", 0.5}, {"p99_ms", 0.99}, {"p99.9_ms", 0.999}})
            if (!latencies_.empty())
                result(name,
                       1e3 * latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))]);
    }

public:
    Bench(const Options& options, SSL_CTX* context) : options_(options), context_(context) {}

    Results run() {
        const auto& name = options_.scenario;
        if (name == "idle")
            idle();
        else if (name == "login")
            login();
        else if (name == "offline")
            offline();
        else
            chat(name == "chat-sm");
        return std::move(results_);
    }
};

void print(const Results& results, bool json) {
    const char* before = json ? "{" : "";
    for (const auto& [name, value] : results) {
        std::printf(json ? "%s\"%s\": %.3f" : "%s%-20s %.3f\n", before, name.c_str(), value);
        if (json) before = ", ";
    }
    if (json) std::puts("}");
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Loads an XMPP server and reports what it cost");
    app.add_option("scenario", options.scenario)->check(CLI::IsMember({"idle", "login", "chat", "chat-sm", "offline"}));
    app.add_option("--host", options.target.host, "IPv4 address");
    app.add_option("--domain", options.target.domain);
    app.add_option("--port", options.target.port);
    app.add_flag("--starttls", options.target.starttls);
    app.add_option("--mechanism", options.target.mechanism)
        ->check(CLI::IsMember({"SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"}));
    app.add_option("--pairs", options.pairs, "pairs of chat, idle connections, or accounts to store for")
        ->check(CLI::PositiveNumber);
    app.add_option("--count", options.count, "logins, or messages to store")->check(CLI::PositiveNumber);
    app.add_option("--seconds", options.seconds, "how long to chat, or to wait before idle memory is read");
    app.add_option("--pid", options.pid, "the server, for its CPU and memory");
    app.add_option("--prefix", options.prefix, "of the accounts' names");
    app.add_flag("--json", options.json);
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    try {
        print(Bench(options, context.get()).run(), options.json);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "epode-bench: %s\n", error.what());
        return 1;
    }
}
