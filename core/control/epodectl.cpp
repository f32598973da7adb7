// SPDX-License-Identifier: MIT
// epodectl: the administrator's tool. It knows nothing of the server but the catalogue and the wire.
#include "core/control/tool/command_line.hpp"
#include "core/control/tool/commands.hpp"
#include "core/control/tool/completion.hpp"
#include "core/control/tool/connection.hpp"
#include "core/control/tool/manual.hpp"
#include "core/control/tool/password.hpp"
#include "core/control/tool/print.hpp"

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sys/resource.h>

namespace {

using namespace epode;
using namespace epode::control;
using namespace epode::control::tool;

constexpr int done = 0, refused = 1, wrong_usage = 2, no_server = 3;

/// Cut off where the reader has gone.
void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int say(int status, const std::string& sentence) {
    std::fprintf(stderr, "epodectl: %s\n", sentence.c_str());
    return status;
}

int tell(const Told& told) {
    if (told.as == Told::As::mistake) return say(wrong_usage, told.text);
    std::fwrite(told.text.data(), 1, told.text.size(), told.as == Told::As::answer ? stdout : stderr);
    return told.as == Told::As::answer ? done : wrong_usage;
}

int own_command(const Request& request) {
    if (request.words.front() == "manual") {
        print(manual());
        return done;
    }
    const auto script = completion(request.words.at(1));
    if (!script) return say(wrong_usage, "there is completion for bash, zsh and fish");
    print(*script);
    return done;
}

/// The first argument.
std::string whose(const Asked& asked) {
    const std::size_t own_words = noun_of(*asked.entry).empty() ? 1 : 2;
    return asked.request.words.at(own_words);
}

/// Puts the password and the values that nobody shall see into the request.
Result<> add_secrets(Asked& asked) {
    for (const auto index : asked.unseen) {
        auto& word = asked.request.words[index];
        word.pop_back(); // "KEY=-"
        const auto value = unseen_value(word.substr(0, word.size() - 1));
        if (!value) return std::unexpected(value.error());
        Bytes whole;
        whole.reserve(word.size() + value->view().size()); // so that no copy stays behind
        whole.append(word).append(value->view());
        word = std::move(whole);
    }
    if (!asked.entry->password) return {};
    const auto& file = asked.password_file;
    const auto password = file.empty() ? new_password(whose(asked)) : password_from(file);
    if (!password) return std::unexpected(password.error());
    asked.request.options["password"] = password->view();
    return {};
}

void wipe_secrets(Asked& asked) {
    for (const auto index : asked.unseen) wipe(asked.request.words[index]);
    if (asked.entry->password) wipe(asked.request.options["password"]);
}

int show(const Asked& asked, const std::string& line) {
    const auto answer = answer_of(line);
    if (!answer) return say(no_server, "what answers is no Epode server");
    if (asked.json) {
        print(line + "\n");
    } else {
        print(for_people(*answer));
        std::fflush(stdout);
        if (!answer->ok) std::fprintf(stderr, "%s\n", printable(answer->text).c_str());
    }
    return answer->ok ? done : refused;
}

int run(std::vector<std::string> arguments) {
    auto asked = read_command_line(std::move(arguments));
    if (!asked) return tell(asked.error());
    if (is_own(*asked->entry)) return own_command(asked->request);
    if (const auto added = add_secrets(*asked); !added) return say(wrong_usage, added.error().text);
    const Secret line(to_line(asked->request) + "\n");
    wipe_secrets(*asked);
    const auto answer =
        ask(places(asked->socket, [](const char* name) -> const char* { return std::getenv(name); }), line.view());
    return answer ? show(*asked, *answer) : say(no_server, answer.error());
}

} // namespace

int main(int argc, char* argv[]) {
    const rlimit none{};
    ::setrlimit(RLIMIT_CORE, &none); // no password in a core file
    std::setlocale(LC_CTYPE, "");    // how wide a character is
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& thrown) {
        return say(wrong_usage, thrown.what());
    }
}
