// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "xep/rfc6120_sasl.hpp"
#include "xep/xep0440_channel_binding.hpp"

using namespace epode;
namespace sasl = epode::xep::sasl;

namespace {

Ref<xml::Document> element(std::string_view name, std::string_view mechanism, std::string_view text) {
    xml::Builder builder;
    builder.open(name, sasl::ns).attr_if("mechanism", mechanism).text(text).close();
    return builder.finish();
}
Result<sasl::Auth, sasl::Condition> auth(std::string_view mechanism, std::string_view text) {
    const auto document = element("auth", mechanism, text);
    return sasl::Auth::decode(xml::Element::root(document));
}
Result<Bytes, sasl::Condition> response(std::string_view text) {
    const auto document = element("response", "", text);
    return sasl::decode_response(xml::Element::root(document));
}
template <typename Write> std::string written(Write write) {
    xml::Builder builder;
    write(builder);
    const auto document = builder.finish();
    return xml::Element::root(document).str();
}

} // namespace

TEST_CASE("auth: no initial response, an empty one, and one") {
    CHECK(auth("PLAIN", "")->mechanism == "PLAIN");
    CHECK_FALSE(auth("PLAIN", "")->initial);
    CHECK(auth("PLAIN", "=")->initial == "");
    CHECK(auth("PLAIN", "Zm9v")->initial == "foo");
}

TEST_CASE("auth: faults name their condition") {
    CHECK(auth("", "Zm9v").error() == sasl::Condition::invalid_mechanism);
    for (const std::string_view text : {"Zm9", "Zm9v\n", "==", " =", "Zm9v Zm9v",
                                        "Zg=="
                                        "Zg=="})
        CHECK(auth("PLAIN", text).error() == sasl::Condition::incorrect_encoding);
}

TEST_CASE("response: no text and = are no bytes") {
    CHECK(response("")->empty());
    CHECK(response("=")->empty());
    CHECK(*response("Zm9v") == "foo");
    CHECK(response("Zm9").error() == sasl::Condition::incorrect_encoding);
}

TEST_CASE("what the server writes") {
    const std::string_view offered[] = {"SCRAM-SHA-1", "PLAIN"};
    CHECK(written([&](auto& out) { sasl::write_mechanisms(out, offered); }) ==
          "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>"
          "<mechanism>PLAIN</mechanism></mechanisms>");
    CHECK(written([](auto& out) { sasl::write_challenge(out, "foo"); }) ==
          "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>Zm9v</challenge>");
    CHECK(written([](auto& out) { sasl::write_challenge(out, ""); }) ==
          "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    CHECK(written([](auto& out) { sasl::write_success(out, "v=x"); }) ==
          "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj14</success>");
    CHECK(written([](auto& out) { sasl::write_success(out, ""); }) ==
          "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    CHECK(written([](auto& out) { sasl::write_failure(out, sasl::Condition::aborted); }) ==
          "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><aborted/></failure>");
    CHECK(written([](auto& out) { sasl::write_failure(out, sasl::Condition::account_disabled, "Call us."); }) ==
          "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><account-disabled/><text xml:lang='en'>Call "
          "us.</text></failure>");
}

TEST_CASE("XEP-0440: the channel binding types") {
    const std::string_view types[] = {"tls-exporter", "tls-server-end-point"};
    CHECK(written([&](auto& out) { xep::channel_binding::write(out, types); }) ==
          "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/>"
          "<channel-binding type='tls-server-end-point'/></sasl-channel-binding>");
    xml::Builder empty;
    xep::channel_binding::write(empty, {});
    CHECK(empty.size() == 0);
}
