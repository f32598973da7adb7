// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0115_caps.hpp"

using namespace epode;
using namespace epode::test;
using namespace epode::xep;
using caps::Caps;
using caps::Verdict;

namespace {

constexpr const char* exodus =
    "<query xmlns='http://jabber.org/protocol/disco#info' "
    "node='http://code.google.com/p/exodus#QgayPKawpkPSDYmwT/WM94uAlu0='>"
    "<identity category='client' name='Exodus 0.9.1' type='pc'/><feature var='http://jabber.org/protocol/muc'/>"
    "<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>"
    "<feature var='http://jabber.org/protocol/disco#items'/></query>";

constexpr const char* psi =
    "<query xmlns='http://jabber.org/protocol/disco#info' node='http://psi-im.org#q07IKJEyjvHSyhy//CH0CxmKi8w='>"
    "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/><identity xml:lang='el' category='client' "
    "name='Ψ 0.11' type='pc'/>"
    "<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>"
    "<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>"
    "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' "
    "type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>"
    "<field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field><field "
    "var='os'><value>Mac</value></field>"
    "<field var='os_version'><value>10.5.1</value></field><field var='software_version'><value>0.11</value></field>"
    "<field var='software'><value>Psi</value></field></x></query>";

disco::Info info(std::string_view text) {
    const auto fragment = parsed(text);
    return disco::Info::decode(fragment).value();
}

Verdict verdict(std::string_view children, std::string_view hash = "sha-1") {
    const auto answer =
        info("<query xmlns='http://jabber.org/protocol/disco#info'>" + std::string(children) + "</query>");
    return caps::verify(Caps(std::string(hash), "urn:x", caps::verification(answer, "sha-1").value()), answer);
}

std::string form(std::string_view type_field) {
    return "<x xmlns='jabber:x:data' type='result'>" + std::string(type_field) +
           "<field var='os'><value>Mac</value></field></x>";
}

} // namespace

TEST_CASE("the hashes of the specification's examples (5.2, 5.3)") {
    CHECK(caps::verification(info(exodus), "sha-1") == "QgayPKawpkPSDYmwT/WM94uAlu0=");
    CHECK(caps::verification(info(psi), "sha-1") == "q07IKJEyjvHSyhy//CH0CxmKi8w=");
    CHECK(caps::verification(info(psi), "sha-256")->size() == 44);
    CHECK_FALSE(caps::verification(info(psi), "md2"));
}

TEST_CASE("the string that is hashed (5.3)") {
    CHECK(caps::verification_text(info(psi)) ==
          "client/pc/el/Ψ 0.11<client/pc/en/Psi "
          "0.11<http://jabber.org/protocol/caps<http://jabber.org/protocol/disco#info<"
          "http://jabber.org/protocol/disco#items<http://jabber.org/protocol/muc<urn:xmpp:dataforms:softwareinfo<"
          "ip_version<ipv4<ipv6<os<Mac<os_version<10.5.1<software<Psi<software_version<0.11<");
}

TEST_CASE("nobody can write a separator into a value") {
    const auto honest =
        info("<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' name='a'/>"
             "<feature var='urn:b'/></query>");
    const auto forged =
        info("<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' "
             "name='a&lt;urn:b'/></query>");
    CHECK(caps::verification_text(forged) == "client/pc//a&lt;urn:b<");
    CHECK(caps::verification_text(honest) != caps::verification_text(forged));
}

TEST_CASE("octets decide the order") {
    const auto mixed = info("<query xmlns='http://jabber.org/protocol/disco#info'><feature var='é'/><feature "
                            "var='z'/><feature var='Z'/></query>");
    CHECK(caps::verification_text(mixed) == "Z<z<é<");
}

TEST_CASE("answers are verified (5.4)") {
    CHECK(caps::verify(Caps("sha-1", "http://psi-im.org", "q07IKJEyjvHSyhy//CH0CxmKi8w="), info(psi)) ==
          Verdict::valid);
    CHECK(caps::verify(Caps("sha-1", "http://psi-im.org", "QgayPKawpkPSDYmwT/WM94uAlu0="), info(psi)) ==
          Verdict::mismatch);
    CHECK(caps::verify(Caps("", "http://psi-im.org", "0.11"), info(psi)) == Verdict::unknown);
    CHECK(caps::verify(Caps("md2", "http://psi-im.org", "x"), info(psi)) == Verdict::unknown);
}

TEST_CASE("answers that contradict themselves are ill-formed (5.4)") {
    const std::string type = "<field var='FORM_TYPE' type='hidden'><value>t</value></field>";
    CHECK(verdict("<feature var='a'/><feature var='a'/>") == Verdict::ill_formed);
    CHECK(verdict("<identity category='c' type='t'/><identity category='c' type='t'/>") == Verdict::ill_formed);
    CHECK(verdict("<identity category='c' type='t'/><identity category='c' type='t' xml:lang='en'/>") ==
          Verdict::valid);
    CHECK(verdict(form(type) + form(type)) == Verdict::ill_formed);
    CHECK(verdict(form("<field var='FORM_TYPE' type='hidden'><value>t</value><value>u</value></field>")) ==
          Verdict::ill_formed);
    CHECK(verdict(form("<field var='FORM_TYPE' type='hidden'><value>t</value><value>t</value></field>")) ==
          Verdict::valid);
}

TEST_CASE("forms without a hidden FORM_TYPE count for nothing (5.4)") {
    const auto text = [](const std::string& children) {
        return caps::verification_text(
            info("<query xmlns='http://jabber.org/protocol/disco#info'>" + children + "</query>"));
    };
    CHECK(text(form("")).empty());
    CHECK(text(form("<field var='FORM_TYPE'><value>t</value></field>")).empty());
    CHECK(text(form("<field var='FORM_TYPE' type='hidden'><value>t</value></field>")) == "t<os<Mac<");
}

TEST_CASE("the element") {
    const char* text = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://psi-im.org' "
                       "ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/>";
    CHECK(recoded<Caps>(text) == text);
    CHECK(Caps("sha-1", "http://psi-im.org", "q07").query_node() == "http://psi-im.org#q07");
    CHECK(accepted<Caps>("<c xmlns='http://jabber.org/protocol/caps' node='n' ver='0.9' ext='a b'/>"));
    CHECK_FALSE(accepted<Caps>("<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n'/>"));
    CHECK_FALSE(accepted<Caps>("<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='v'/>"));
}
