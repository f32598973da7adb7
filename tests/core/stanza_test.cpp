// SPDX-License-Identifier: MIT
// Head and tail, storage, copies, errors and answers.
#include "core/stanza.hpp"
#include "core/xml/parser.hpp"
#include "tests/core/xml_kit.hpp"

#include <algorithm>

using namespace epode;

namespace {

Jid jid(std::string_view text) {
    auto parsed = Jid::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

Stanza stanza(std::string_view text) {
    auto parsed = xml::parse(text);
    INFO(text);
    REQUIRE(parsed);
    auto made = Stanza::from_element(xml::Element::root(*parsed));
    REQUIRE(made);
    return *made;
}

std::string wire(const Stanza& stanza) {
    std::string out = "before ";
    stanza.write(out);
    CHECK(out.size() == 7 + stanza.wire_size());
    return out.substr(7);
}

Stanza greeting() {
    return stanza("<message xmlns='jabber:client' from='r@x/1' id='1' to='j@y' type='chat'><body>hi</body></message>");
}

} // namespace

TEST_CASE("from and to are taken out of the bytes and written in the head", "[stanza]") {
    const Stanza hello = greeting();
    CHECK(hello.document()->bytes() == "<message id='1' type='chat'><body>hi</body></message>");
    CHECK(hello.from().text() == "r@x/1");
    CHECK(hello.to().text() == "j@y");
    CHECK(hello.id() == "1");
    CHECK(hello.type() == "chat");
    CHECK(hello.is_message());
    CHECK(wire(hello) == "<message from='r@x/1' to='j@y' id='1' type='chat'><body>hi</body></message>");
    CHECK(wire(hello.to(jid("k@z"))) == "<message from='r@x/1' to='k@z' id='1' type='chat'><body>hi</body></message>");
    CHECK(wire(hello.addressed({}, {})) == "<message id='1' type='chat'><body>hi</body></message>");
    CHECK(hello.to(jid("k@z")).document() == hello.document());
}

TEST_CASE("addresses are escaped in the head", "[stanza]") {
    const Stanza hello = greeting();
    const auto odd = hello.from(jid("r@x/it's <&>"));
    CHECK(wire(odd).starts_with("<message from='r@x/it&apos;s &lt;&amp;>' to='j@y' id"));
    CHECK(Stanza::from_bytes(odd.bytes())->from() == odd.from());
}

TEST_CASE("kinds are those of jabber:client", "[stanza]") {
    CHECK(stanza("<presence xmlns='jabber:client'/>").is_presence());
    CHECK(stanza("<iq xmlns='jabber:client'/>").is_iq());
    CHECK(stanza("<message xmlns='jabber:server'/>").is_message());
    CHECK(stanza("<message xmlns='urn:other'/>").kind() == Stanza::Kind::other);
    CHECK(stanza("<r xmlns='urn:xmpp:sm:3'/>").kind() == Stanza::Kind::other);
    CHECK(Stanza().kind() == Stanza::Kind::other);
}

TEST_CASE("a broken address is no stanza", "[stanza]") {
    for (std::string_view text : {"<iq xmlns='jabber:client' from='@'/>", "<iq xmlns='jabber:client' to='a@b@c'/>"}) {
        auto made = Stanza::from_element(xml::Element::root(xml::good(text)));
        REQUIRE_FALSE(made);
        CHECK_FALSE(made.error().text.empty());
    }
    CHECK_FALSE(Stanza::from_element({}));
}

TEST_CASE("a null stanza writes nothing", "[stanza]") {
    CHECK(wire(Stanza()).empty());
    CHECK(Stanza().bytes().empty());
}

TEST_CASE("stored bytes come back the same", "[stanza]") {
    const Stanza hello = greeting();
    for (const Stanza& each :
         {hello, hello.from({}), hello.to({}), stanza("<presence xmlns='jabber:client'/>"),
          stanza("<iq xmlns='jabber:client' to='a' xmlns:q='urn:q' q:x='1'/>"),
          stanza("<x xmlns='urn:x' from='a' to='b' c='d'/>"), stanza("<x from='a' to='b' c='d'><y/></x>")}) {
        const std::string bytes = each.bytes();
        INFO(bytes);
        auto again = Stanza::from_bytes(bytes);
        REQUIRE(again);
        CHECK(xml::same(again->document(), each.document()));
        CHECK(again->from() == each.from());
        CHECK(again->to() == each.to());
        CHECK(xml::parse(bytes).has_value());
        xml::Builder builder;
        each.write(builder);
        auto document = builder.finish();
        CHECK((each.root().ns() == ns::client ? xml::Element::root(document).str() : document->bytes()) == bytes);
        again = Stanza::from_bytes(document->bytes());
        REQUIRE(again);
        CHECK(xml::same(again->document(), each.document()));
        CHECK(again->from() == each.from());
        CHECK(again->to() == each.to());
    }
    CHECK(hello.bytes() ==
          "<message xmlns='jabber:client' from='r@x/1' to='j@y' id='1' type='chat'><body>hi</body></message>");
}

TEST_CASE("broken bytes are no stanza", "[stanza]") {
    const Stanza hello = greeting();
    const std::string bytes = hello.bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(Stanza::from_bytes(bytes.substr(0, size)));
    CHECK_FALSE(Stanza::from_bytes("<message from='@'/>"));
    CHECK_FALSE(Stanza::from_bytes("<message to='@'/>"));
}

TEST_CASE("a forwarded copy carries its namespace and addresses", "[stanza]") {
    const Stanza hello = greeting();
    xml::Builder builder;
    builder.open("forwarded", "urn:xmpp:forward:0");
    hello.write(builder);
    builder.close();
    auto forwarded = builder.finish();
    CHECK(forwarded->bytes() ==
          "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='r@x/1' to='j@y' "
          "id='1' type='chat'><body>hi</body></message></forwarded>");
    auto again = Stanza::from_element(xml::Element::root(forwarded).child("message", ns::client));
    REQUIRE(again);
    CHECK(xml::same(again->document(), hello.document()));
    CHECK(again->from() == hello.from());
}

TEST_CASE("children come and go in new stanzas", "[stanza]") {
    const Stanza hello = greeting();
    auto id = xml::good("<stanza-id xmlns='urn:xmpp:sid:0' id='5' by='j@y'/>");
    auto more = hello.with_child(xml::Element::root(id));
    CHECK(wire(more) == "<message from='r@x/1' to='j@y' id='1' type='chat'><body>hi</body>"
                        "<stanza-id xmlns='urn:xmpp:sid:0' id='5' by='j@y'/></message>");
    auto less = more.without_children([](xml::Element child) { return child.is("stanza-id", "urn:xmpp:sid:0"); });
    CHECK(xml::same(less.document(), hello.document()));
    CHECK(less.from() == hello.from());
    auto untouched = hello.without_children([](xml::Element) { return false; });
    CHECK(untouched.document() == hello.document());
}

TEST_CASE("conditions have their names, types and codes", "[stanza]") {
    CHECK(name(Condition::bad_request) == "bad-request");
    CHECK(name(Condition::service_unavailable) == "service-unavailable");
    CHECK(name(Condition::unexpected_request) == "unexpected-request");
    CHECK(usual_type(Condition::forbidden) == ErrorType::auth);
    CHECK(usual_type(Condition::item_not_found) == ErrorType::cancel);
    CHECK(legacy_code(Condition::remote_server_timeout) == 504);
    CHECK(legacy_code(Condition::policy_violation) == 406);
    CHECK(name(ErrorType::continue_) == "continue");
    CHECK(name(ErrorType::wait) == "wait");
}

TEST_CASE("every error carries a code of XEP-0086 beside its type and condition", "[stanza]") {
    constexpr int codes[] = {302, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 500, 501, 502, 503, 504, 510};
    for (int i = 0; i <= static_cast<int>(Condition::unexpected_request); ++i) {
        const auto condition = static_cast<Condition>(i);
        INFO(name(condition));
        CHECK(std::ranges::find(codes, legacy_code(condition)) != std::end(codes));
        CHECK(wire(error_reply(greeting(), StanzaError(condition)))
                  .ends_with("<error type='" + std::string(name(usual_type(condition))) + "' code='" +
                             std::to_string(legacy_code(condition)) + "'><" + std::string(name(condition)) +
                             " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"));
    }
}

TEST_CASE("an error swaps the addresses and keeps the id", "[stanza]") {
    const Stanza hello = greeting();
    CHECK(wire(error_reply(hello, StanzaError(Condition::service_unavailable))) ==
          "<message from='j@y' to='r@x/1' type='error' id='1'><error type='cancel' code='503'>"
          "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
    auto application = xml::good("<blocked xmlns='urn:xmpp:blocking:errors'/>");
    CHECK(wire(error_reply(hello, StanzaError(Condition::not_acceptable, ErrorType::cancel, "no & never")
                                      .with(xml::Fragment(application)))) ==
          "<message from='j@y' to='r@x/1' type='error' id='1'><error type='cancel' code='406'>"
          "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
          "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>no &amp; never</text>"
          "<blocked xmlns='urn:xmpp:blocking:errors'/></error></message>");
    StanzaError gone(Condition::gone);
    gone.detail = "xmpp:new@y";
    CHECK(wire(error_reply(hello, gone)).find("'>xmpp:new@y</gone></error>") != std::string::npos);
}

TEST_CASE("an iq's error always has an id, others only if they had one", "[stanza]") {
    const StanzaError error(Condition::bad_request);
    CHECK(wire(error_reply(stanza("<iq xmlns='jabber:client' from='a' type='get'/>"), error))
              .starts_with("<iq to='a' type='error' id=''>"));
    CHECK(wire(error_reply(stanza("<presence xmlns='jabber:client' from='a'/>"), error))
              .starts_with("<presence to='a' type='error'><error"));
}

TEST_CASE("some things are never answered", "[stanza]") {
    const StanzaError error(Condition::bad_request);
    for (std::string_view text :
         {"<message xmlns='jabber:client' from='a' type='error'/>", "<message xmlns='jabber:client' to='a'/>",
          "<iq xmlns='jabber:client' from='a' id='1' type='result'/>",
          "<iq xmlns='jabber:client' from='a' id='1' type='error'/>", "<r xmlns='urn:xmpp:sm:3' from='a'/>"}) {
        INFO(text);
        CHECK_FALSE(error_reply(stanza(text), error));
    }
    CHECK_FALSE(error_reply(Stanza(), error));
}

TEST_CASE("a result answers a query", "[stanza]") {
    const auto query =
        stanza("<iq xmlns='jabber:client' from='a@b/c' to='d' id='&lt;1' type='get'><q xmlns='urn:q'/></iq>");
    CHECK(wire(result_reply(query)) == "<iq from='d' to='a@b/c' type='result' id='&lt;1'/>");
    CHECK(wire(result_reply(query, query.root().first())) ==
          "<iq from='d' to='a@b/c' type='result' id='&lt;1'><q xmlns='urn:q'/></iq>");
}
