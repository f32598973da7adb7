// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0059_rsm.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep::rsm;

TEST_CASE("result set requests come back as they went") {
    const char* text =
        GENERATE("<set xmlns='http://jabber.org/protocol/rsm'/>",
                 "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max></set>",
                 "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>peterpan@neverland.lit</after></set>",
                 "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><before/></set>",
                 "<set xmlns='http://jabber.org/protocol/rsm'><max>0</max><index>371</index></set>");
    CHECK(recoded<Request>(text) == canonical(text));
}

TEST_CASE("broken result set requests are refused") {
    const char* text = GENERATE("<set xmlns='http://jabber.org/protocol/rsm'><max>ten</max></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><max/></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><max>1 </max></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><max>99999999999999999999</max></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><after>a</after><before>b</before></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><after>a</after><index>1</index></set>",
                                "<set xmlns='other'/>");
    CHECK_FALSE(accepted<Request>(text));
}

TEST_CASE("a page has the size that was asked for, up to the server's") {
    Request request;
    CHECK(request.limit(50) == 50);
    request.max = 10;
    CHECK(request.limit(50) == 10);
    request.max = 1000;
    CHECK(request.limit(50) == 50);
    request.max = 0;
    CHECK(request.limit(50) == 0);
}

TEST_CASE("a query without a result set request asks for the first page") {
    const auto query = parsed("<query xmlns='jabber:iq:search'/>");
    CHECK(Request::inside(query) == Request());
    const auto last = parsed("<query xmlns='a'><set xmlns='http://jabber.org/protocol/rsm'><before/></set></query>");
    CHECK(Request::inside(last)->backwards());
}

TEST_CASE("result sets come back as they went") {
    const char* text = GENERATE("<set xmlns='http://jabber.org/protocol/rsm'><count>790</count></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><first "
                                "index='0'>stpeter@jabber.org</first><last>peterpan@neverland.lit</last>"
                                "<count>800</count></set>",
                                "<set xmlns='http://jabber.org/protocol/rsm'><first>a</first><last>b</last></set>");
    CHECK(recoded<Page>(text) == canonical(text));
}

TEST_CASE("broken result sets are refused") {
    CHECK_FALSE(accepted<Page>("<set xmlns='http://jabber.org/protocol/rsm'><count>many</count></set>"));
    CHECK_FALSE(accepted<Page>("<set xmlns='http://jabber.org/protocol/rsm'><first index='x'>a</first></set>"));
}
