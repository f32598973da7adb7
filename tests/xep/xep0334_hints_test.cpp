// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0334_hints.hpp"

using namespace epode;
using namespace epode::test;
using xep::Hints;

namespace {
Hints of(std::string_view text) { return Hints::of(*Stanza::from_element(parsed(text))); }
} // namespace

TEST_CASE("hints are read one by one") {
    const auto hints = of("<message xmlns='jabber:client'><body>b</body><no-copy xmlns='urn:xmpp:hints'/><no-store "
                          "xmlns='urn:xmpp:hints'/>"
                          "<unknown xmlns='urn:xmpp:hints'/></message>");
    CHECK(hints.no_copy);
    CHECK(hints.no_store);
    CHECK_FALSE(hints.no_permanent_store);
    CHECK_FALSE(hints.store);
    CHECK(of("<message xmlns='jabber:client'><store xmlns='urn:xmpp:hints'/></message>").store);
    CHECK(
        of("<message xmlns='jabber:client'><no-permanent-store xmlns='urn:xmpp:hints'/></message>").no_permanent_store);
    CHECK(of("<message xmlns='jabber:client'><store/><no-store xmlns='other'/></message>") == Hints());
}

TEST_CASE("hints of errors do not count, nor do those of nothing") {
    CHECK(of("<message xmlns='jabber:client' type='error'><store xmlns='urn:xmpp:hints'/></message>") == Hints());
    CHECK(Hints::of(Stanza()) == Hints());
}

TEST_CASE("hints are written") {
    Hints hints;
    hints.no_copy = hints.store = true;
    xml::Builder builder;
    builder.open("message");
    hints.encode(builder);
    const auto document = builder.close().finish();
    CHECK(Hints::of(Stanza(document, Jid(), Jid())) == hints);
}
