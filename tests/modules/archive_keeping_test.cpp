// SPDX-License-Identifier: MIT
// How much an archive keeps; erasing it; archives as files (XEP-0227).
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/archive_kit.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace epode;
using namespace epode::test;
using namespace epode::test::archive;

namespace {

struct Verona {
    TestServer server;
    Client *juliet, *romeo, *nurse;

    explicit Verona(std::string_view options = "") : server({"archive", "commands"}, options) { enter(); }
    void enter() {
        juliet = &server.login("juliet@example.org/balcony");
        romeo = &server.login("romeo@example.net/orchard");
        nurse = &server.login("nurse@example.net/kitchen");
    }
    void say(Client& who, const std::string& to, const std::string& text) {
        who.send("<message type='chat' to='" + to + "'><body>" + text + "</body></message>");
        server.advance(1s);
    }
    void romeo_says(const std::string& text) { say(*romeo, "juliet@example.org", text); }
    std::string count(const std::string& fields = "") { return ask(*juliet, fields, "<max>0</max>").count; }
    /// What an ad-hoc command of Juliet's says.
    std::string run(const std::string& node, const std::string& fields = "") {
        juliet->drain();
        juliet->send("<iq type='set' id='c1' to='example.org'><command xmlns='http://jabber.org/protocol/commands' "
                     "node='" +
                     node + "' action='execute'/></iq>");
        const auto first = juliet->receive().fragment();
        const auto session = first.element().child("command").attr("sessionid").str();
        juliet->send("<iq type='set' id='c2' to='example.org'><command xmlns='http://jabber.org/protocol/commands' "
                     "node='" +
                     node + "' sessionid='" + session + "' action='complete'><x xmlns='jabber:x:data' type='submit'>" +
                     fields + "</x></command></iq>");
        return juliet->receive().fragment().element().child("command").child("note").text().str();
    }
};

struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "epode-archive-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string file(const std::string& name) const { return (path / name).string(); }
};

std::string text_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

} // namespace

TEST_CASE("archive: no more messages than the option says, the oldest go first") {
    Verona verona("<archive most='100'/>");
    for (int i = 0; i < 450; ++i)
        verona.romeo->send("<message type='chat' to='juliet@example.org'><body>" + std::to_string(i) +
                           "</body></message>");
    CHECK(verona.count() == "450");
    verona.server.advance(1h);
    CHECK(verona.count() == "100");
    CHECK(verona.count(field("with", "romeo@example.net")) == "100");
    CHECK(ask(*verona.juliet, "", "<max>1</max>").bodies() == "350");
    CHECK(ask(*verona.juliet, field("with", "romeo@example.net"), "<max>1</max><index>10</index>").bodies() == "360");
    CHECK(ask(*verona.juliet, "", "<max>1</max><index>10</index>").bodies() == "360");
    CHECK(ask(*verona.juliet, field("{urn:xmpp:fulltext:0}fulltext", "349")).messages.empty());
    CHECK(ask(*verona.juliet, field("{urn:xmpp:fulltext:0}fulltext", "351")).bodies() == "351");
    CHECK(ask(*verona.romeo, "", "<max>0</max>").count == "450"); // of a host that keeps everything
}

TEST_CASE("archive: an administrator says how much is kept of one account's messages") {
    Verona verona("<archive keep='30d'/>");
    for (int i = 0; i < 10; ++i) verona.romeo_says(std::to_string(i));
    const auto limits = [&](const std::string& keep, const std::string& most, const std::string& who = "juliet") {
        return verona.server.command("archive-limits",
                                     {{"account", who + "@example.org"}, {"keep", keep}, {"most", most}});
    };
    CHECK(limits("soon", "0").starts_with("keep is not a duration"));
    CHECK(limits("1d", "few").starts_with("most is not"));
    CHECK(limits("1d", "0", "nobody") == "there is no such account");
    CHECK(limits("never", "4") == "that is how much is kept");
    CHECK(ask(*verona.juliet).bodies() == "6 7 8 9");
    SECTION("also later, and after a restart") {
        verona.server.restart();
        verona.enter();
        for (int i = 10; i < 15; ++i) verona.romeo_says(std::to_string(i));
        verona.server.advance(1h);
        CHECK(ask(*verona.juliet).bodies() == "11 12 13 14");
    }
    SECTION("never more than of all others") {
        CHECK(limits("never", "0") == "that is how much is kept");
        verona.server.advance(31 * 24h);
        verona.enter();
        CHECK(verona.count() == "0");
        verona.romeo_says("new");
        CHECK(ask(*verona.juliet).bodies() == "new");
    }
}

TEST_CASE("archive: its owner empties it, or of what was said with somebody") {
    Verona verona;
    for (int i = 0; i < 250; ++i)
        verona.romeo->send("<message type='chat' to='juliet@example.org'><body>r</body></message>");
    for (int i = 0; i < 70; ++i)
        verona.nurse->send("<message type='chat' to='juliet@example.org'><body>n" + std::to_string(i) +
                           "</body></message>");
    CHECK(verona.count() == "320");
    SECTION("with somebody") {
        CHECK(verona.run("archive-purge", field("with", "romeo@example.net/orchard")) ==
              "250 messages with romeo@example.net have been erased");
        CHECK(verona.count() == "70");
        CHECK(verona.count(field("with", "romeo@example.net")) == "0");
        CHECK(verona.count(field("with", "nurse@example.net")) == "70");
        CHECK(ask(*verona.juliet, "", "<max>1</max><index>5</index>").bodies() == "n5");
        CHECK(ask(*verona.juliet, field("{urn:xmpp:fulltext:0}fulltext", "n7")).bodies() == "n7");
    }
    SECTION("all") {
        CHECK(verona.run("archive-purge") == "your archive is empty");
        CHECK(verona.count() == "0");
        const auto owner = verona.server.owner_of("juliet@example.org");
        const auto stored = verona.server.stored(owner);
        for (const auto* table : {"log", "by-peer", "lots", "conversations", "marks"}) {
            INFO(table);
            CHECK(stored.at("store/archive/" + std::string(table)) == 0);
        }
    }
    verona.romeo_says("after");
    CHECK(ask(*verona.juliet, "", "<max>1</max><before/>").bodies() == "after");
    CHECK(ask(*verona.romeo, "", "<max>0</max>").count == "251");
}

TEST_CASE("archive: as a file, and back") {
    Verona verona;
    const Folder folder;
    const auto file = folder.file("juliet.xml");
    for (int i = 0; i < 300; ++i)
        verona.romeo->send("<message type='chat' id='m" + std::to_string(i) + "' to='juliet@example.org'><body>line " +
                           std::to_string(i) + "\n&lt;second&gt; &amp; 'third'</body></message>");
    verona.say(*verona.juliet, "nurse@example.net", "hers");
    const auto before = ask(*verona.juliet, "", "<max>50</max>").messages;
    const auto run = [&](const std::string& what, const std::string& account, const std::string& name) {
        return verona.server.command(what, {{"account", account}, {"file", name}});
    };
    CHECK(run("archive-export", "juliet@example.org", file) == "301 messages of juliet@example.org are in " + file);
    CHECK(run("archive-export", "juliet@example.org", file) == file + ": File exists");
    CHECK(run("archive-export", "nobody@example.org", folder.file("x")) == "there is no such account");
    CHECK(run("archive-export", "juliet@example.net", folder.file("x")) == "that is no account of this host");
    const auto text = text_of(file);
    CHECK(text.starts_with("<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='urn:xmpp:pie:0'>\n"));
    CHECK(text.find("<archive xmlns='urn:xmpp:pie:0#mam'>\n<result xmlns='urn:xmpp:mam:2' id='" + before[0].id +
                    "'><forwarded xmlns='urn:xmpp:forward:0'>") != std::string::npos);
    SECTION("into the same archive: each message once") {
        CHECK(run("archive-import", "juliet@example.org", file) ==
              "301 messages were taken into the archive of juliet@example.org");
        CHECK(verona.count() == "301");
    }
    SECTION("into an empty one: as it was, beside what came later") {
        CHECK(verona.run("archive-purge") == "your archive is empty");
        verona.romeo_says("later");
        CHECK(run("archive-import", "juliet@example.org", file).starts_with("301 messages"));
        CHECK(verona.count() == "302");
        const auto after = ask(*verona.juliet, "", "<max>50</max>").messages;
        REQUIRE(after.size() == before.size());
        for (std::size_t i = 0; i < after.size(); ++i) {
            CHECK(after[i].id == before[i].id);
            CHECK(after[i].stamp == before[i].stamp);
            CHECK(after[i].xml == before[i].xml);
        }
        CHECK(ask(*verona.juliet, field("with", "nurse@example.net")).bodies() == "hers");
        CHECK(ask(*verona.juliet, field("{urn:xmpp:fulltext:0}fulltext", "299")).messages.size() == 1);
        CHECK(ask(*verona.juliet, "", "<max>1</max><before/>").bodies() == "later");
        verona.romeo_says("last");
        CHECK(ask(*verona.juliet, "", "<max>1</max><before/>").bodies() == "last");
    }
    SECTION("from another server, with ids of its own") {
        std::ofstream out(folder.file("other.xml"));
        out << "<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='urn:xmpp:pie:0'>\n<host "
               "jid='capulet.com'>\n  <user name='juliet'>\n    <archive xmlns='urn:xmpp:pie:0#mam'>\n"
               "      <result xmlns='urn:xmpp:mam:2' id='28482-98726-73623'><forwarded xmlns='urn:xmpp:forward:0'>"
               "<delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/><message xmlns='jabber:client' "
               "to='juliet@example.org/balcony' from='romeo@montague.lit/orchard' type='chat'><body>Call me but love"
               "</body></message></forwarded></result>\n    </archive>\n  </user>\n</host>\n</server-data>\n";
        out.close();
        for (int twice = 0; twice < 2; ++twice)
            CHECK(run("archive-import", "juliet@example.org", folder.file("other.xml")).starts_with("1 messages were"));
        CHECK(verona.count() == "302");
        const auto first = ask(*verona.juliet, "", "<max>1</max>").messages.at(0);
        CHECK(first.body == "Call me but love");
        CHECK(first.stamp.starts_with("2010-07-10T23:08:25"));
        CHECK(ask(*verona.juliet, field("with", "romeo@montague.lit")).messages.size() == 1);
    }
    SECTION("what is no archive is refused, with the line") {
        for (const auto* bad :
             {"hello", "<result xmlns='urn:xmpp:mam:2' id='1'/>",
              "<result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'><delay "
              "xmlns='urn:xmpp:delay' stamp='2999-07-10T23:08:25Z'/><message xmlns='jabber:client' to='a@b' "
              "from='c@d'/></forwarded></result>"}) {
            std::ofstream out(folder.file("bad.xml"));
            out << "<?xml version='1.0'?>\n" << bad << "\n";
            out.close();
            CAPTURE(bad);
            CHECK(run("archive-import", "juliet@example.org", folder.file("bad.xml"))
                      .starts_with(folder.file("bad.xml") + ":2: "));
            CHECK(verona.count() == "301");
        }
        CHECK(run("archive-import", "juliet@example.org", folder.file("none")) ==
              folder.file("none") + ": No such file or directory");
    }
}

TEST_CASE("archive: files are for those on the server's machine") {
    TestServer server{"archive", "commands"};
    server.account("admin@example.org", "admin");
    auto& admin = server.login("admin@example.org/desk");
    admin.send("<iq type='set' id='c1' to='example.org'><command xmlns='http://jabber.org/protocol/commands' "
               "node='archive-export' action='execute'/></iq>");
    const auto session = admin.receive().fragment().element().child("command").attr("sessionid").str();
    admin.send("<iq type='set' id='c2' to='example.org'><command xmlns='http://jabber.org/protocol/commands' "
               "node='archive-export' sessionid='" +
               session + "' action='complete'><x xmlns='jabber:x:data' type='submit'>" +
               field("account", "admin@example.org") + field("file", "/tmp/epode-never") + "</x></command></iq>");
    CHECK(admin.receive().fragment().element().child("command").child("note").text() == "only epodectl may do this");
    CHECK_FALSE(std::filesystem::exists("/tmp/epode-never"));
}
