// SPDX-License-Identifier: MIT
// What modules/README.md teaches must be so: its code is cut from files that are compiled and tested, the hooks that it
// says are here stand in the headers, and every event in them is on the page.
#include "tests/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path top(EPODE_SOURCE_DIR);

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Without indentation and empty lines at the ends, so that a snippet may stand anywhere.
std::string flush_left(const std::string& text) {
    std::istringstream lines(text);
    std::string all("\n");
    for (std::string line; std::getline(lines, line);) {
        line.erase(0, line.find_first_not_of(' '));
        all += line + '\n';
    }
    return all;
}

std::vector<std::string> matches(const std::string& text, const std::regex& pattern) {
    std::vector<std::string> all;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) all.push_back((*at)[1]);
    return all;
}

const std::string& page() {
    static const std::string text = read(top / "modules" / "README.md");
    return text;
}

} // namespace

TEST_CASE("the tutorial's code is that of modules which are built and tested") {
    std::string sources;
    for (const auto* folder : {"contrib/examples", "modules"})
        for (const auto& entry : fs::recursive_directory_iterator(top / folder))
            if (const auto ending = entry.path().extension(); ending == ".cpp" || ending == ".hpp")
                sources += flush_left(read(entry.path()));
    std::size_t snippets = 0;
    const std::string open = "```cpp\n", close = "```";
    for (auto at = page().find(open); at != std::string::npos; at = page().find(open, at + 1)) {
        const auto begin = at + open.size();
        const auto snippet = page().substr(begin, page().find(close, begin) - begin);
        CAPTURE(snippet);
        CHECK(sources.contains(flush_left(snippet)));
        ++snippets;
    }
    CHECK(snippets > 10);
}

TEST_CASE("every hook that the page says is here stands in the header it names") {
    static const std::regex row(R"(\| `([a-z0-9_.]+)` \| (.*) \| `([a-z_/]+\.hpp)` \|)");
    static const std::regex code("`([A-Za-z_:]+)[^`]*`");
    std::size_t rows = 0;
    for (std::sregex_iterator at(page().begin(), page().end(), row), end; at != end; ++at, ++rows) {
        const std::string name = (*at)[1], here = (*at)[2];
        const auto header = read(top / std::string((*at)[3]));
        auto words = matches(here, code);
        CAPTURE(name, here);
        if (name.ends_with("starting") || name.ends_with("stopped")) words.push_back("Module");
        REQUIRE_FALSE(words.empty());
        // The first word is what the row is about; "phase::admit" and "Session::room" are declared by their last part.
        auto word = words.front();
        word = word.substr(word.rfind(':') == std::string::npos ? 0 : word.rfind(':') + 1);
        CHECK(std::regex_search(header, std::regex("\\b" + word + "\\b")));
    }
    CHECK(rows > 40);
}

TEST_CASE("every event is on the page under its public name") {
    static const std::regex event(R"re(struct (\w+) \{\s+EPODE_EVENT\((\w+), "([a-z0-9_.]+)"\))re");
    const auto header = read(top / "core" / "events.hpp");
    std::size_t events = 0;
    for (std::sregex_iterator at(header.begin(), header.end(), event), end; at != end; ++at, ++events) {
        const auto row = "| `" + (*at)[3].str() + "` | `" + (*at)[1].str() + "`";
        CAPTURE(row);
        CHECK(page().contains(row));
    }
    CHECK(events > 30);
}

TEST_CASE("every module has its page") {
    for (const auto& entry : fs::directory_iterator(top / "modules"))
        if (entry.is_directory()) {
            const auto name = entry.path().filename().string();
            CAPTURE(name);
            CHECK(read(entry.path() / "README.md").starts_with("# " + name + "\n"));
            CHECK(page().contains("[" + name + "](" + name + "/README.md)"));
        }
}
