// SPDX-License-Identifier: MIT
#include "client.hpp"

#include <charconv>
#include <fmt/format.h>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {

bool has(std::string_view element, std::string_view text) { return element.find(text) != element.npos; }

std::string_view inside(std::string_view element) {
    const auto from = element.find('>') + 1;
    const auto to = element.rfind('<');
    return to < from ? std::string_view() : element.substr(from, to - from);
}

/// The value of an attribute in the element's first tag; empty without one.
std::string_view attribute(std::string_view element, std::string_view name) {
    const auto tag = element.substr(0, element.find('>'));
    for (std::size_t at = 0; (at = tag.find(name, at)) != tag.npos; at += name.size()) {
        const auto equals = at + name.size();
        if (tag[at - 1] != ' ' || equals + 1 >= tag.size() || tag[equals] != '=') continue;
        const auto end = tag.find(tag[equals + 1], equals + 2);
        return tag.substr(equals + 2, end - equals - 2);
    }
    return {};
}

} // namespace

Client::Client(Site& site, Session session)
    : site_(site), session_(std::move(session)), encrypted_(!site.target.starttls),
      link_(site.loop, *this, site.target.host, site.target.port, site.target.starttls ? nullptr : site.tls.get(),
            site.target.domain) {}

Client::Client(Site& site, std::vector<std::string> accounts) : Client(site, Session()) {
    accounts_ = std::move(accounts);
}

Client::~Client() {
    if (state_ == State::ready && !site_.target.relay) link_.write("</stream:stream>");
}

void Client::opened() {
    if (site_.target.relay) {
        awaited_ = "<stream:stream";
        step_ = &Client::in_setup;
    } else {
        step_ = encrypted_ ? &Client::before_sasl : &Client::before_tls;
    }
    open_stream();
}

void Client::open_stream() {
    splitter_.reset();
    link_.write(fmt::format("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                            "version='1.0' to='{}'{}>",
                            site_.target.domain, site_.target.relay ? " id='" + session_.user + "'" : ""));
}

void Client::received(std::string_view bytes) {
    splitter_.add(bytes);
    while (const auto element = splitter_.next()) {
        if (state_ == State::failed) return;
        (this->*step_)(*element);
    }
}

void Client::closed(const std::string& why) { fail(why); }

void Client::fail(std::string why) {
    if (state_ == State::failed) return;
    state_ = State::failed;
    failure_ = std::move(why);
    if (on_settled) std::exchange(on_settled, nullptr)();
}

void Client::ready() {
    state_ = State::ready;
    step_ = &Client::in_session;
    if (on_settled) std::exchange(on_settled, nullptr)();
}

/// What ends a negotiation, with the server's own words.
bool Client::failed_by(std::string_view element) {
    if (element.starts_with("<failure") || element.starts_with("<failed") || element.starts_with("<stream:error") ||
        element.starts_with("</") || (element.starts_with("<iq") && attribute(element, "type") == "error")) {
        fail("the server refuses: " + std::string(element.substr(0, 500)));
        return true;
    }
    return false;
}

void Client::before_tls(std::string_view element) {
    if (failed_by(element)) return;
    if (element.starts_with("<stream:features")) link_.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    if (!element.starts_with("<proceed")) return;
    encrypted_ = true;
    link_.start_tls(site_.tls.get(), site_.target.domain);
}

void Client::before_sasl(std::string_view element) {
    if (failed_by(element) || !element.starts_with("<stream:features")) return;
    if (!accounts_.empty()) return register_next();
    const auto& mechanism = site_.target.mechanism;
    if (!has(element, ">" + mechanism + "<"))
        return fail("the server does not offer " + mechanism + ": " + std::string(element.substr(0, 500)));
    std::string initial;
    if (mechanism == "PLAIN") {
        const std::string zero(1, '\0');
        initial = base64(zero + session_.user + zero + std::string(password));
    } else {
        initial = scram_.emplace(mechanism, session_.user, password).first();
    }
    link_.write(
        fmt::format("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{}'>{}</auth>", mechanism, initial));
    step_ = &Client::in_sasl;
}

void Client::in_sasl(std::string_view element) {
    if (failed_by(element)) return;
    if (element.starts_with("<challenge") && scram_) try {
            const auto answer = scram_->answer(inside(element), site_.passwords);
            link_.write("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + answer + "</response>");
        } catch (const std::exception& error) {
            fail(error.what());
        }
    if (!element.starts_with("<success")) return;
    scram_.reset();
    step_ = &Client::before_bind;
    open_stream();
}

void Client::before_bind(std::string_view element) {
    if (failed_by(element) || !element.starts_with("<stream:features")) return;
    link_.write(fmt::format("<iq type='set' id='eb-bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{}"
                            "</resource></bind></iq>",
                            session_.resource));
    step_ = &Client::in_setup;
    awaited_ = "eb-bind";
}

/// The next thing the session wants, in the order clients ask for it.
void Client::set_up() {
    if (std::exchange(session_.acks, false)) {
        managed_ = true; // first of all, so that nothing is under way while its counters begin
        counted_ = sent_ = 0;
        awaited_ = "<enabled";
        link_.write("<enable xmlns='urn:xmpp:sm:3'/>");
    } else if (std::exchange(session_.roster, false)) {
        awaited_ = "eb-roster";
        send("<iq type='get' id='eb-roster'><query xmlns='jabber:iq:roster'/></iq>");
    } else if (std::exchange(session_.carbons, false)) {
        awaited_ = "eb-carbons";
        send("<iq type='set' id='eb-carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    } else if (std::exchange(session_.presence, false)) {
        awaited_ = fmt::format("{}@{}/{}", session_.user, site_.target.domain, session_.resource);
        send("<presence/>");
    } else {
        ready();
    }
}

void Client::in_setup(std::string_view element) {
    if (failed_by(element)) return;
    const bool expected = has(element.substr(0, element.find('>')), awaited_);
    if (expected && site_.target.relay) return ready();
    in_session(element);
    if (expected) set_up();
}

void Client::register_next() {
    if (accounts_.empty()) return ready();
    link_.write(fmt::format("<iq type='set' id='eb-register'><query xmlns='jabber:iq:register'><username>{}</username>"
                            "<password>{}</password></query></iq>",
                            accounts_.back(), password));
    step_ = &Client::in_registration;
}

void Client::in_registration(std::string_view element) {
    if (!has(element, "<conflict") && failed_by(element)) return; // a conflict: it is there from an earlier run
    if (!element.starts_with("<iq")) return;
    accounts_.pop_back();
    register_next();
}

void Client::in_session(std::string_view element) {
    if (element.starts_with("<message") || element.starts_with("<presence") || element.starts_with("<iq")) {
        ++counted_;
        if (on_stanza) on_stanza(element);
    } else if (element.starts_with("<r ") || element.starts_with("<r/")) {
        link_.write(fmt::format("<a xmlns='urn:xmpp:sm:3' h='{}'/>", counted_));
    } else if (element.starts_with("<a ")) {
        const auto h = attribute(element, "h");
        std::from_chars(h.data(), h.data() + h.size(), acknowledged_);
    } else if (element.starts_with("<stream:error") || element.starts_with("</")) {
        fail("the server ended the session: " + std::string(element.substr(0, 500)));
    }
}

void Client::send(std::string_view stanza) {
    ++sent_;
    link_.write(stanza);
}

void Client::request_ack() { link_.write("<r xmlns='urn:xmpp:sm:3'/>"); }

} // namespace bench
