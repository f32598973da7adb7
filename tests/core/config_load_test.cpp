// SPDX-License-Identifier: MIT
// Loading: what a right configuration becomes, and what every wrong one is answered with, word by word.
#include "tests/catch.hpp"
#include "tests/core/config_kit.hpp"

using namespace epode;
using namespace epode::config;

namespace {

std::string option(const HostConfig& host, std::string_view module, std::string_view name) {
    auto found = host.modules.find(module);
    if (found == host.modules.end()) return "(no module)";
    for (const OptionText& option : found->second)
        if (option.name == name) return option.text;
    return "(default)";
}

std::vector<std::string> modules(const HostConfig& host) {
    std::vector<std::string> names;
    for (const auto& [name, options] : host.modules) names.push_back(name);
    return names;
}

} // namespace

TEST_CASE("a configuration is read, checked and put together") {
    Kit kit;
    auto config = kit.load(R"(<?xml version="1.0"?>
<!-- an example -->
<epode data="/var/lib/epode" shards="auto" log="info, tls=debug">
  <listen type="c2s" port="5222"/>
  <listen type="c2s" port="5223" tls="direct"/>
  <listen type="http" port="5443" address="127.0.0.1"/>
  <tls certificate="cert.pem" key="/etc/key.pem"/>
  <c2s max-stanza="1MiB" conflict="refuse"/>
  <offline limit="200" share="0.1"/>
  <host name="Example.ORG" without="vcard ping" admins="a@example.org b@example.org">
    <register from="anywhere"/>
    <offline limit="1000"/>
  </host>
  <host name="example.net"><ldap server="ldap://x"/></host>
</epode>)");
    REQUIRE(config);
    const ServerConfig& server = **config;
    CHECK(server.server.data->text == "/var/lib/epode");
    CHECK(server.server.shards->count == 0);
    CHECK(*server.server.log == "info, tls=debug");
    REQUIRE(server.listeners.size() == 3);
    CHECK(server.listeners[0].mode() == ListenTls::starttls);
    CHECK(server.listeners[1].mode() == ListenTls::direct);
    CHECK(server.listeners[2].mode() == ListenTls::direct);
    CHECK(server.listeners[2].label() == "http 127.0.0.1:5443");
    CHECK(server.tls.certificate->text == "cert.pem");
    CHECK(*server.c2s.max_stanza == 1_MiB);
    CHECK(*server.c2s.max_stanza_before_login == 64_KiB);
    CHECK(*server.c2s.conflict == ResourceConflict::refuse);
    CHECK(server.control_socket() == "/var/lib/epode/epode.sock");

    REQUIRE(server.hosts.size() == 2);
    const HostConfig* org = server.host("example.org");
    const HostConfig* net = server.host("example.net");
    REQUIRE(org);
    REQUIRE(net);
    CHECK_FALSE(server.host("example.com"));
    CHECK(org->options.admins->size() == 2);
    CHECK(modules(*org) == std::vector<std::string>{"archive", "offline", "register", "upload"});
    CHECK(modules(*net) ==
          std::vector<std::string>{"archive", "ldap", "offline", "ping", "register", "upload", "vcard"});
    CHECK(option(*org, "offline", "limit") == "1000"); // the host's own
    CHECK(option(*org, "offline", "share") == "0.1");  // that of all hosts
    CHECK(option(*net, "offline", "limit") == "200");
    CHECK(option(*org, "register", "from") == "anywhere");
    CHECK(option(*net, "register", "from") == "(default)");
}

TEST_CASE("an effective option knows where it stands") {
    Kit kit;
    auto config = kit.load("<epode>\n <host name='example.org'>\n  <archive keep='4w'/></host></epode>");
    REQUIRE(config);
    CHECK((*config)->hosts[0].modules.at("archive")[0].at.text() == "epode.xml:3:12");
}

TEST_CASE("an element under epode adds a module that is not on by default to every host") {
    Kit kit;
    auto config =
        kit.load("<epode><host name='a.example'/><ldap server='x'/><host name='b.example' without='ldap'/></epode>");
    REQUIRE(config);
    CHECK((*config)->hosts[0].modules.contains("ldap"));
    CHECK_FALSE((*config)->hosts[1].modules.contains("ldap"));
}

TEST_CASE("without hosts and listeners there is localhost on 5222 and 5223") {
    Kit kit;
    for (const Loaded& config : {kit.load("<epode/>"), standard("/srv/data", kit.schema)}) {
        REQUIRE(config);
        const ServerConfig& server = **config;
        REQUIRE(server.listeners.size() == 2);
        CHECK(server.listeners[0].label() == "c2s *:5222");
        CHECK(server.listeners[1].label() == "c2s *:5223");
        CHECK(server.listeners[1].mode() == ListenTls::direct);
        REQUIRE(server.hosts.size() == 1);
        CHECK(server.hosts[0].domain() == "localhost");
        CHECK(server.hosts[0].modules.size() == 6);
        auto identities = server.identities();
        REQUIRE(identities.size() == 1);
        CHECK(identities[0].names == std::vector<std::string>{"localhost"});
        CHECK(identities[0].certificate.empty());
    }
    CHECK((*standard("/srv/data", kit.schema))->server.data->text == "/srv/data");
}

TEST_CASE("paths are relative to the file they stand in") {
    Kit kit;
    MemoryFiles files({{"/etc/epode/epode.xml",
                        "<epode><tls certificate='c.pem' key='../k.pem'/><include file='hosts.d/*.xml'/></epode>"},
                       {"/etc/epode/hosts.d/a.xml",
                        "<host name='a.example' certificate='a.pem' key='/k/a.pem'><upload folder='up'/></host>"}});
    auto config = kit.load(files, "/etc/epode/epode.xml");
    REQUIRE(config);
    const ServerConfig& server = **config;
    CHECK(server.server.data->text == "/etc/epode/data");
    CHECK(server.tls.certificate->text == "/etc/epode/c.pem");
    CHECK(server.tls.key->text == "/etc/k.pem");
    CHECK(server.hosts[0].options.certificate->text == "/etc/epode/hosts.d/a.pem");
    CHECK(server.hosts[0].options.key->text == "/k/a.pem");
    CHECK(option(server.hosts[0], "upload", "folder") == "/etc/epode/hosts.d/up");
}

TEST_CASE("certificates: that of all hosts first, then the hosts' own") {
    Kit kit;
    auto config = kit.load("<epode><tls certificate='c' key='k'/><host name='a.example'/>"
                           "<host name='b.example' certificate='bc' key='bk'/></epode>");
    REQUIRE(config);
    auto identities = (*config)->identities();
    REQUIRE(identities.size() == 2);
    CHECK(identities[0].names == std::vector<std::string>{"a.example"});
    CHECK(identities[0].certificate == "c");
    CHECK(identities[1].names == std::vector<std::string>{"b.example"});
    CHECK(identities[1].key == "bk");
    auto own = kit.load("<epode><host name='b.example' certificate='bc' key='bk'/></epode>");
    REQUIRE(own);
    CHECK((*own)->identities().size() == 1);
}

TEST_CASE("a secret is read from its file, without the newline") {
    Kit kit;
    MemoryFiles files({{"c/epode.xml", "<epode><ldap server='x' password='file:ldap.secret'/></epode>"},
                       {"c/ldap.secret", "geheim\n"}});
    auto config = kit.load(files, "c/epode.xml");
    REQUIRE(config);
    CHECK(option((*config)->hosts[0], "ldap", "password") == "geheim");
    auto inline_secret = kit.load("<epode><ldap server='x' password='secret'/><register from='file:x'/></epode>");
    REQUIRE(inline_secret);
    CHECK(option((*inline_secret)->hosts[0], "ldap", "password") == "secret");
    CHECK(option((*inline_secret)->hosts[0], "register", "from") == "file:x"); // no secret, so it is a text
}

TEST_CASE("includes stand for the elements of their files, by name") {
    Kit kit;
    MemoryFiles files({{"epode.xml", "<epode><include file='hosts.d/*.xml'/><include file='more.xml'/></epode>"},
                       {"hosts.d/b.xml", "<host name='b.example'><include file='../mods.xml'/></host>"},
                       {"hosts.d/a.xml", "<host name='a.example'/>"},
                       {"hosts.d/sub/z.xml", "<host name='z.example'/>"},
                       {"mods.xml", "<epode><archive keep='1w'/><offline limit='3'/></epode>"},
                       {"more.xml", "<epode><host name='c.example'/><host name='d.example'/></epode>"}});
    auto config = kit.load(files);
    REQUIRE(config);
    std::string domains;
    for (const HostConfig& host : (*config)->hosts) domains += std::string(host.domain()) + " ";
    CHECK(domains == "a.example b.example c.example d.example ");
    CHECK(option((*config)->hosts[1], "offline", "limit") == "3");
}

TEST_CASE("a pattern that nothing matches is no fault") {
    Kit kit;
    CHECK(kit.load("<epode><include file='hosts.d/*.xml'/></epode>"));
}

TEST_CASE("wrong configurations are answered with place, text and what would be right") {
    struct Row {
        std::string xml;
        std::string says;
    };
    const Row rows[] = {
        {"<epode>\n  <host name=\"example.org\">\n    <archive keep=\"30 dayz\"/>\n  </host>\n</epode>",
         "epode.xml:3:14: archive: keep=\"30 dayz\" is not a duration (try 30d, 4w or never)"},
        // XML
        {"", "epode.xml:1:1: is not well-formed: there is no element"},
        {"<epode>\n<host name='a'>\n</epode>",
         "epode.xml:3:3: is not well-formed: an element is not closed, or closed by another name"},
        {"<epode log=info/>", "epode.xml:1:12: is not well-formed: an attribute is not written name=\"value\""},
        {"<epode/>\n<epode/>", "epode.xml:2:2: <epode> stands outside <epode>"},
        {"<epode>\n text</epode>", "epode.xml:2:2: epode: there is text, but only elements are read"},
        {"<epode log='info' log='warn'/>", "epode.xml:1:19: epode: log is there twice"},
        {"<epode log='\xff'/>", "epode.xml:1:13: is not UTF-8"},
        {"<server/>", "epode.xml:1:2: the outermost element is <server>, not <epode>"},
        // elements
        {"<epode><archve/></epode>", "epode.xml:1:9: epode: there is no element <archve> (did you mean <archive>?)"},
        {"<epode><lisen/></epode>", "epode.xml:1:9: epode: there is no element <lisen> (did you mean <listen>?)"},
        {"<epode><frobnicate/></epode>", "epode.xml:1:9: epode: there is no element <frobnicate>"},
        {"<epode><archive/>\n<archive/></epode>", "epode.xml:2:2: <archive> is there twice (first at epode.xml:1:9)"},
        {"<epode><c2s/><c2s/></epode>", "epode.xml:1:15: <c2s> is there twice (first at epode.xml:1:9)"},
        {"<epode><archive><x/></archive></epode>",
         "epode.xml:1:18: archive: there is no element <x> (nothing goes inside)"},
        {"<epode><host name='a.example'><pong/></host></epode>",
         "epode.xml:1:32: host: there is no element <pong> (did you mean <ping>?)"},
        {"<epode><host name='a.example'><tls/></host></epode>",
         "epode.xml:1:32: host: <tls> does not go inside (put it next to <host>)"},
        {"<epode><host name='a.example'><ping/><ping/></host></epode>",
         "epode.xml:1:39: host: <ping> is there twice (first at epode.xml:1:32)"},
        // options
        {"<epode><archive kep='1w'/></epode>",
         "epode.xml:1:17: archive: there is no option \"kep\" (did you mean \"keep\"?)"},
        {"<epode><archive frob='1w'/></epode>",
         "epode.xml:1:17: archive: there is no option \"frob\" (there are keep, default)"},
        {"<epode><ping every='1w'/></epode>", "epode.xml:1:14: ping: there is no option \"every\" (it has none)"},
        {"<epode><archive default='nobdy'/></epode>",
         "epode.xml:1:17: archive: default=\"nobdy\" is none of always, roster, "
         "nobody (did you mean \"nobody\"?)"},
        {"<epode><offline limit='0' share='2'/></epode>",
         "epode.xml:1:17: offline: limit=\"0\" is too small (1 to 100000)\n"
         "epode.xml:1:27: offline: share=\"2\" is too large (0 to 1)"},
        {"<epode shards='many'/>", "epode.xml:1:8: epode: shards=\"many\" is neither auto nor a number from 1 to 1024"},
        {"<epode log='loud'/>", "epode.xml:1:8: epode: log=\"loud\" has \"loud\", which is no level (try \"info\" or "
                                "\"info, tls=debug\")"},
        {"<epode><c2s scram-rounds='1000'/></epode>",
         "epode.xml:1:13: c2s: scram-rounds=\"1000\" is too small (4096 to 10000000)"},
        {"<epode><c2s max-stanza='512'/></epode>",
         "epode.xml:1:13: c2s: max-stanza=\"512\" is not a size (try 64KiB, 1MiB or 10MB)"},
        // listeners
        {"<epode><listen type='c2s'/></epode>", "epode.xml:1:9: listen: port is missing (a number)"},
        {"<epode><listen port='70000'/></epode>",
         "epode.xml:1:16: listen: port=\"70000\" is not a number from 0 to 65535"},
        {"<epode><listen port='1' type='xmpp'/></epode>",
         "epode.xml:1:25: listen: type=\"xmpp\" is none of c2s, s2s, component, http"},
        {"<epode><listen port='1' type='http' tls='starttls'/></epode>",
         "epode.xml:1:37: listen: tls=\"starttls\" does not go with type=\"http\" (try direct or none)"},
        {"<epode><listen port='5222'/><listen port='5222' tls='direct'/></epode>",
         "epode.xml:1:30: listen: port 5222 of address * is there twice (first at epode.xml:1:9)"},
        {"<epode><tls certificate='c'/></epode>", "epode.xml:1:9: tls: certificate is there, but key is missing"},
        // hosts
        {"<epode><host/></epode>", "epode.xml:1:9: host: name is missing (an address)"},
        {"<epode><host name='a@b.example'/></epode>",
         "epode.xml:1:14: host: name=\"a@b.example\" is not a domain (try b.example)"},
        {"<epode><host name='a.example'/><host name='A.example.'/></epode>",
         "epode.xml:1:33: host a.example is there twice (first at epode.xml:1:9)"},
        {"<epode><host name='a.example' without='vcad'/></epode>",
         "epode.xml:1:31: host: without has \"vcad\", which is no module (did you mean \"vcard\"?)"},
        {"<epode><host name='a.example' without='ping'><ping/></host></epode>",
         "epode.xml:1:31: host: without has \"ping\", but there is a <ping> inside"},
        {"<epode><host name='a.example' admins='a.example'/></epode>",
         "epode.xml:1:31: host: admins=\"a.example\" has \"a.example\", which is no account (try admin@a.example)"},
        {"<epode><host name='a.example' admins='x@a.example/y'/></epode>",
         "epode.xml:1:31: host: admins=\"x@a.example/y\" has \"x@a.example/y\" with a resource (try x@a.example)"},
        {"<epode><host name='a.example' key='k'/></epode>",
         "epode.xml:1:9: host: key is there, but certificate is missing"},
        {"<epode><host name='a.example'><ldap/></host></epode>", "epode.xml:1:32: ldap: server is missing (text)"},
        // secrets are not repeated
        {"<epode><ldap server='x' password='abc'/></epode>",
         "epode.xml:1:25: ldap: password=\"...\" is too short (4 letters or more)"},
        {"<epode><ldap server='x' password='file:no'/></epode>",
         "epode.xml:1:25: ldap: password=\"file:no\" cannot be read: no: No such file or directory"},
        // includes
        {"<epode><include/></epode>", "epode.xml:1:9: include: file is missing (try file=\"hosts.d/*.xml\")"},
        {"<epode><include fil='x'/></epode>", "epode.xml:1:9: include: file is missing (try file=\"hosts.d/*.xml\")\n"
                                              "epode.xml:1:17: include: there is no option \"fil\" (there is file)"},
        {"<epode><include file='no.xml'/></epode>",
         "epode.xml:1:17: include: no.xml cannot be read: No such file or directory"},
        {"<epode><include file='epode.xml'/></epode>",
         "epode.xml:1:17: include: epode.xml includes itself (epode.xml -> epode.xml)"},
    };
    Kit kit;
    for (const Row& row : rows) {
        CAPTURE(row.xml);
        CHECK(kit.faults(row.xml) == row.says);
    }
}

TEST_CASE("all faults are told at once, in the order of the lines") {
    Kit kit;
    CHECK(kit.faults(
              "<epode lgo='info'>\n<host name='a.example' without='x'/>\n<archive keep='1'/>\n<nothing/></epode>") ==
          "epode.xml:1:8: epode: there is no option \"lgo\" (did you mean \"log\"?)\n"
          "epode.xml:2:24: host: without has \"x\", which is no module\n"
          "epode.xml:3:10: archive: keep=\"1\" is not a duration (try 30d, 4w or never)\n"
          "epode.xml:4:2: epode: there is no element <nothing>");
}

TEST_CASE("faults of included files name those files") {
    Kit kit;
    MemoryFiles files({{"epode.xml", "<epode>\n<include file='a.xml'/></epode>"},
                       {"a.xml", "<epode log='x'><include file='b.xml'/>\n<pin/></epode>"},
                       {"b.xml", "<epode><include file='a.xml'/></epode>"}});
    CHECK(kit.faults(files) == "a.xml:1:8: epode: log belongs into the main file\n"
                               "a.xml:2:2: epode: there is no element <pin> (did you mean <ping>?)\n"
                               "b.xml:1:17: include: a.xml includes itself (epode.xml -> a.xml -> b.xml -> a.xml)");
}

TEST_CASE("a file that is not there, and one that holds too much") {
    Kit kit;
    CHECK(kit.faults(MemoryFiles()) == "epode.xml: cannot be read: No such file or directory");
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += "<epode>";
    for (int i = 0; i < 100000; ++i) deep += "</epode>";
    CHECK(kit.faults(deep).find("elements are nested too deeply") != std::string::npos);

    // Each file includes the next twice: two to the power of twenty in the end.
    MemoryFiles bomb;
    for (int i = 0; i < 20; ++i) {
        std::string next = "<include file='" + std::to_string(i + 1) + ".xml'/>";
        bomb.files[i == 0 ? "epode.xml" : std::to_string(i) + ".xml"] = "<epode>" + next + next + "</epode>";
    }
    bomb.files["20.xml"] = "<epode/>";
    CHECK(kit.faults(bomb).find("include: there are more than 256 files") != std::string::npos);
}

TEST_CASE("names of modules are unique and not the core's") {
    Kit kit;
    CHECK(kit.schema.add({"ping", kit.none, true}).error().text == "there are two modules called ping");
    CHECK(kit.schema.add({"host", kit.none, true}).error().text ==
          "a module cannot be called host: it is an element of the core");
}
