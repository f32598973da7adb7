// SPDX-License-Identifier: MIT
// RFC 6121 section 8.5 as tables: what becomes of a stanza for a local user. Where the RFC leaves a choice, the cell
// is what we chose.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"

#include <array>
#include <map>
#include <string>
#include <utility>

using namespace epode;
using namespace epode::test;

namespace {

/// Who of romeo@example.org is there; the number is the priority of the presence, a dash a device without presence.
enum class There { nobody, hidden, one, many };

/// Juliet, of another host, writes to Romeo; each stanza's id says what it is.
class Street {
public:
    explicit Street(There there, const std::string& options = "")
        : server_({"roster", "presence", "offline", "vcard"}, options),
          juliet_(&server_.login("juliet@example.net/street")) {
        server_.account("romeo@example.org");
        juliet_->available();
        if (there == There::hidden) devices({{"cellar", "-1"}, {"hall", ""}});
        if (there == There::one) devices({{"balcony", "0"}, {"cellar", "-1"}, {"hall", ""}});
        if (there == There::many) devices({{"balcony", "5"}, {"garden", "0"}, {"cellar", "-1"}, {"hall", ""}});
    }

    TestServer& server() { return server_; }
    Client& juliet() { return *juliet_; }
    Client& device(const std::string& resource) { return *devices_.at(resource); }

    void send(std::string_view stanza) { juliet_->send(stanza); }
    void drain() {
        juliet_->drain();
        for (const auto& [resource, device] : devices_) device->drain();
    }

    /// By id: the devices that got it as it was sent; "error" and "result", or what else came back; "later" where the
    /// next device that comes gets it. Nothing: it is ignored.
    std::map<std::string, std::string> outcome(std::string_view to) {
        std::map<std::string, std::string> found;
        const auto note = [&](const std::string& id, const std::string& what) {
            auto& text = found[id];
            text += (text.empty() ? "" : " ") + what;
        };
        for (const auto& [resource, device] : devices_)
            for (const auto& received : device->receive_all())
                note(received.attr("id"), received.attr("to") == to ? resource : resource + ", readdressed");
        for (const auto& received : juliet_->receive_all()) {
            const auto type = received.attr("type");
            const bool usual = received.xml().find("<service-unavailable ") != std::string::npos;
            note(received.attr("id"), type == "error" && !usual ? received.xml() : type);
        }
        auto& late = server_.login("romeo@example.org/late");
        late.send("<presence/>");
        for (const auto& received : late.receive_all())
            if (!received.attr("id").empty()) note(received.attr("id"), "later");
        return found;
    }

private:
    void devices(std::initializer_list<std::pair<std::string, std::string>> all) {
        for (const auto& [resource, priority] : all) {
            auto& device = server_.login("romeo@example.org/" + resource);
            devices_[resource] = &device;
            if (!priority.empty()) device.available(std::stoi(priority));
        }
        drain();
    }

    TestServer server_;
    Client* juliet_;
    std::map<std::string, Client*> devices_;
};

std::string stanza(const std::string& kind, const std::string& type, const std::string& to, const std::string& inner) {
    return "<" + kind + " id='" + type + "'" + (type == "available" ? "" : " type='" + type + "'") + " to='" + to +
           "'>" + inner + "</" + kind + ">";
}

constexpr auto romeo = "romeo@example.org";
constexpr auto stray = "romeo@example.org/gone";
constexpr auto no_user = "nobody@example.org";
constexpr auto no_user_full = "nobody@example.org/gone";

} // namespace

TEST_CASE("messages to a local user (RFC 6121 8.5, table 1)") {
    constexpr std::array types{"normal", "chat", "groupchat", "headline", "error"};
    struct Row {
        There there;
        std::string to;
        std::array<std::string, types.size()> outcomes;
    };
    const std::string none;
    const std::string error = "error";
    const std::string later = "later";
    const auto to_it = [](const std::string& device) { return std::array{device, device, device, device, device}; };
    const Row rows[] = {
        {There::nobody, no_user, {error, error, error, none, none}},
        {There::nobody, no_user_full, {error, error, error, none, none}},
        {There::nobody, romeo, {later, later, error, none, none}},
        {There::nobody, stray, {error, later, error, none, none}},
        {There::hidden, romeo, {later, later, error, none, none}},
        {There::hidden, "romeo@example.org/cellar", to_it("cellar")},
        {There::hidden, "romeo@example.org/hall", to_it("hall")},
        {There::hidden, stray, {error, later, error, none, none}},
        {There::one, romeo, {"balcony", "balcony", error, "balcony", none}},
        {There::one, "romeo@example.org/balcony", to_it("balcony")},
        {There::one, "romeo@example.org/cellar", to_it("cellar")},
        {There::one, stray, {error, "balcony", error, none, none}},
        {There::many, romeo, {"balcony", "balcony", error, "balcony garden", none}},
        {There::many, "romeo@example.org/garden", to_it("garden")},
        {There::many, "romeo@example.org/hall", to_it("hall")},
        {There::many, stray, {error, "balcony", error, none, none}},
    };
    for (const auto& row : rows) {
        CAPTURE(static_cast<int>(row.there), row.to);
        Street street(row.there);
        for (const std::string type : types) street.send(stanza("message", type, row.to, "<body>hark</body>"));
        auto outcome = street.outcome(row.to);
        for (std::size_t i = 0; i < types.size(); ++i) {
            CAPTURE(types[i]);
            CHECK(outcome[types[i]] == row.outcomes[i]);
        }
    }
}

TEST_CASE("presence to a local user (RFC 6121 8.5)") {
    constexpr std::array types{"available", "unavailable", "error", "probe"};
    struct Row {
        There there;
        std::string to;
        std::array<std::string, types.size()> outcomes;
    };
    const std::string none;
    const std::string
        no; // "unsubscribed" goes back (4.3.2), which means nothing to her who never was subscribed (table 9)
    const std::string all = "balcony cellar garden";
    const Row rows[] = {
        {There::nobody, no_user, {none, none, none, no}},
        {There::nobody, no_user_full, {none, none, none, no}},
        {There::nobody, romeo, {none, none, none, no}},
        {There::nobody, stray, {none, none, none, no}},
        {There::hidden, romeo, {"cellar", "cellar", "cellar", no}},
        {There::hidden, "romeo@example.org/hall", {"hall", "hall", "hall", no}},
        {There::many, romeo, {all, all, all, no}},
        {There::many, "romeo@example.org/garden", {"garden", "garden", "garden", no}},
        {There::many, stray, {none, none, none, no}},
    };
    for (const auto& row : rows) {
        CAPTURE(static_cast<int>(row.there), row.to);
        Street street(row.there);
        for (const std::string type : types) street.send(stanza("presence", type, row.to, ""));
        auto outcome = street.outcome(row.to);
        for (std::size_t i = 0; i < types.size(); ++i) {
            CAPTURE(types[i]);
            CHECK(outcome[types[i]] == row.outcomes[i]);
        }
    }
}

TEST_CASE("queries and answers to a local user, strangers kept from devices (RFC 6121 8.5)") {
    enum class Knows { nothing, sees_him, is_seen, directed, withdrawn };
    constexpr std::array types{"get", "set", "result", "error"};
    struct Row {
        There there;
        Knows knows;
        std::string to;
        std::array<std::string, types.size()> outcomes;
    };
    const std::string none;
    const std::string error = "error";
    const std::array unanswered{error, error, none, none};
    const std::string there = "romeo@example.org/balcony";
    const auto all = [](const std::string& device) { return std::array{device, device, device, device}; };
    const Row rows[] = {
        {There::nobody, Knows::nothing, no_user, unanswered},
        {There::nobody, Knows::nothing, no_user_full, unanswered},
        {There::nobody, Knows::nothing, romeo, unanswered},
        {There::nobody, Knows::nothing, stray, unanswered},
        {There::one, Knows::nothing, romeo, unanswered},
        {There::one, Knows::nothing, stray, unanswered},
        {There::one, Knows::sees_him, romeo, unanswered},
        {There::one, Knows::sees_him, stray, unanswered},
        {There::one, Knows::nothing, there, {error, error, "balcony", "balcony"}},
        {There::one, Knows::nothing, "romeo@example.org/hall", {error, error, "hall", "hall"}},
        {There::one, Knows::is_seen, there, {error, error, "balcony", "balcony"}},
        {There::one, Knows::sees_him, there, all("balcony")},
        {There::one, Knows::sees_him, "romeo@example.org/hall", all("hall")},
        {There::one, Knows::directed, there, all("balcony")},
        {There::one, Knows::directed, "romeo@example.org/cellar", {error, error, "cellar", "cellar"}},
        {There::one, Knows::withdrawn, there, {error, error, "balcony", "balcony"}},
    };
    for (const auto& row : rows) {
        CAPTURE(static_cast<int>(row.there), static_cast<int>(row.knows), row.to);
        Street street(row.there, "<presence queries-from-strangers='false'/>");
        if (row.knows == Knows::sees_him) {
            street.send("<presence type='subscribe' to='romeo@example.org'/>");
            street.device("balcony").send("<presence type='subscribed' to='juliet@example.net'/>");
        } else if (row.knows == Knows::is_seen) {
            street.device("balcony").send("<presence type='subscribe' to='juliet@example.net'/>");
            street.send("<presence type='subscribed' to='romeo@example.org'/>");
        } else if (row.knows == Knows::directed || row.knows == Knows::withdrawn) {
            street.device("balcony").send("<presence to='juliet@example.net/street'/>");
            if (row.knows == Knows::withdrawn)
                street.device("balcony").send("<presence type='unavailable' to='juliet@example.net/street'/>");
        }
        street.drain();
        for (const std::string type : types) {
            const bool query = type == "get" || type == "set";
            street.send(stanza("iq", type, row.to, query ? "<what xmlns='urn:example:unknown'/>" : ""));
        }
        auto outcome = street.outcome(row.to);
        for (std::size_t i = 0; i < types.size(); ++i) {
            CAPTURE(types[i]);
            CHECK(outcome[types[i]] == row.outcomes[i]);
        }
    }
}

TEST_CASE(
    "the server answers for a user what it can, and his devices never hear of it (RFC 6121 8.5.2.1.3, 8.5.2.2.3)") {
    for (const auto there : {There::nobody, There::one}) {
        Street street(there);
        street.server()
            .login("romeo@example.org/pen")
            .send("<iq type='set' id='v'><vCard xmlns='vcard-temp'><FN>Romeo</FN></vCard></iq>");
        street.send("<iq type='get' id='card' to='romeo@example.org'><vCard xmlns='vcard-temp'/></iq>");
        CHECK(street.outcome(romeo)["card"] == "result");
    }
}

TEST_CASE("a query of a stranger reaches a device that is named, by default") {
    for (const auto* device : {"balcony", "cellar", "hall"}) {
        Street street(There::one);
        const auto to = std::string("romeo@example.org/") + device;
        for (const std::string type : {"get", "set", "result", "error"})
            street.send(stanza("iq", type, to, "<what xmlns='urn:example:unknown'/>"));
        auto outcome = street.outcome(to);
        for (const auto* type : {"get", "set", "result", "error"}) CHECK(outcome[type] == device);
    }
}

TEST_CASE("one's own devices may ask a device that is shown to nobody (RFC 6121 8.5.3.1)") {
    Street street(There::one);
    auto& hall = street.device("hall");
    street.device("balcony").send("<iq type='get' id='own' to='romeo@example.org/hall'><a xmlns='b:c'/></iq>");
    CHECK(hall.receive().attr("id") == "own");
    hall.send("<iq type='result' id='own' to='romeo@example.org/balcony'/>");
    CHECK(street.device("balcony").receive().attr("id") == "own");
}
