// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0357_push.hpp"

using namespace epode;
using namespace epode::test;
using xep::push::Disable;
using xep::push::Enable;
using xep::push::Summary;

namespace {

template <typename P> std::string rewritten(std::string_view text) {
    const auto fragment = parsed(text);
    const auto payload = P::decode(fragment);
    return payload ? encoded(*payload) : std::string(name(payload.error().condition));
}

bool withdrawn(std::string_view message, std::string_view node) {
    const auto stanza = Stanza::from_element(parsed(message));
    return xep::push::withdraws(*stanza, *Jid::parse("user@example.com"), node);
}

} // namespace

TEST_CASE("push: the specification's own examples") {
    for (const std::string_view text :
         {"<enable xmlns='urn:xmpp:push:0' jid='push-5.client.example' node='yxs32uqsflafdk3iuqo'/>",
          "<enable xmlns='urn:xmpp:push:0' jid='push-5.client.example' node='yxs32uqsflafdk3iuqo'><x "
          "xmlns='jabber:x:data' type='submit'><field "
          "var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field "
          "var='secret'><value>eruio234vzxc2kla-91</value></field></x></enable>"})
        CHECK(rewritten<Enable>(text) == canonical(text));
    for (const std::string_view text : {"<disable xmlns='urn:xmpp:push:0' jid='push-5.client.example'/>",
                                        "<disable xmlns='urn:xmpp:push:0' jid='push-5.client.example' node='a'/>"})
        CHECK(rewritten<Disable>(text) == canonical(text));
}

TEST_CASE("push: what cannot be enabled, and which form is taken") {
    CHECK(rewritten<Enable>("<enable xmlns='urn:xmpp:push:0' node='a'/>") == "bad-request");
    CHECK(rewritten<Enable>("<enable xmlns='urn:xmpp:push:0' jid='@' node='a'/>") == "jid-malformed");
    CHECK(rewritten<Disable>("<disable xmlns='urn:xmpp:push:0'/>") == "bad-request");
    CHECK(rewritten<Enable>("<enable xmlns='urn:xmpp:push:0' jid='a.example'><x xmlns='jabber:x:data' type='soup'/>"
                            "</enable>") == "bad-request");
    CHECK(rewritten<Enable>("<enable xmlns='urn:xmpp:push:0' jid='a.example'><x xmlns='jabber:x:data' type='submit'>"
                            "<field var='FORM_TYPE'><value>another</value></field></x></enable>") ==
          canonical("<enable xmlns='urn:xmpp:push:0' jid='a.example'/>"));
}

TEST_CASE("push: a summary says what it was given") {
    Summary summary;
    CHECK(encoded(summary) == canonical("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
                                        "<value>urn:xmpp:push:summary</value></field></x>"));
    summary.messages = 2;
    summary.requests = 1;
    summary.sender = *Jid::parse("juliet@capulet.example/balcony");
    summary.body = "Wherefore art thou, Romeo?";
    CHECK(encoded(summary) ==
          canonical("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
                    "<value>urn:xmpp:push:summary</value></field><field var='message-count'><value>2</value></field>"
                    "<field var='pending-subscription-count'><value>1</value></field><field "
                    "var='last-message-sender'><value>juliet@capulet.example/balcony</value></field><field "
                    "var='last-message-body'><value>Wherefore art thou, Romeo?</value></field></x>"));
}

TEST_CASE("push: a service withdraws a node") {
    const auto message = [](std::string_view jid, std::string_view affiliation) {
        return "<message xmlns='jabber:client' from='push-5.client.example' to='user@example.com'><pubsub "
               "xmlns='http://jabber.org/protocol/pubsub' node='n'><affiliation jid='" +
               std::string(jid) + "' affiliation='" + std::string(affiliation) + "'/></pubsub></message>";
    };
    CHECK(withdrawn(message("user@example.com", "none"), "n"));
    CHECK_FALSE(withdrawn(message("user@example.com", "none"), "m"));
    CHECK_FALSE(withdrawn(message("user@example.com", "publish-only"), "n"));
    CHECK_FALSE(withdrawn(message("other@example.com", "none"), "n"));
    CHECK_FALSE(withdrawn("<message xmlns='jabber:client'><body>none</body></message>", "n"));
}
