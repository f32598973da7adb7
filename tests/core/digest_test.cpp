// SPDX-License-Identifier: MIT
#include "core/base/digest.hpp"
#include "tests/catch.hpp"

using namespace epode;

TEST_CASE("digests of the standards' own examples") {
    // FIPS 180-2, appendices A to D.
    CHECK(hex(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex(sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("digests by their textual names") {
    CHECK(digest("sha-1", "abc") == sha1("abc"));
    CHECK(digest("sha-256", "abc") == sha256("abc"));
    CHECK(digest("sha-384", "abc")->size() == 48);
    CHECK(digest("sha-512", "abc")->size() == 64);
    CHECK_FALSE(digest("SHA-1", "abc"));
    CHECK_FALSE(digest("md5", "abc"));
}

TEST_CASE("a digest with a key") {
    // RFC 2202, section 3.
    CHECK(hex(hmac_sha1("Jefe", "what do ya want for nothing?")) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(hex(hmac_sha1(std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST_CASE("hexadecimal is lower case and keeps zeros") {
    CHECK(hex(std::string_view("\x00\x0a\xff", 3)) == "000aff");
    CHECK(hex("").empty());
}
