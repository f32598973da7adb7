// SPDX-License-Identifier: MIT
// XEP-0431: what messages say. Pages by number and counts (XEP-0059) of the same archives.
#include "tests/catch.hpp"
#include "tests/harness/test_server.hpp"
#include "tests/modules/archive_kit.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace epode;
using namespace epode::test;
using namespace epode::test::archive;

namespace {

std::string text(const std::string& wanted) { return field("{urn:xmpp:fulltext:0}fulltext", wanted); }

struct Verona {
    TestServer server;
    Client *juliet, *romeo, *nurse;

    explicit Verona(std::string_view options = "") : server({"archive", "roster", "presence"}, options) { enter(); }
    void enter() {
        juliet = &server.login("juliet@example.org/balcony");
        romeo = &server.login("romeo@example.net/orchard");
        nurse = &server.login("nurse@example.net/kitchen");
        for (auto* who : {juliet, romeo, nurse}) who->available();
    }
    void say(Client& who, const std::string& to, const std::string& text, const std::string& more = "") {
        who.send("<message type='chat' to='" + to + "'><body>" + text + "</body>" + more + "</message>");
        server.advance(1s);
    }
    void romeo_says(const std::string& text) { say(*romeo, "juliet@example.org", text); }
};

} // namespace

TEST_CASE("search: all the words, in any case and form, whoever said them") {
    Verona verona;
    verona.romeo_says("Call me but love, and I'll be new baptized;");
    verona.say(*verona.nurse, "juliet@example.org", "Even or odd, of all days in the year, LOVE");
    verona.say(*verona.juliet, "romeo@example.net", "My bounty is as boundless as the sea, my love as deep");
    verona.romeo_says("Stra\u00DFe, \u041F\u0440\u0438\u0432\u0435\u0442");
    auto& juliet = *verona.juliet;
    CHECK(ask(juliet, text("love")).messages.size() == 3);
    CHECK(ask(juliet, text("Love.")).messages.size() == 3);
    CHECK(ask(juliet, text("boundless love")).messages.size() == 1);
    CHECK(ask(juliet, text("love hate")).messages.empty());
    CHECK(ask(juliet, text("lov")).messages.empty());
    CHECK(ask(juliet, text("STRASSE")).messages.size() == 1);
    CHECK(ask(juliet, text("\u041F\u0420\u0418\u0412\u0415\u0422")).messages.size() == 1);
    CHECK(ask(juliet, text("love") + field("with", "romeo@example.net")).messages.size() == 2);
    CHECK(ask(juliet, text("love") + field("with", "romeo@example.net/orchard")).messages.size() == 1);
    CHECK(ask(*verona.romeo, text("even")).messages.empty()); // his own archive only
    const auto all = ask(juliet).messages;
    CHECK(ask(juliet, text("love") + field("start", all[1].stamp)).messages.size() == 2);
    CHECK(ask(juliet, text("love") + field("end", all[0].stamp)).messages.size() == 1);
    CHECK(ask(juliet, text("love") + "<field var='ids'><value>" + all[0].id + "</value><value>" + all[3].id +
                          "</value></field>")
              .messages.size() == 1);
    const auto nothing = ask(juliet, text("?!"));
    CHECK(nothing.messages.empty());
    CHECK(nothing.complete);
    CHECK(ask(juliet, text("")).messages.size() == 4);
}

TEST_CASE("search: pages both ways") {
    Verona verona;
    for (int i = 0; i < 150; ++i)
        verona.romeo->send("<message type='chat' to='juliet@example.org'><body>" + std::to_string(i) +
                           (i % 10 == 0 ? " needle" : " hay") + "</body></message>");
    auto& juliet = *verona.juliet;
    std::string all, after;
    for (bool complete = false; !complete;) {
        const auto page =
            ask(juliet, text("needle"), "<max>4</max>" + (after.empty() ? "" : "<after>" + after + "</after>"));
        REQUIRE(page.error.empty());
        REQUIRE_FALSE(page.messages.empty());
        all += page.bodies() + " ";
        after = page.last;
        complete = page.complete;
    }
    CHECK(all == "0 needle 10 needle 20 needle 30 needle 40 needle 50 needle 60 needle 70 needle 80 needle 90 needle "
                 "100 needle 110 needle 120 needle 130 needle 140 needle ");
    const auto last = ask(juliet, text("needle"), "<max>2</max><before/>");
    CHECK(last.bodies() == "130 needle 140 needle");
    CHECK(ask(juliet, text("needle"), "<max>2</max><before>" + last.first + "</before>").bodies() ==
          "110 needle 120 needle");
    CHECK(ask(juliet, text("needle"), "<max>0</max>").count == "15");
    CHECK(ask(juliet, text("needle 140")).bodies() == "140 needle");
}

TEST_CASE("search: not what is encrypted, nor what only stands in for something else") {
    Verona verona;
    verona.say(*verona.romeo, "juliet@example.org", "encrypted", "<encrypted xmlns='eu.siacs.conversations.axolotl'/>");
    verona.say(*verona.romeo, "juliet@example.org", "encrypted",
               "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0'/>");
    verona.say(*verona.romeo, "juliet@example.org", "encrypted",
               "<reactions xmlns='urn:xmpp:reactions:0' id='x'><reaction>x</reaction></reactions>");
    CHECK(ask(*verona.juliet, text("encrypted")).messages.empty());
    verona.say(*verona.romeo, "juliet@example.org", "encrypted",
               "<replace xmlns='urn:xmpp:message-correct:0' id='x'/>");
    CHECK(ask(*verona.juliet, text("encrypted")).messages.size() == 1);
}

TEST_CASE("search: is in the form") {
    TestServer server{"archive"};
    auto& juliet = server.login("juliet@example.org/balcony");
    juliet.send("<iq type='get' id='f'><query xmlns='urn:xmpp:mam:2'/></iq>");
    CHECK(juliet.receive().xml().find("<field type='text-single' var='{urn:xmpp:fulltext:0}fulltext'/>") !=
          std::string::npos);
}

TEST_CASE("archive: counts and pages by number, of the whole and of a conversation") {
    Verona verona;
    for (int i = 0; i < 200; ++i) {
        auto& who = i % 4 == 0 ? *verona.nurse : *verona.romeo;
        who.send("<message type='chat' to='juliet@example.org'><body>" + std::to_string(i) + "</body></message>");
    }
    auto& juliet = *verona.juliet;
    const auto nurse = field("with", "nurse@example.net");
    const auto page = ask(juliet, "", "<max>3</max><index>100</index>");
    CHECK(page.bodies() == "100 101 102");
    CHECK(page.index == "100");
    CHECK(page.count == "200");
    CHECK_FALSE(page.complete);
    CHECK(ask(juliet, "", "<max>2</max><index>0</index>").bodies() == "0 1");
    CHECK(ask(juliet, "", "<max>5</max><index>198</index>").bodies() == "198 199");
    CHECK(ask(juliet, "", "<max>5</max><index>198</index>").complete);
    const auto beyond = ask(juliet, "", "<max>5</max><index>200</index>");
    CHECK(beyond.error.empty());
    CHECK(beyond.messages.empty());
    CHECK(beyond.count == "200");
    CHECK(ask(juliet, nurse, "<max>2</max><index>10</index>").bodies() == "40 44");
    CHECK(ask(juliet, nurse, "<max>2</max><index>10</index>").count == "50");
    const auto all = ask(juliet, "", "<max>100</max>").messages;
    REQUIRE(all.size() == 100);
    CHECK(ask(juliet, field("after-id", all[9].id), "<max>2</max><index>5</index>").bodies() == "15 16");
    CHECK(ask(juliet, nurse + field("after-id", all[9].id), "<max>1</max><index>1</index>").bodies() == "16");
    for (const auto* without : {"", "<max>4</max>"}) {
        CHECK(ask(juliet, "", without).count == "200");
        CHECK(ask(juliet, nurse, without).count == "50");
    }
    CHECK(ask(juliet, "", "<max>4</max><before/>").index == "196");
    CHECK(ask(juliet, nurse, "<max>4</max><before/>").index == "46");
    CHECK(ask(juliet, field("with", "nurse@example.net/kitchen"), "<max>4</max>").count.empty());
    for (const auto& question : {text("1"), field("with", "nurse@example.net/kitchen"),
                                 "<field var='ids'><value>" + all[0].id + "</value></field>"})
        CHECK(ask(juliet, question, "<max>3</max><index>1</index>").error == "feature-not-implemented");
}

TEST_CASE("search: whatever happens, what is found is what is there") {
    std::mt19937 random(GENERATE(1U, 2U, 3U));
    Verona verona("<archive most='120'/>");
    const std::vector<std::string> words{"wherefore", "art", "thou", "rose", "name", "sweet"};
    std::vector<std::pair<std::string, std::string>> said; // text, from whom
    for (int step = 0; step < 500; ++step) {
        const auto what = random() % 100;
        if (what < 80) {
            std::string line;
            for (int i = 0; i < 3; ++i) line += (i == 0 ? "" : " ") + words[random() % words.size()];
            line += " " + std::to_string(step);
            const bool nurse = random() % 3 == 0;
            const bool lost = random() % 50 == 0;
            if (lost) verona.server.fail_commit(1);
            (nurse ? verona.nurse : verona.romeo)
                ->send("<message type='chat' to='juliet@example.org'><body>" + line + "</body></message>");
            if (!lost) said.emplace_back(line, nurse ? "nurse@example.net" : "romeo@example.net");
        } else if (what < 94) {
            const auto& word = words[random() % words.size()];
            const std::string peer = random() % 2 == 0 ? "nurse@example.net" : "romeo@example.net";
            std::vector<std::string> wanted;
            std::size_t of_peer = 0;
            for (const auto& [line, from] : said) {
                of_peer += from == peer ? 1 : 0;
                if (from == peer && (" " + line).find(" " + word + " ") != std::string::npos) wanted.push_back(line);
            }
            const auto found = ask(*verona.juliet, text(word) + field("with", peer), "<max>5</max><before/>");
            std::vector<std::string> got;
            for (const auto& message : found.messages) got.push_back(message.body);
            if (wanted.size() > 5) wanted.erase(wanted.begin(), wanted.end() - 5);
            CHECK(got == wanted);
            CHECK(ask(*verona.juliet, "", "<max>1</max>").count == std::to_string(said.size()));
            if (of_peer != 0)
                CHECK(ask(*verona.juliet, field("with", peer), "<max>1</max>").count == std::to_string(of_peer));
            if (!said.empty()) {
                const auto number = random() % said.size();
                CHECK(ask(*verona.juliet, "", "<max>1</max><index>" + std::to_string(number) + "</index>").bodies() ==
                      said[number].first);
            }
        } else if (what < 96) {
            verona.server.advance(61min); // the oldest go
            if (said.size() > 120) said.erase(said.begin(), said.end() - 120);
        } else {
            if (what == 96)
                verona.server.kill();
            else
                verona.server.restart();
            verona.enter();
        }
    }
}
