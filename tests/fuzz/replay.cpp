// SPDX-License-Identifier: MIT
// A fuzzer without libFuzzer: runs the corpus, then mutations of it from a seeded generator, so that every build checks
// the fuzzers' laws and says how to see a failure again.
//
//     jid_fuzz FOLDER [mutations, default 2000 or EPODE_FUZZ_RUNS] [seed, default 1 or EPODE_FUZZ_SEED]
//     jid_fuzz FILE
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

std::string current; ///< what is being run; written out when it ends the process

extern "C" void leave_behind(int signal) {
    if (std::FILE* file = std::fopen("crash.input", "wb")) {
        std::fwrite(current.data(), 1, current.size(), file);
        std::fclose(file);
    }
    constexpr std::string_view told = "the input that failed is in crash.input\n";
    (void)!::write(2, told.data(), told.size());
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(std::string input) {
    current = std::move(input);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

/// One small change; `other` is another input to take a piece from.
void change(std::string& input, const std::string& other, Random& random) {
    constexpr std::string_view telling("<>'\"&;/= \0\t\n\r\x7f\x80\xc0\xff:@\\", 21);
    const auto at = below(random, input.size() + 1);
    switch (random() % 6) {
    case 0:
        if (!input.empty()) input[at % input.size()] = static_cast<char>(random());
        break;
    case 1:
        input.insert(at, 1, telling[below(random, telling.size())]);
        break;
    case 2:
        input.erase(at, below(random, 16));
        break;
    case 3:
        input.insert(at, input.substr(below(random, input.size() + 1), below(random, 64)));
        break;
    case 4:
        input.insert(at, other.substr(below(random, other.size() + 1), below(random, 64)));
        break;
    default:
        if (!input.empty())
            input[at % input.size()] = static_cast<char>(input[at % input.size()] ^ (1 << random() % 8));
    }
}

std::string mutated(const std::vector<std::string>& corpus, Random& random) {
    auto input = corpus[below(random, corpus.size())];
    for (auto changes = 1 + below(random, 8); changes > 0; --changes)
        change(input, corpus[below(random, corpus.size())], random);
    return input;
}

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::size_t number(int argc, char* argv[], int at, const char* variable, std::size_t otherwise) {
    const char* text = argc > at ? argv[at] : std::getenv(variable);
    return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

int main(int argc, char* argv[]) {
    if (argc < 2) return std::fputs("which corpus?\n", stderr), 2;
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS}) std::signal(signal, leave_behind);
    const fs::path given(argv[1]);
    if (fs::is_regular_file(given)) return run(read(given)), 0;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(given)) files.push_back(entry.path());
    std::ranges::sort(files);
    std::vector<std::string> corpus;
    for (const auto& file : files) corpus.push_back(read(file));
    if (corpus.empty()) return std::fputs("the corpus is empty\n", stderr), 2;
    const auto runs = number(argc, argv, 2, "EPODE_FUZZ_RUNS", 2000);
    const auto seed = number(argc, argv, 3, "EPODE_FUZZ_SEED", 1);
    run({});
    for (const auto& input : corpus) run(input);
    Random random(seed);
    for (std::size_t i = 0; i < runs; ++i) run(mutated(corpus, random));
    std::printf("%zu inputs and %zu mutations of them, seed %zu\n", corpus.size(), runs, seed);
}
