// SPDX-License-Identifier: MIT
// What is offered, what may be chosen, and PLAIN (RFC 4616).
#include "core/session/sasl.hpp"
#include "tests/core/sasl_kit.hpp"

using namespace epode;
using namespace epode::sasl;
using namespace epode::sasl::test;
using namespace std::string_literals;

namespace {

std::string joined(const std::vector<std::string_view>& names) {
    std::string out;
    for (const auto name : names) out.append(out.empty() ? "" : " ").append(name);
    return out;
}

std::string chosen(std::string_view name, const Policy& policy, const Channel& channel) {
    const auto made = make_mechanism(name, policy, channel);
    return made ? "made" : std::string(xep::sasl::name(made.error().condition));
}

std::string plain(std::string message) { return shown(mechanism("PLAIN")->start(std::move(message))); }

} // namespace

TEST_CASE("the strongest is offered first, and -PLUS where there is something to bind to") {
    CHECK(joined(mechanisms(policy(), tls())) == "SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 "
                                                 "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN");
    CHECK(joined(mechanisms(policy(), unbound())) == "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN");
    Policy passwords_only = policy();
    passwords_only.hashes.clear();
    CHECK(joined(mechanisms(passwords_only, tls())) == "PLAIN");
    Policy no_plain = policy();
    no_plain.plain = false;
    no_plain.hashes = {ScramHash::sha256};
    CHECK(joined(mechanisms(no_plain, tls())) == "SCRAM-SHA-256-PLUS SCRAM-SHA-256");
}

TEST_CASE("without TLS nothing is offered, or with leave everything but PLAIN") {
    CHECK(mechanisms(policy(), Channel()).empty());
    Policy open = policy();
    open.unencrypted = true;
    CHECK(joined(mechanisms(open, Channel())) == "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1");
    CHECK(chosen("PLAIN", open, Channel()) == "encryption-required");
    CHECK(chosen("SCRAM-SHA-1", open, Channel()) == "made");
}

TEST_CASE("binding types are those there is data for") {
    CHECK(joined(binding_types(tls())) == "tls-exporter tls-server-end-point");
    CHECK(joined(binding_types(unbound())).empty());
    Channel old = tls();
    old.bindings.tls_exporter.clear();
    CHECK(joined(binding_types(old)) == "tls-server-end-point");
}

TEST_CASE("a mechanism that may not be chosen is refused with the right condition") {
    CHECK(chosen("CRAM-MD5", policy(), tls()) == "invalid-mechanism");
    CHECK(chosen("", policy(), tls()) == "invalid-mechanism");
    CHECK(chosen("plain", policy(), tls()) == "invalid-mechanism");
    CHECK(chosen("SCRAM-SHA-1-PLUS", policy(), unbound()) == "invalid-mechanism");
    CHECK(chosen("PLAIN", policy(), Channel()) == "encryption-required");
    CHECK(chosen("SCRAM-SHA-1", policy(), Channel()) == "encryption-required");
    Policy strict = policy();
    strict.plain = false;
    strict.hashes = {ScramHash::sha512};
    CHECK(chosen("PLAIN", strict, tls()) == "mechanism-too-weak");
    CHECK(chosen("SCRAM-SHA-1", strict, tls()) == "mechanism-too-weak");
    CHECK(chosen("SCRAM-SHA-512", strict, tls()) == "made");
}

TEST_CASE("PLAIN hands the password out to be checked") {
    const auto plain = mechanism("PLAIN");
    CHECK(shown(plain->start("\0juliet\0r0m30myr0m30"s)) == "password: r0m30myr0m30");
    CHECK(plain->account().text() == "juliet@example.com");
    CHECK(shown(plain->verdict(PasswordVerdict::accepted)) == "success: ");
}

TEST_CASE("PLAIN without an initial response is asked for it") {
    const auto plain = mechanism("PLAIN");
    CHECK(shown(plain->start(std::nullopt)) == "challenge: ");
    CHECK(shown(plain->respond("\0juliet\0secret"s)) == "password: secret");
}

TEST_CASE("a verdict becomes its condition") {
    const std::pair<PasswordVerdict, std::string_view> row = GENERATE(
        std::pair(PasswordVerdict::refused, "not-authorized"), std::pair(PasswordVerdict::disabled, "account-disabled"),
        std::pair(PasswordVerdict::expired, "credentials-expired"),
        std::pair(PasswordVerdict::unavailable, "temporary-auth-failure"));
    const auto plain = mechanism("PLAIN");
    (void)plain->start("\0juliet\0secret"s);
    const Step step = plain->verdict(row.first);
    CHECK(shown(step) == row.second);
    CHECK(text_of(step).empty());
}

TEST_CASE("PLAIN messages that break its grammar are malformed") {
    CHECK(plain("") == "malformed-request");
    CHECK(plain("juliet") == "malformed-request");
    CHECK(plain("\0juliet"s) == "malformed-request");
    CHECK(plain("\0juliet\0"s) == "malformed-request");
    CHECK(plain("\0\0secret"s) == "malformed-request");
    CHECK(plain("\0juliet\0sec\0ret"s) == "malformed-request");
    CHECK(plain("\0juliet\0"s + std::string(20'000, 'a')) == "malformed-request");
    const auto twice = mechanism("PLAIN");
    (void)twice->start("\0juliet\0secret"s);
    CHECK(shown(twice->respond("\0juliet\0secret"s)) == "malformed-request");
}

TEST_CASE("a name is prepared; one that is none is simply not authorized") {
    const auto plain_for = [](std::string name) {
        const auto made = mechanism("PLAIN");
        const Step step = made->start("\0"s + name + "\0secret"s);
        return std::holds_alternative<NeedVerdict>(step) ? std::string(made->account().text()) : shown(step);
    };
    CHECK(plain_for("JULIET") == "juliet@example.com");
    CHECK(plain_for("juliet@Example.COM") == "juliet@example.com");
    CHECK(plain_for("juliet@example.net") == "not-authorized");
    CHECK(plain_for("juliet@") == "not-authorized");
    CHECK(plain_for("@example.com") == "not-authorized");
    CHECK(plain_for("a b") == "not-authorized");
    CHECK(plain_for("\xff") == "not-authorized");
}

TEST_CASE("an authzid may only be the account itself") {
    CHECK(plain("juliet@example.com\0juliet\0secret"s) == "password: secret");
    CHECK(plain("JULIET@EXAMPLE.COM\0juliet\0secret"s) == "password: secret");
    CHECK(plain("romeo@example.com\0juliet\0secret"s) == "invalid-authzid");
    CHECK(plain("juliet@example.net\0juliet\0secret"s) == "invalid-authzid");
    CHECK(plain("juliet@example.com/balcony\0juliet\0secret"s) == "invalid-authzid");
    CHECK(plain("juliet\0juliet\0secret"s) == "invalid-authzid");
    CHECK(plain("@\0juliet\0secret"s) == "invalid-authzid");
}

TEST_CASE("answers that were not asked for are a fault of the driver") {
    CHECK_THROWS_AS(mechanism("PLAIN")->verdict(PasswordVerdict::accepted), std::logic_error);
    CHECK_THROWS_AS(mechanism("PLAIN")->account_found(std::nullopt), std::logic_error);
    CHECK_THROWS_AS(mechanism("SCRAM-SHA-1")->verdict(PasswordVerdict::accepted), std::logic_error);
    CHECK_THROWS_AS(mechanism("SCRAM-SHA-1")->account_found(std::nullopt), std::logic_error);
    const auto plain = mechanism("PLAIN");
    (void)plain->start("\0juliet\0secret"s);
    (void)plain->verdict(PasswordVerdict::refused);
    CHECK_THROWS_AS(plain->verdict(PasswordVerdict::accepted), std::logic_error);
}
