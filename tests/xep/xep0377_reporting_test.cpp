// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0377_reporting.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;

TEST_CASE("a report comes back as it went") {
    const char* text = GENERATE("<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>",
                                "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse'>"
                                "<stanza-id xmlns='urn:xmpp:sid:0' id='28482-98726-73623' by='romeo@example.net'/>"
                                "<text>Never came trouble to my house like this.</text><report-origin/><third-party/>"
                                "</report>");
    CHECK(recoded<Report>(text) == canonical(text));
}

TEST_CASE("without a reason it is no report") {
    CHECK_FALSE(accepted<Report>("<report xmlns='urn:xmpp:reporting:1'/>"));
    CHECK_FALSE(accepted<Report>("<report xmlns='urn:xmpp:reporting:0' reason='x'/>"));
}

TEST_CASE("reports lie in the items of a block") {
    const auto block = parsed("<block xmlns='urn:xmpp:blocking'><item jid='romeo@example.net'>"
                              "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse'/></item>"
                              "<item jid='paris@example.net'/></block>");
    const auto reports = reports_in(block);
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].about.text() == "romeo@example.net");
}
