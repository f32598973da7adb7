// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0430_inbox.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep::inbox;

TEST_CASE("questions for an inbox come back as they went") {
    const char* text =
        GENERATE("<inbox xmlns='urn:xmpp:inbox:1'/>", "<inbox xmlns='urn:xmpp:inbox:1' unread-only='true'/>",
                 "<inbox xmlns='urn:xmpp:inbox:1' messages='false'/>",
                 "<inbox xmlns='urn:xmpp:inbox:1' unread-only='true' messages='false'><set "
                 "xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>x</after></set></inbox>");
    CHECK(recoded<Query>(text) == canonical(text));
}

TEST_CASE("both spellings of a boolean are one, and anything else is refused") {
    CHECK(recoded<Query>("<inbox xmlns='urn:xmpp:inbox:1' unread-only='1' messages='0'/>") ==
          recoded<Query>("<inbox xmlns='urn:xmpp:inbox:1' unread-only='true' messages='false'/>"));
    const char* text = GENERATE("<inbox xmlns='urn:xmpp:inbox:1' unread-only='maybe'/>",
                                "<inbox xmlns='urn:xmpp:inbox:1' messages=''/>", "<inbox xmlns='other'/>",
                                "<inbox xmlns='urn:xmpp:inbox:1'><set xmlns='http://jabber.org/protocol/rsm'><max>x"
                                "</max></set></inbox>");
    CHECK_FALSE(accepted<Query>(text));
}

TEST_CASE("entries and the end of an inbox") {
    const char* entry = "<entry xmlns='urn:xmpp:inbox:1' unread='5' jid='first_contact@example.net' id='uuid-1'/>";
    CHECK(recoded<Entry>(entry) == canonical(entry));
    const char* fin = "<fin xmlns='urn:xmpp:inbox:1' total='3' unread='2' all-unread='6'/>";
    CHECK(recoded<Fin>(fin) == canonical(fin));
    const char* paged =
        "<fin xmlns='urn:xmpp:inbox:1' total='3' unread='2' all-unread='6'><set "
        "xmlns='http://jabber.org/protocol/rsm'><first index='0'>a</first><last>b</last><count>3</count>"
        "</set></fin>";
    CHECK(recoded<Fin>(paged) == canonical(paged));
    CHECK_FALSE(accepted<Entry>("<entry xmlns='urn:xmpp:inbox:1' unread='-1' jid='a@b' id='x'/>"));
    CHECK_FALSE(accepted<Entry>("<entry xmlns='urn:xmpp:inbox:1' unread='1' jid='@' id='x'/>"));
    CHECK_FALSE(accepted<Fin>("<fin xmlns='urn:xmpp:inbox:1' total='3' unread='2'/>"));
}
