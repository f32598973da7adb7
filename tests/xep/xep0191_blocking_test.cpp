// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0191_blocking.hpp"

using namespace epode;
using namespace epode::test;
namespace blocking = epode::xep::blocking;

namespace {

template <typename P> std::string recode(std::string_view text) {
    const auto fragment = parsed(text);
    auto payload = P::decode(fragment);
    return payload ? encoded(*payload) : std::string(name(payload.error().condition));
}

} // namespace

TEST_CASE("lists, blocks and unblocks") {
    CHECK(recode<blocking::BlockList>("<blocklist xmlns='urn:xmpp:blocking'/>") ==
          "<blocklist xmlns='urn:xmpp:blocking'/>");
    CHECK(
        recode<blocking::Block>("<block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/><item "
                                "jid='iago@shakespeare.lit'/></block>") ==
        "<block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/><item jid='iago@shakespeare.lit'/></block>");
    CHECK(recode<blocking::Unblock>("<unblock xmlns='urn:xmpp:blocking'/>") == "<unblock xmlns='urn:xmpp:blocking'/>");
    // Prepared, and each once; what others put inside does not matter.
    CHECK(recode<blocking::Block>(
              "<block xmlns='urn:xmpp:blocking'><item jid='Romeo@Montague.net'/><other xmlns='x'/>"
              "<item jid='romeo@montague.net'><report xmlns='urn:xmpp:reporting:1'/></item></block>") ==
          "<block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/></block>");
}

TEST_CASE("what is no command") {
    CHECK(recode<blocking::Block>("<block xmlns='urn:xmpp:blocking'/>") == "bad-request");
    CHECK(recode<blocking::Block>("<block xmlns='urn:xmpp:blocking'><item/></block>") == "bad-request");
    CHECK(recode<blocking::Block>("<block xmlns='urn:xmpp:blocking'><item xmlns='x' jid='a@b'/></block>") ==
          "bad-request");
    CHECK(recode<blocking::Block>("<block xmlns='urn:xmpp:blocking'><item jid='@'/></block>") == "jid-malformed");
    CHECK(recode<blocking::Unblock>("<unblock xmlns='urn:xmpp:blocking'><item jid='@'/></unblock>") == "jid-malformed");
}

TEST_CASE("which entries match an address, the most exact first") {
    const auto of = [](std::string_view text) {
        const auto jid = *Jid::parse(text);
        std::string all;
        for (const auto form : blocking::matches(jid))
            if (!form.empty()) all.append(form).push_back('|');
        return all;
    };
    CHECK(of("user@domain/resource") == "user@domain/resource|user@domain|domain|");
    CHECK(of("user@domain") == "user@domain|domain|");
    CHECK(of("domain/resource") == "domain/resource|domain|");
    CHECK(of("domain") == "domain|");
    CHECK(of("user@domain/a/b") == "user@domain/a/b|user@domain|domain|");
}

TEST_CASE("the error for writing to somebody blocked") {
    const auto error = blocking::blocked_error();
    xml::Builder builder;
    builder.open("message");
    error.write(builder);
    const auto document = builder.close().finish();
    const auto written = xml::Element::root(document).child("error");
    CHECK(written.attr("type") == "cancel");
    CHECK(written.child("not-acceptable", ns::stanzas));
    CHECK(written.child("blocked", "urn:xmpp:blocking:errors"));
}
