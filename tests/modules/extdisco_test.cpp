// SPDX-License-Identifier: MIT
// STUN and TURN servers and credentials for them. That a TURN server accepts these: tests/client/turn_test.py.
#include "core/base/base64.hpp"
#include "core/base/digest.hpp"
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "xep/xep0082_datetime.hpp"

#include <string>

using namespace epode;
using namespace epode::test;

namespace {

constexpr std::string_view all = "<iq type='get' id='1' to='example.org'><services xmlns='urn:xmpp:extdisco:2'/></iq>";
constexpr std::string_view three = "<extdisco services='stun:stun.shakespeare.lit:9998 "
                                   "turn:relay.shakespeare.lit?ttl=90min turns:[2001:db8::1]?name=Over%20TLS' "
                                   "secret='north'/>";

std::string asks_credentials(std::string_view inner) {
    return "<iq type='get' id='c' to='example.org'><credentials xmlns='urn:xmpp:extdisco:2'>" + std::string(inner) +
           "</credentials></iq>";
}

std::string attr(const Received& answer, std::size_t service, std::string_view name) {
    const auto root = answer.fragment();
    auto list = root.element().first().children();
    auto at = list.begin();
    for (std::size_t i = 0; i < service && at != list.end(); ++i) ++at;
    return at == list.end() ? "none" : (*at).attr(name).str();
}

/// What is wrong with an option, as the administrator hears of it.
std::string refused(TestServer& server, const std::string& services) {
    server.configure("<extdisco services='" + services + "'/>");
    const auto answer = server.ctl({"config", "check"});
    return answer.text;
}

} // namespace

TEST_CASE("services are listed, with credentials where a secret is shared") {
    TestServer server({"extdisco"}, three);
    auto& bard = server.login("bard@example.org/globe");
    bard.send(all);
    const auto answer = bard.receive();
    CHECK(answer == "<iq type='result' id='1'><services xmlns='urn:xmpp:extdisco:2'>"
                    "<service host='stun.shakespeare.lit' port='9998' transport='udp' type='stun'/>"
                    "<service host='relay.shakespeare.lit' port='3478' transport='udp' type='turn' username='*' "
                    "password='*' expires='*' restricted='true'/>"
                    "<service host='2001:db8::1' port='5349' transport='tcp' type='turns' name='Over TLS' username='*' "
                    "password='*' expires='*' restricted='true'/></services></iq>");
    const auto good_until = [&](Duration ttl) { return std::chrono::floor<std::chrono::seconds>(server.wall() + ttl); };
    CHECK(attr(answer, 1, "expires") == xep::format_datetime(good_until(90min)));
    CHECK(attr(answer, 2, "expires") == xep::format_datetime(good_until(24h)));
    const auto name = attr(answer, 1, "username");
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(good_until(90min).time_since_epoch()).count();
    CHECK(name == std::to_string(seconds) + ":bard@example.org");
    CHECK(attr(answer, 1, "password") == base64::encode(hmac_sha1("north", name)));
}

TEST_CASE("services of one type") {
    TestServer server({"extdisco"}, three);
    auto& bard = server.login("bard@example.org/globe");
    bard.send("<iq type='get' id='2' to='example.org'><services xmlns='urn:xmpp:extdisco:2' type='stun'/></iq>");
    CHECK(bard.receive() == "<iq type='result' id='2'><services xmlns='urn:xmpp:extdisco:2' type='stun'><service "
                            "host='stun.shakespeare.lit' port='9998' transport='udp' type='stun'/></services></iq>");
    bard.send("<iq type='get' id='3' to='example.org'><services xmlns='urn:xmpp:extdisco:2' type='ftp'/></iq>");
    CHECK(bard.receive() == "<iq type='result' id='3'><services xmlns='urn:xmpp:extdisco:2' type='ftp'/></iq>");
}

TEST_CASE("credentials for a service that is known already") {
    TestServer server({"extdisco"}, "<extdisco services='turn:turn.shakespeare.lit:9999 turn:turn.shakespeare.lit:8888 "
                                    "turn:open.shakespeare.lit?restricted=false' secret='north' ttl='1h'/>");
    auto& bard = server.login("bard@example.org/globe");
    bard.send(asks_credentials("<service host='turn.shakespeare.lit' type='turn'/>"));
    CHECK(bard.receive() == "<iq type='result' id='c'><credentials xmlns='urn:xmpp:extdisco:2'>"
                            "<service host='turn.shakespeare.lit' port='9999' transport='udp' type='turn' username='*' "
                            "password='*' expires='*' restricted='true'/>"
                            "<service host='turn.shakespeare.lit' port='8888' transport='udp' type='turn' username='*' "
                            "password='*' expires='*' restricted='true'/></credentials></iq>");
    bard.send(asks_credentials("<service host='turn.shakespeare.lit' type='turn' port='8888'/>"));
    CHECK(bard.receive() == "<iq type='result' id='c'><credentials xmlns='urn:xmpp:extdisco:2'>"
                            "<service host='turn.shakespeare.lit' port='8888' transport='udp' type='turn' username='*' "
                            "password='*' expires='*' restricted='true'/></credentials></iq>");
    constexpr std::string_view unknown =
        "<iq type='error' id='c'><error type='cancel' code='404'><item-not-found "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>*</text>"
        "</error></iq>";
    for (const auto* service :
         {"<service host='turn.shakespeare.lit' type='stun'/>",
          "<service host='turn.shakespeare.lit' type='turn' port='1'/>", "<service host='elsewhere.lit' type='turn'/>",
          "<service host='open.shakespeare.lit' type='turn'/>"}) {
        CAPTURE(service);
        bard.send(asks_credentials(service));
        CHECK(bard.receive() == unknown);
    }
    bard.send(asks_credentials("<service host='turn.shakespeare.lit'/>"));
    CHECK(bard.receive().xml().find("<bad-request") != std::string::npos);
}

TEST_CASE("without a secret a restricted service is named without credentials") {
    TestServer server({"extdisco"}, "<extdisco services='turn:192.0.2.1:8889?transport=tcp'/>");
    auto& bard = server.login("bard@example.org/globe");
    bard.send(all);
    CHECK(bard.receive() ==
          "<iq type='result' id='1'><services xmlns='urn:xmpp:extdisco:2'><service host='192.0.2.1' port='8889' "
          "transport='tcp' type='turn' restricted='true'/></services></iq>");
    bard.send(asks_credentials("<service host='192.0.2.1' type='turn'/>"));
    CHECK(bard.receive().xml().find("<item-not-found") != std::string::npos);
}

TEST_CASE("services are for those who have an account here") {
    TestServer server({"extdisco"}, three);
    auto& stranger = server.login("bard@example.net/globe");
    stranger.send(all);
    CHECK(stranger.receive().xml().find("<forbidden") != std::string::npos);
    stranger.send(asks_credentials("<service host='relay.shakespeare.lit' type='turn'/>"));
    CHECK(stranger.receive().xml().find("<forbidden") != std::string::npos);
}

TEST_CASE("services are announced where there are some") {
    constexpr std::string_view info =
        "<iq type='get' id='d' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>";
    TestServer server({"extdisco"}, three);
    auto& bard = server.login("bard@example.org/globe");
    bard.send(info);
    CHECK(bard.receive().xml().find("urn:xmpp:extdisco:2") != std::string::npos);
    server.configure("<extdisco/>");
    CHECK(server.ctl({"config", "reload"}).ok);
    bard.send(info);
    CHECK(bard.receive().xml().find("urn:xmpp:extdisco:2") == std::string::npos);
    bard.send(all);
    CHECK(bard.receive() == "<iq type='result' id='1'><services xmlns='urn:xmpp:extdisco:2'/></iq>");
}

TEST_CASE("services that cannot be read are refused with what is wrong") {
    TestServer server({"extdisco"}, "");
    for (const auto* good : {"stun:a.example", "turn:192.0.2.1:1", "turns:[::1]:65535?transport=tcp;ttl=1min",
                             "ftp:ftp.shakespeare.lit:20?transport=tcp;name=Shakespearean%20File%20Server"}) {
        CAPTURE(good);
        CHECK(refused(server, good).find("extdisco") == std::string::npos);
    }
    const std::pair<const char*, const char*> wrong[] = {
        {"turn", "is no service"},
        {"TURN:a.example", "is no service"},
        {"turn:", "names no host"},
        {"turn:[::1", "names no host"},
        {"turn:user@a.example", "names no host"},
        {"turn:a.example:0", "has the port"},
        {"turn:a.example:65536", "has the port"},
        {"turn:[::1]3478", "something else than a port"},
        {"turn:a.example?ttl=soon", "ttl=soon"},
        {"turn:a.example?ttl=1s", "beyond 1min"},
        {"turn:a.example?ttl=never", "beyond 1min"},
        {"turn:a.example?transport", "without a value"},
        {"turn:a.example?transport=", "transport="},
        {"turn:a.example?trasport=udp", "transport"},
        {"turn:a.example?name=%2", "two digits"},
        {"turn:a.example?restricted=maybe", "restricted=maybe"},
        {"turn:a.example turn:a.example:3478", "twice"},
    };
    for (const auto& [services, reason] : wrong) {
        CAPTURE(services);
        CHECK(refused(server, services).find(reason) != std::string::npos);
    }
}
