// SPDX-License-Identifier: MIT
// libstrophe, an independent C client, against the real binary: login, chat, roster, carbons, offline messages,
// presence. libstrophe drops the namespaces of attributes and knows one default namespace, so elements are found by
// name.
#include "tests/catch.hpp"
#include "tests/client/server_process.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <strophe.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
constexpr auto patience = 20s;

ServerProcess& server() {
    static ServerProcess process;
    return process;
}

/// One event loop for all people of a test.
class Loop {
public:
    Loop() : context_(xmpp_ctx_new(nullptr, nullptr)) { xmpp_ctx_set_timeout(context_, 10); }
    ~Loop() { xmpp_ctx_free(context_); }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    xmpp_ctx_t* context() const { return context_; }
    bool until(const std::function<bool()>& done) const {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!done()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            xmpp_run_once(context_, 10);
        }
        return true;
    }

private:
    xmpp_ctx_t* context_;
};

class Person {
public:
    Person(Loop& loop, const std::string& jid, const char* password = "secret")
        : loop_(loop), connection_(xmpp_conn_new(loop.context())) {
        xmpp_conn_set_flags(connection_,
                            XMPP_CONN_FLAG_TRUST_TLS | XMPP_CONN_FLAG_MANDATORY_TLS | XMPP_CONN_FLAG_DISABLE_SM);
        xmpp_conn_set_jid(connection_, jid.c_str());
        xmpp_conn_set_pass(connection_, password);
    }
    ~Person() {
        if (connected_) {
            xmpp_disconnect(connection_);
            loop_.until([this] { return !connected_; });
        }
        for (auto* stanza : received_) xmpp_stanza_release(stanza);
        xmpp_conn_release(connection_);
    }
    Person(const Person&) = delete;
    Person& operator=(const Person&) = delete;

    /// Logged in, or refused.
    bool come() {
        REQUIRE(xmpp_connect_client(connection_, "127.0.0.1", server().port(), on_connection, this) == XMPP_EOK);
        REQUIRE(loop_.until([this] { return connected_ || ended_; }));
        return connected_;
    }
    bool come_with_presence() {
        if (!come()) return false;
        send("<presence/>");
        return find("presence", [this](xmpp_stanza_t* got) { return attribute(got, "from") == jid(); }) != nullptr;
    }
    std::string jid() const { return xmpp_conn_get_bound_jid(connection_); }

    void send(const std::string& text) { xmpp_send_raw(connection_, text.data(), text.size()); }

    /// The first stanza of that name that fits; it is taken out. Null when none comes.
    xmpp_stanza_t* find(const std::string& name, const std::function<bool(xmpp_stanza_t*)>& fits) {
        xmpp_stanza_t* found = nullptr;
        loop_.until([&] {
            for (auto at = received_.begin(); at != received_.end() && !found; ++at) {
                if (name != xmpp_stanza_get_name(*at) || !fits(*at)) continue;
                found = *at;
                taken_.emplace_back(found, xmpp_stanza_release);
                received_.erase(at);
                break;
            }
            return found != nullptr;
        });
        return found;
    }
    xmpp_stanza_t* answer(const std::string& id) {
        return find("iq", [&](xmpp_stanza_t* got) { return attribute(got, "id") == id; });
    }
    /// The next message with that body, or null.
    xmpp_stanza_t* message(const std::string& text) {
        return find("message", [&](xmpp_stanza_t* got) { return body(got) == text; });
    }
    std::size_t count(const std::string& text) const {
        std::size_t found = 0;
        for (auto* stanza : received_)
            if (xmpp_stanza_get_name(stanza) == std::string("message") && body(stanza) == text) ++found;
        return found;
    }

    static std::string attribute(xmpp_stanza_t* stanza, const char* name) {
        const char* value = xmpp_stanza_get_attribute(stanza, name);
        return value ? value : "";
    }
    static std::string body(xmpp_stanza_t* stanza) {
        auto* child = xmpp_stanza_get_child_by_name(stanza, "body");
        if (!child) return {};
        auto* text = xmpp_stanza_get_children(child);
        const char* characters = text ? xmpp_stanza_get_text_ptr(text) : nullptr;
        return characters ? characters : "";
    }
    bool connected() const { return connected_; }

private:
    static int keep(xmpp_conn_t*, xmpp_stanza_t* stanza, void* self) {
        static_cast<Person*>(self)->received_.push_back(xmpp_stanza_clone(stanza));
        return 1;
    }
    static void on_connection(xmpp_conn_t* connection, xmpp_conn_event_t event, int, xmpp_stream_error_t*, void* self) {
        auto& person = *static_cast<Person*>(self);
        person.connected_ = event == XMPP_CONN_CONNECT;
        person.ended_ = !person.connected_;
        if (person.connected_)
            xmpp_handler_add(connection, keep, nullptr, nullptr, nullptr, self); // one: it knows them by function
    }

    Loop& loop_;
    xmpp_conn_t* connection_;
    bool connected_ = false;
    bool ended_ = false;
    std::list<xmpp_stanza_t*> received_;
    std::vector<std::unique_ptr<xmpp_stanza_t, int (*)(xmpp_stanza_t*)>> taken_;
};

std::string bare(const std::string& jid) { return jid.substr(0, jid.find('/')); }

std::string chat(const std::string& to, const std::string& text) {
    return "<message type='chat' to='" + to + "'><body>" + text + "</body></message>";
}

/// A new account's address.
std::string account(const std::string& name) {
    static int number = 0;
    const std::string local = name + std::to_string(++number);
    server().make_account(local, "secret");
    return local + "@localhost";
}

} // namespace

TEST_CASE("libstrophe logs in, and not with a wrong password", "[client]") {
    Loop loop;
    const auto romeo = account("romeo");
    Person good(loop, romeo + "/r");
    REQUIRE(good.come());
    CHECK(good.jid() == romeo + "/r");
    const auto line = server().log_line({"logged in", "account=" + romeo});
    INFO(line);
    CHECK(line.find("mechanism=SCRAM-SHA-512") != std::string::npos); // its strongest, with or without -PLUS
    Person bad(loop, romeo + "/x", "wrong");
    CHECK_FALSE(bad.come());
    Person stranger(loop, "nobody@localhost/x");
    CHECK_FALSE(stranger.come());
}

TEST_CASE("two people chat both ways", "[client]") {
    Loop loop;
    Person romeo(loop, account("romeo") + "/r"), juliet(loop, account("juliet") + "/j");
    REQUIRE(romeo.come_with_presence());
    REQUIRE(juliet.come_with_presence());
    romeo.send(chat(juliet.jid(), "It is my lady"));
    auto* heard = juliet.message("It is my lady");
    REQUIRE(heard);
    CHECK(Person::attribute(heard, "from") == romeo.jid());
    juliet.send(chat(bare(romeo.jid()), "Ay me"));
    CHECK(romeo.message("Ay me"));
}

TEST_CASE("a roster is set, pushed to every device that asked for it, and read", "[client]") {
    Loop loop;
    const auto jid = account("romeo");
    Person phone(loop, jid + "/phone"), laptop(loop, jid + "/laptop");
    REQUIRE(phone.come_with_presence());
    REQUIRE(laptop.come_with_presence());
    for (auto* device : {&phone, &laptop}) {
        device->send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
        REQUIRE(device->answer("roster"));
    }
    phone.send("<iq type='set' id='set'><query xmlns='jabber:iq:roster'><item jid='nurse@localhost' "
               "name='Nurse'/></query></iq>");
    auto* set = phone.answer("set");
    REQUIRE(set);
    CHECK(Person::attribute(set, "type") == "result");
    for (auto* device : {&phone, &laptop}) {
        auto* push = device->find("iq", [](xmpp_stanza_t* got) { return Person::attribute(got, "type") == "set"; });
        REQUIRE(push);
        auto* item = xmpp_stanza_get_child_by_name(xmpp_stanza_get_child_by_name(push, "query"), "item");
        REQUIRE(item);
        CHECK(Person::attribute(item, "name") == "Nurse");
        CHECK(Person::attribute(item, "subscription") == "none");
    }
    laptop.send("<iq type='get' id='again'><query xmlns='jabber:iq:roster'/></iq>");
    auto* again = laptop.answer("again");
    REQUIRE(again);
    auto* item = xmpp_stanza_get_child_by_name(xmpp_stanza_get_child_by_name(again, "query"), "item");
    REQUIRE(item);
    CHECK(Person::attribute(item, "jid") == "nurse@localhost");
}

TEST_CASE("a device with carbons sees both sides of another device's chat", "[client]") {
    Loop loop;
    const auto jid = account("romeo");
    Person phone(loop, jid + "/phone"), laptop(loop, jid + "/laptop"), juliet(loop, account("juliet") + "/j");
    for (auto* person : {&phone, &laptop, &juliet}) REQUIRE(person->come_with_presence());
    laptop.send("<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    REQUIRE(laptop.answer("carbons"));
    const auto carbon = [&](const char* direction, const std::string& text) {
        auto* got = laptop.find(
            "message", [&](xmpp_stanza_t* message) { return xmpp_stanza_get_child_by_name(message, direction); });
        REQUIRE(got);
        CHECK(Person::attribute(got, "from") == jid);
        auto* forwarded = xmpp_stanza_get_child_by_name(xmpp_stanza_get_child_by_name(got, direction), "forwarded");
        REQUIRE(forwarded);
        auto* message = xmpp_stanza_get_child_by_name(forwarded, "message");
        REQUIRE(message);
        CHECK(Person::body(message) == text);
    };
    phone.send(chat(juliet.jid(), "from the phone"));
    carbon("sent", "from the phone");
    juliet.send(chat(phone.jid(), "to the phone"));
    carbon("received", "to the phone");
}

TEST_CASE("an offline message is delivered once, with its delay", "[client]") {
    Loop loop;
    const auto juliet = account("juliet");
    Person romeo(loop, account("romeo") + "/r");
    REQUIRE(romeo.come_with_presence());
    romeo.send(chat(juliet, "sleep well"));
    romeo.send("<iq type='get' id='ping' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
    REQUIRE(romeo.answer("ping"));
    {
        Person first(loop, juliet + "/one");
        REQUIRE(first.come_with_presence());
        auto* message = first.message("sleep well");
        REQUIRE(message);
        auto* delay = xmpp_stanza_get_child_by_name(message, "delay");
        REQUIRE(delay);
        CHECK(Person::attribute(delay, "from") == "localhost");
        CHECK_FALSE(Person::attribute(delay, "stamp").empty());
    }
    Person second(loop, juliet + "/two");
    REQUIRE(second.come_with_presence());
    romeo.send(chat(second.jid(), "good morning"));
    REQUIRE(second.message("good morning"));
    CHECK(second.count("sleep well") == 0);
}

TEST_CASE("a subscription is asked for, granted, and presence follows", "[client]") {
    Loop loop;
    Person romeo(loop, account("romeo") + "/r");
    auto juliet = std::make_unique<Person>(loop, account("juliet") + "/j");
    REQUIRE(romeo.come_with_presence());
    REQUIRE(juliet->come_with_presence());
    const auto her = juliet->jid();
    romeo.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>"); // or he hears of no answer (RFC
                                                                                     // 6121 3.1.6)
    REQUIRE(romeo.answer("roster"));
    const auto presence = [](Person& person, const std::string& from, const std::string& type) {
        return person.find("presence", [&](xmpp_stanza_t* got) {
            return Person::attribute(got, "from") == from && Person::attribute(got, "type") == type;
        });
    };
    romeo.send("<presence type='subscribe' to='" + bare(her) + "'/>");
    REQUIRE(presence(*juliet, bare(romeo.jid()), "subscribe"));
    juliet->send("<presence type='subscribed' to='" + bare(romeo.jid()) + "'/>");
    CHECK(presence(romeo, bare(her), "subscribed"));
    CHECK(presence(romeo, her, ""));
    juliet.reset();
    CHECK(presence(romeo, her, "unavailable"));
}
