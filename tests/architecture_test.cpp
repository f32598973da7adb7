// SPDX-License-Identifier: MIT
// Who may include whom, read from the sources themselves; and what a module's library must not hold. The rules are
// those of CONTRIBUTING.md, "Who may know whom".
#include "tests/catch.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct File {
    std::string path; ///< from the top, with '/'
    std::string text;
};

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

std::vector<File> files_in(const std::vector<std::string>& folders, const std::vector<std::string>& endings) {
    const fs::path top(EPODE_SOURCE_DIR);
    std::vector<File> files;
    for (const auto& folder : folders)
        for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
            const auto ending = entry.path().extension().string();
            if (!entry.is_regular_file() || (!endings.empty() && std::ranges::find(endings, ending) == endings.end()))
                continue;
            files.push_back({fs::relative(entry.path(), top).generic_string(), read(entry.path())});
        }
    REQUIRE_FALSE(files.empty());
    return files;
}

std::vector<File> sources(const std::vector<std::string>& folders) { return files_in(folders, {".cpp", ".hpp"}); }

std::vector<std::string> includes(const std::string& text) {
    static const std::regex line(R"re(^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"])re", std::regex::multiline);
    std::vector<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at) found.push_back((*at)[1]);
    return found;
}

bool is_in(std::string_view path, const std::vector<std::string_view>& places) {
    return std::ranges::any_of(places, [&](std::string_view place) { return path.starts_with(place); });
}

/// The part of the tree that a file of ours belongs to.
std::string part(std::string_view path) {
    if (is_in(path, {"core/base/"})) return "base";
    if (is_in(path, {"core/xml/", "core/jid", "core/stanza", "core/precis", "core/prepare", "core/keyed_hash"}))
        return "vocabulary";
    if (is_in(path, {"core/config/"})) return "config";
    if (is_in(path, {"core/net/"})) return "net";
    if (is_in(path, {"core/"})) return "core";
    for (const auto* top : {"storage/", "xep/", "modules/", "tests/", "tools/", "contrib/"})
        if (path.starts_with(top)) return std::string(top, std::string_view(top).size() - 1);
    return "foreign";
}

/// Which parts a part may include, besides itself and the standard library.
bool may(const std::string& from, const std::string& to) {
    static const std::vector<std::pair<std::string, std::vector<std::string>>> rules{
        {"base", {}},
        {"storage", {"base"}},
        {"vocabulary", {"base"}},
        {"xep", {"vocabulary", "base"}},
        {"net", {"base"}},
        {"config", {"base", "vocabulary"}},
        {"core", {"base", "vocabulary", "xep", "net", "config", "storage"}},
        {"modules", {"core", "base", "vocabulary", "xep", "net", "config", "storage"}},
    };
    if (from == to) return true;
    const auto rule = std::ranges::find(rules, from, &std::pair<std::string, std::vector<std::string>>::first);
    return rule == rules.end() || std::ranges::find(rule->second, to) != rule->second.end();
}

std::string module_of(std::string_view path) {
    path.remove_prefix(std::string_view("modules/").size());
    return std::string(path.substr(0, path.find('/')));
}

} // namespace

TEST_CASE("nobody includes what he must not know") {
    for (const auto& file : sources({"core", "storage", "xep", "modules"}))
        for (const auto& include : includes(file.text)) {
            const auto to = part(include);
            if (to == "foreign") continue;
            CAPTURE(file.path, include);
            CHECK(may(part(file.path), to));
        }
}

TEST_CASE("modules do not know one another, but may share what is in modules/common") {
    for (const auto& file : sources({"modules"}))
        for (const auto& include : includes(file.text)) {
            CAPTURE(file.path, include);
            if (part(include) != "modules" || module_of(include) == "common") continue;
            CHECK(module_of(include) == module_of(file.path));
        }
}

TEST_CASE("headers of other libraries stay behind the core") {
    const std::vector<std::string_view> libraries{"boost/", "openssl/", "expat.h",  "pugixml", "spdlog/",
                                                  "fmt/",   "lmdb.h",   "unicode/", "CLI/",    "nlohmann/"};
    for (const auto& file : sources({"modules", "xep"}))
        for (const auto& include : includes(file.text)) {
            CAPTURE(file.path, include);
            CHECK_FALSE(is_in(include, libraries));
        }
    for (const auto& file : sources({"storage"}))
        for (const auto& include : includes(file.text)) {
            CAPTURE(file.path, include);
            CHECK((!is_in(include, libraries) || include == "lmdb.h"));
        }
    // What modules include must not bring them in either: only headers that are the core's own business may.
    for (const auto& file : files_in({"core"}, {".hpp"}))
        if (!file.path.starts_with("core/net/") && !file.path.starts_with("core/xml/engine") &&
            file.path != "core/xml/edit.hpp")
            for (const auto& include : includes(file.text)) {
                CAPTURE(file.path, include);
                CHECK_FALSE(is_in(include, libraries));
            }
}

TEST_CASE("using namespace stays out of headers") {
    static const std::regex at_line_start(R"(^using namespace (?!std::(chrono_)?literals))", std::regex::multiline);
    for (const auto& file : files_in({"core", "storage", "xep", "modules", "tests/harness"}, {".hpp"})) {
        CAPTURE(file.path);
        CHECK_FALSE(std::regex_search(file.text, at_line_start)); // indented ones stand in functions
    }
}

TEST_CASE("every source says its licence and no file names a machine") {
    const std::vector<std::string> machines{std::string("/ho") + "me/", std::string("/ro") + "ot/",
                                            EPODE_SOURCE_DIR + std::string("/")};
    for (const auto& file : sources({"core", "storage", "xep", "modules", "tests"})) {
        CAPTURE(file.path);
        CHECK(file.text.starts_with("// SPDX-License-Identifier: MIT\n"));
    }
    for (const auto& file : files_in({"core", "storage", "xep", "modules", "tests", "conf", "contrib", "cmake"}, {}))
        for (const auto& machine : machines) {
            CAPTURE(file.path, machine);
            CHECK(file.text.find(machine) == std::string::npos);
        }
}

#ifdef EPODE_CHECK_SYMBOLS
namespace {

std::string output_of(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    REQUIRE(pipe);
    std::string all;
    std::array<char, 4096> buffer{};
    while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) all.append(buffer.data(), size);
    return all;
}

} // namespace

// A module is built once per shard: what is shared behind its back would be a data race, and what lives beyond its
// instances would not be given back. Data that the linker relocates once and makes read-only (.data.rel.ro) is
// constant.
TEST_CASE("a module's library holds no data that can change") {
    std::size_t seen = 0;
    for (const auto& entry : fs::directory_iterator(EPODE_MODULES)) {
        if (entry.path().extension() != ".so") continue;
        ++seen;
        std::istringstream lines(output_of("objdump -tC '" + entry.path().string() + "'"));
        static const std::regex variable(
            R"(^[0-9a-f]+ .{6}[O ] +\.(data|bss|tdata|tbss)\s+([0-9a-f]+)\s+(?:\.hidden )?(.*)$)");
        static const std::regex from_the_compiler(
            R"(^(DW\.ref\..*|completed\.\d+|__dso_handle|__TMC_END__|\.(data|bss|tdata|tbss)|_?edata|_?end|__bss_start)$)");
        for (std::string line; std::getline(lines, line);) {
            std::smatch parts;
            if (!std::regex_match(line, parts, variable)) continue;
            const std::string name = parts[3];
            CAPTURE(entry.path().filename().string(), name);
            CHECK(std::regex_match(name, from_the_compiler));
        }
    }
    CHECK(seen > 0);
}
#endif
