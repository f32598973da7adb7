// SPDX-License-Identifier: MIT
#include "core/base/base64.hpp"
#include "core/service/credentials.hpp"
#include "tests/catch.hpp"

using namespace epode;

namespace {

constexpr std::array one_hash = {ScramHash::sha256};

Credentials made(std::string_view password) { return *Credentials::make(password, 10); }

std::string hex(BytesView bytes) {
    std::string out;
    for (const char c : bytes) {
        out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

} // namespace

TEST_CASE("keys are derived as RFC 5802 section 3 says") {
    // SaltedPassword of RFC 6070: "password", "salt", one iteration.
    const Bytes salted = "\x0c\x60\xc8\x0f\x96\x1f\x0e\x71\xf3\xa9\xb5\x24\xaf\x60\x12\x06\x2f\xe0\x37\xa6";
    const ScramKeys keys = derive(ScramHash::sha1, "password", "salt", 1);
    CHECK(keys.stored_key.view() == digest(ScramHash::sha1, hmac(ScramHash::sha1, salted, "Client Key")));
    CHECK(keys.server_key.view() == hmac(ScramHash::sha1, salted, "Server Key"));
    CHECK(keys.salt == "salt");
    CHECK(keys.iterations == 1);
    CHECK_THROWS(derive(ScramHash::sha1, "password", "salt", 0));
    CHECK_THROWS(derive(ScramHash::sha1, "password", "salt", 0xFFFFFFFF));
}

TEST_CASE("the HMACs are those of RFC 4231 and RFC 2202, test case 2") {
    CHECK(hex(hmac(ScramHash::sha1, "Jefe", "what do ya want for nothing?")) ==
          "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(hex(hmac(ScramHash::sha256, "Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex(hmac(ScramHash::sha512, "Jefe", "what do ya want for nothing?")) ==
          "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a"
          "6b4b"
          "636e070a38bce737");
}

TEST_CASE("a password matches itself and nothing else") {
    const Credentials credentials = made("pencil");
    CHECK(credentials.matches("pencil"));
    CHECK_FALSE(credentials.matches("Pencil"));
    CHECK_FALSE(credentials.matches("pencil "));
    CHECK_FALSE(credentials.matches(""));
    CHECK_FALSE(credentials.matches("pen\x01"));
    CHECK_FALSE(Credentials{}.matches("pencil"));
}

TEST_CASE("keys for all hashes, each with a salt of its own") {
    const Credentials credentials = made("pencil");
    const auto* sha1 = credentials.find(ScramHash::sha1);
    const auto* sha256 = credentials.find(ScramHash::sha256);
    const auto* sha512 = credentials.find(ScramHash::sha512);
    REQUIRE((sha1 && sha256 && sha512));
    CHECK(sha1->salt != sha256->salt);
    CHECK(sha256->salt != sha512->salt);
    CHECK(sha1->stored_key.view().size() == 20);
    CHECK(sha512->stored_key.view().size() == 64);
    CHECK(made("pencil").find(ScramHash::sha1)->salt != sha1->salt);
    const Credentials few = *Credentials::make("pencil", 10, one_hash);
    CHECK(few.find(ScramHash::sha1) == nullptr);
    CHECK(few.matches("pencil"));
}

TEST_CASE("an account with one odd hash can be checked too") {
    Credentials imported;
    imported.put(derive(ScramHash::sha1, "pencil", "salt", 5));
    CHECK(imported.matches("pencil"));
    imported.put(derive(ScramHash::sha1, "pen", "salt", 5));
    CHECK_FALSE(imported.matches("pencil"));
    CHECK(imported.matches("pen"));
}

TEST_CASE("a password is prepared by SASLprep, else by OpaqueString") {
    CHECK(made("I\u00adX").matches("IX"));
    CHECK(made("\u2168").matches("IX"));
    CHECK(made("a\U0001F600").matches("a\U0001F600")); // not in Unicode 3.2
    CHECK(made("\u0627 1").matches("\u0627 1"));       // refused by SASLprep's bidi rule
    // An account from elsewhere whose password went through OpaqueString only.
    Credentials imported;
    imported.put(derive(ScramHash::sha256, "\u2168", "salt", 5));
    CHECK(imported.matches("\u2168"));
    CHECK_FALSE(imported.matches("IX"));
}

TEST_CASE("a password that no profile takes is refused with a reason") {
    CHECK(Credentials::make("", 10).error().text == "the password is empty");
    CHECK(Credentials::make("a\x01", 10).error().text ==
          "the password holds a character that neither RFC 4013 nor RFC 8265 allows");
    CHECK_FALSE(Credentials::make("\xff", 10));
    CHECK_FALSE(Credentials::make("\u00ad", 10));
}

TEST_CASE("credentials become bytes and come back") {
    Credentials credentials = made("pencil");
    credentials.set_state(AccountState::disabled);
    const auto back = Credentials::from_bytes(credentials.bytes());
    REQUIRE(back);
    CHECK(back->bytes() == credentials.bytes());
    CHECK(back->matches("pencil"));
    CHECK(back->state() == AccountState::disabled);
    CHECK(Credentials::from_bytes(Credentials{}.bytes())->empty());
}

TEST_CASE("damaged bytes are refused, wherever they end") {
    const Bytes whole = made("pencil").bytes();
    const auto one = Credentials::make("pencil", 10, one_hash)->bytes();
    std::size_t sound = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) sound += Credentials::from_bytes(whole.substr(0, i)).has_value();
    CHECK(sound == 3); // only where a hash's keys end: none, one and two of the three
    Bytes other = one;
    other[0] = 2;
    CHECK(Credentials::from_bytes(other).error().text == "credentials of an unknown version");
    other = one;
    other[1] = 9; // state
    CHECK_FALSE(Credentials::from_bytes(other));
    other = one;
    other[2] = 9; // hash
    CHECK_FALSE(Credentials::from_bytes(other));
    other = one;
    other[3] = 0; // iterations
    CHECK_FALSE(Credentials::from_bytes(other));
    CHECK_FALSE(Credentials::from_bytes(one + one.substr(2))); // the same hash twice
    CHECK_FALSE(Credentials::from_bytes(""));
}

TEST_CASE("comparing in constant time compares") {
    CHECK(equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("abc", "ab"));
    CHECK(equal_in_constant_time("", ""));
}
