// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0013_offline.hpp"

using namespace epode;
using namespace epode::test;
using xep::Offline;

TEST_CASE("what a client asks of its mailbox") {
    for (const std::string_view text :
         {"<offline xmlns='http://jabber.org/protocol/offline'><fetch/></offline>",
          "<offline xmlns='http://jabber.org/protocol/offline'><purge/></offline>",
          "<offline xmlns='http://jabber.org/protocol/offline'><item action='view' "
          "node='2003-02-27T22:52:37.225Z'/></offline>",
          "<offline xmlns='http://jabber.org/protocol/offline'><item action='remove' node='a'/><item action='remove' "
          "node='b'/></offline>",
          "<offline xmlns='http://jabber.org/protocol/offline'><item node='a'/></offline>"})
        CHECK(recoded<Offline>(text) == canonical(text));
    for (const std::string_view text :
         {"<offline xmlns='http://jabber.org/protocol/offline'/>",
          "<offline xmlns='http://jabber.org/protocol/offline'><item action='view'/></offline>",
          "<offline xmlns='http://jabber.org/protocol/offline'><item action='eat' node='a'/></offline>",
          "<offline xmlns='http://jabber.org/protocol/offline'><fetch xmlns='other'/></offline>"})
        CHECK_FALSE(accepted<Offline>(text));
}
