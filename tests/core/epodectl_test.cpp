// SPDX-License-Identifier: MIT
// The tool without a server: what it makes of a command line, how it prints, where it looks, what it offers to shells.
#include "core/control/tool/command_line.hpp"
#include "core/control/tool/commands.hpp"
#include "core/control/tool/completion.hpp"
#include "core/control/tool/connection.hpp"
#include "core/control/tool/manual.hpp"
#include "core/control/tool/password.hpp"
#include "core/control/tool/print.hpp"
#include "core/control/tool/usage.hpp"
#include "tests/catch.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <unistd.h>

using namespace epode;
using namespace epode::control;
using namespace epode::control::tool;

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Asked asked(Words arguments) {
    auto result = read_command_line(std::move(arguments));
    if (!result) FAIL(result.error().text);
    return std::move(*result);
}

/// What is wrong with a line.
std::string mistake(Words arguments) {
    const auto result = read_command_line(std::move(arguments));
    REQUIRE_FALSE(result);
    CHECK(result.error().as == Told::As::mistake);
    return result.error().text;
}

std::string answer_to(Words arguments) {
    const auto result = read_command_line(std::move(arguments));
    REQUIRE_FALSE(result);
    CHECK(result.error().as == Told::As::answer);
    return result.error().text;
}

/// A folder that goes with the test.
class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "epodectl-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()));
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return (path_ / name).string();
    }
    std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
    fs::path path_;
};

struct Ran {
    int status;
    std::string output;
};

Ran run(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen((command + " 2>&1").c_str(), "r"),
                                                               [](std::FILE*) { return 0; });
    REQUIRE(pipe);
    std::string output;
    for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) output += static_cast<char>(c);
    return {::pclose(pipe.get()), output};
}

bool has(const std::string& program) { return run("command -v " + program).status == 0; }

Answer table_answer(Words columns, std::vector<Row> rows) {
    Answer answer;
    answer.columns = std::move(columns);
    answer.rows = std::move(rows);
    return answer;
}

} // namespace

// ---- Command lines ------------------------------------------------------------------------------------------------

TEST_CASE("epodectl: a command with its arguments is a request") {
    const auto kick = asked({"sessions", "kick", "romeo@example.org", "good night"});
    CHECK(kick.entry->words == "sessions kick");
    CHECK(kick.request.words == Words{"sessions", "kick", "romeo@example.org", "good night"});
    CHECK(kick.request.options.empty());
    CHECK_FALSE(kick.json);
    CHECK(asked({"status"}).request.words == Words{"status"});
    CHECK(asked({"log", "set", "info", "tls=debug", "net=warn"}).request.words ==
          Words{"log", "set", "info", "tls=debug", "net=warn"});
    CHECK(asked({"sessions", "kick", "a@b", "[x, y]"}).request.words.back() == "[x, y]");
    CHECK(asked({"sessions", "kick", "--", "a@b", "-rude-"}).request.words.back() == "-rude-");
    CHECK(asked({"modules", "load", "status"}).request.words.back() == "status"); // another command's name
}

TEST_CASE("epodectl: every command of the catalogue can be said") {
    for (const auto* entry : all_commands()) {
        Words words;
        if (const auto noun = noun_of(*entry); !noun.empty()) words.emplace_back(noun);
        words.emplace_back(verb_of(*entry));
        const auto own = words.size();
        for (const auto& parameter : entry->parameters)
            if (!parameter.name.empty()) words.push_back("x" + std::to_string(words.size()));
        CAPTURE(entry->words);
        const auto whole = asked(words);
        CHECK(whole.entry->words == entry->words);
        CHECK(whole.request.words.size() == words.size());
        words.resize(own + entry->least());
        CHECK(asked(words).request.words.size() == words.size());
        if (entry->least() > 0) {
            words.pop_back();
            CHECK(mistake(words).find(" is missing; usage: epodectl " + signature(*entry)) != std::string::npos);
        }
    }
}

TEST_CASE("epodectl: options stand anywhere, the last one counts") {
    const auto one = asked({"--socket", "/a", "modules", "--json", "describe", "ping", "--host=example.org"});
    CHECK(one.socket == "/a");
    CHECK(one.json);
    CHECK(one.request.options == std::map<std::string, std::string>{{"host", "example.org"}});
    CHECK(one.request.words == Words{"modules", "describe", "ping"});
    CHECK(asked({"--socket", "/a", "status", "--socket", "/b"}).socket == "/b");
    CHECK(asked({"accounts", "add", "a@b", "--password-file", "-"}).password_file == "-");
}

TEST_CASE("epodectl: paths become absolute, nothing else does") {
    CHECK(asked({"backup", "copies/../new"}).request.words.back() == (fs::current_path() / "new").string());
    CHECK(asked({"backup", "/new"}).request.words.back() == "/new");
    CHECK(asked({"config", "check", "epode.xml"}).request.words.back() == (fs::current_path() / "epode.xml").string());
    CHECK(asked({"modules", "load", "ping"}).request.words.back() == "ping");
}

TEST_CASE("epodectl: values to be asked for are found, and only in assignments") {
    const auto run = asked({"run", "user-add", "name=romeo", "password=-", "note=a=-"});
    CHECK(run.unseen == std::vector<std::size_t>{3, 4});
    CHECK(asked({"sessions", "kick", "a@b", "because=-"}).unseen.empty());
}

TEST_CASE("epodectl: a wrong line is told what would be right") {
    CHECK(mistake({"sesions", "list"}) == "there is no command \"sesions\" (did you mean \"sessions\"?)");
    CHECK(mistake({"sessions", "lst"}) == "there is no command \"sessions lst\" (did you mean \"sessions list\"?)");
    CHECK(mistake({"status", "now"}) == "\"now\" is too much; usage: epodectl status");
    CHECK(mistake({"accounts", "role", "a@b"}) == "ROLE is missing; usage: epodectl accounts role JID ROLE");
    CHECK(mistake({"status", "--jsom"}) == "there is no option \"--jsom\" (did you mean \"--json\"?)");
    CHECK(mistake({"status", "--host", "a"}) == "there is no option \"--host\""); // not of this command
    CHECK(mistake({"hooks", "--host"}) == "--host needs a value: --host DOMAIN");
    CHECK(mistake({"accounts", "add", "a@b", "--password", "secret"}).find("there is no option \"--password\"") == 0);
    CHECK(mistake({"modules", "load", "\xff"}) == "\"?\" is not in UTF-8");
}

TEST_CASE("epodectl: an unfinished line gets the help that fits") {
    for (const Words& words : {Words{}, Words{"sessions"}}) {
        const auto result = read_command_line(words);
        REQUIRE_FALSE(result);
        CHECK(result.error().as == Told::As::usage);
        CHECK(result.error().text == (words.empty() ? help() : help("sessions")));
    }
    CHECK(answer_to({"--help"}) == help());
    CHECK(answer_to({"sessions", "-h"}) == help("sessions"));
    CHECK(answer_to({"accounts", "add", "--help"}).find("usage: epodectl accounts add JID") != std::string::npos);
    CHECK(answer_to({"--version"}).starts_with("epodectl "));
}

// ---- Texts --------------------------------------------------------------------------------------------------------

TEST_CASE("epodectl: help names every command and option, within 120 columns") {
    const auto text = help();
    for (const auto* entry : all_commands()) CHECK(text.find("  " + signature(*entry) + "  ") != std::string::npos);
    for (const auto& option : options()) CHECK(text.find("  " + std::string(option.name)) != std::string::npos);
    std::size_t start = 0;
    for (auto end = text.find('\n'); end != text.npos; start = end + 1, end = text.find('\n', start)) {
        CAPTURE(text.substr(start, end - start));
        CHECK(end - start <= 120);
    }
    for (const auto& noun : nouns()) CHECK_FALSE(second_words(noun.name).empty());
}

TEST_CASE("epodectl: the manual names every command and is free of stray requests") {
    const auto page = manual();
    std::size_t items = 0;
    for (auto at = page.find("\n.TP\n.B "); at != page.npos; at = page.find("\n.TP\n.B ", at + 1)) ++items;
    CHECK(items >= all_commands().size() + options().size());
    CHECK(page.find("\n.B accounts role JID ROLE\n") != std::string::npos);
    if (!has("groff")) return;
    const Folder folder;
    const auto drawn = run("groff -man -Tascii -ww -z " + folder.write("epodectl.1", page));
    CHECK(drawn.status == 0);
    CHECK(drawn.output.empty());
}

// ---- Answers for people -------------------------------------------------------------------------------------------

TEST_CASE("epodectl: tables are aligned and have no trailing spaces") {
    CHECK(table({"session", "n"}, {{"romeo@example.org/home", "5"}, {"x", "1000"}}) ==
          "session                    n\n"
          "romeo@example.org/home     5\n"
          "x                       1000\n");
    CHECK(table({"a", "b"}, {{"long cell", ""}, {"", "y"}}) == "a          b\n"
                                                               "long cell\n"
                                                               "           y\n");
    CHECK(table({"n", "b"}, {{"-", "x"}, {"17", "y"}}) == " n  b\n -  x\n17  y\n");
    CHECK(table({"account"}, {}) == "none\n");
    CHECK(aligned({{"a", "b"}, {"ccc", "d"}}, 2) == "  a    b\n  ccc  d\n");
    CHECK(aligned({{"a", "b", "c"}, {"d"}}) == "a  b  c\nd\n"); // a short row
    CHECK(aligned({}) == "");
}

TEST_CASE("epodectl: what is not ASCII is aligned by characters") {
    CHECK(aligned({{"\u00fc\u00fc", "x"}, {"abc", "y"}}) == "\u00fc\u00fc   x\nabc  y\n");
    CHECK(width("") == 0);
    CHECK(width("ab\xff") == 3);
    CHECK(is_utf8("\u00fc\U0001F600"));
    for (const std::string_view bad : {"\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"})
        CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("epodectl: nobody's data moves the cursor") {
    CHECK(printable("a\x1b[2Jb\tc\nd\x7f") == "a?[2Jb\tc\nd?");
    CHECK(printable("\u0085\xff") == "??");
    CHECK(table({"n\n"}, {{"x\ny\tz\x1b"}}) == "n?\nx?y?z?\n");
}

TEST_CASE("epodectl: an answer is its sentence, its values and its table, with a line between") {
    CHECK(for_people(Answer("done")) == "done\n");
    CHECK(for_people(Answer()) == "");
    CHECK(for_people(Answer("two lines\nof metrics\n")) == "two lines\nof metrics\n");
    CHECK(for_people(table_answer({"a"}, {})) == "none\n");
    auto all = table_answer({"a", "b"}, {{"1", "x"}});
    all.text = "loaded";
    all.details = {{"version", "0.1"}, {"up", "3 s"}};
    CHECK(for_people(all) == "loaded\n\nversion  0.1\nup       3 s\n\na  b\n1  x\n");
    all.ok = false; // the sentence goes to standard error
    all.details.clear();
    CHECK(for_people(all) == "a  b\n1  x\n");
}

// ---- The wire -----------------------------------------------------------------------------------------------------

TEST_CASE("epodectl: a request survives the wire in one line, and memory is not moved") {
    Request request({"run", "x", "a=\"\\\n\t\x01 \u00fc"});
    request.options = {{"host", "example.org"}, {"password", "pass\"word\\"}};
    const auto line = to_line(request);
    CHECK(line.find('\n') == line.npos);
    CHECK(line.capacity() > line.size()); // there is room for the end
    const auto read = request_of(line);
    REQUIRE(read);
    CHECK(read->words == request.words);
    CHECK(read->options == request.options);
    CHECK(to_line(Request()) == R"({"command":[],"options":{}})");
}

// ---- Passwords ----------------------------------------------------------------------------------------------------

TEST_CASE("epodectl: a password is the first line of a file") {
    const Folder folder;
    const auto of = [&](std::string_view text) { return password_from(folder.write("secret", text)); };
    CHECK(of("one two\nthree\n")->view() == "one two");
    CHECK(of("dos\r\n")->view() == "dos");
    CHECK(of("no end")->view() == "no end");
    CHECK(of(std::string(1023, 'x'))->view().size() == 1023);
    CHECK(of("").error().text == folder.path("secret") + ": nothing was given");
    CHECK(of("\nsecond").error().text == folder.path("secret") + ": nothing was given");
    CHECK(of(std::string(1024, 'x')).error().text == folder.path("secret") + ": that is longer than 1023 bytes");
    CHECK(of("\xff\n").error().text == folder.path("secret") + ": that is not in UTF-8");
    CHECK(password_from(folder.path("none")).error().text == folder.path("none") + ": No such file or directory");
}

// ---- Where the server is ------------------------------------------------------------------------------------------

TEST_CASE("epodectl: a named socket is the only place, else the usual ones are tried in their order") {
    std::map<std::string, std::string> environment;
    const auto look = [&](const char* name) -> const char* {
        const auto found = environment.find(name);
        return found == environment.end() ? nullptr : found->second.c_str();
    };
    const auto paths = [&](const std::string& named) {
        Words all;
        for (const auto& place : places(named, look)) all.push_back(place.path);
        return all;
    };
    CHECK(paths("") == Words{"data/epode.sock", "/var/lib/epode/epode.sock", "/run/epode/epode.sock"});
    CHECK(places("", look).front().own_only);
    environment["EPODE_DATA"] = "/srv/chat";
    CHECK(paths("").front() == "/srv/chat/epode.sock");
    environment["EPODE_SOCKET"] = "/srv/socket";
    CHECK(paths("") == Words{"/srv/socket"});
    CHECK(paths("/other") == Words{"/other"});
    environment["EPODE_SOCKET"] = "";
    CHECK(paths("").front() == "/srv/chat/epode.sock");
}

TEST_CASE("epodectl: without a server every place is named with the reason") {
    const Folder folder;
    const auto file = folder.write("file", "");
    CHECK(ask({{folder.path("none")}}, "x\n").error() ==
          "no server answers at " + folder.path("none") + ": there is none");
    CHECK(ask({{file}}, "x\n").error() == "no server answers at " + file + ": nobody listens");
    CHECK(ask({{folder.path(std::string(120, 'x'))}}, "x\n").error().ends_with(": longer than 107 bytes"));
    const auto both = ask({{folder.path("a")}, {file}}, "x\n").error();
    CHECK(both.starts_with("no server answers\n  " + folder.path("a") + ": there is none\n  " + file +
                           ": nobody listens\n"));
    CHECK(both.ends_with("--socket PATH or EPODE_SOCKET names one"));
}

// ---- Completion ---------------------------------------------------------------------------------------------------

TEST_CASE("epodectl: completion scripts have nothing left to fill in and know every word") {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        CAPTURE(shell);
        const auto script = completion(shell);
        REQUIRE(script);
        for (const char* place : {"@options", "@words"}) CHECK(script->find(place) == script->npos);
        for (const auto* entry : all_commands()) CHECK(script->find(verb_of(*entry)) != script->npos);
        for (const auto& option : options()) CHECK(script->find(option.name.substr(2)) != script->npos);
        if (!has(shell)) continue;
        const Folder folder;
        const auto checked = run(std::string(shell) + " -n " + folder.write("script", *script));
        CHECK(checked.status == 0);
        CHECK(checked.output.empty());
    }
    CHECK_FALSE(completion("tcsh"));
}

TEST_CASE("epodectl: bash offers what may follow") {
    if (!has("bash")) return;
    const Folder folder;
    const auto script = folder.write("script", *completion("bash"));
    const auto offers = [&](const std::string& words, const std::string& last) {
        const auto asking =
            folder.write("asking", "source " + script + "\nCOMP_WORDS=(epodectl " + words + " '" + last +
                                       "')\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_epodectl\n"
                                       "echo \"${COMPREPLY[*]}\"\n");
        return run("bash " + asking).output;
    };
    CHECK(offers("", "se") == "sessions\n");
    CHECK(offers("--socket x sessions", "") == "list kick\n");
    CHECK(offers("accounts", "r") == "role\n");
    CHECK(offers("accounts add a", "--p") == "--password-file\n");
    CHECK(offers("status", "--p") == "\n");
    CHECK(offers("modules --json describe", "--h") == "--help --host\n");
    CHECK(offers("completion", "z") == "zsh\n");
    CHECK(offers("sessions kick", "") == "\n");
}
