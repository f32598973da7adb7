// SPDX-License-Identifier: MIT
// Floors without a network: what parsing alone and durable storing alone cost on this machine. (The floor of TLS is the
// relay: `--server relay`.)
#include "../scenario.hpp"

#include <expat.h>
#include <filesystem>
#include <fmt/format.h>
#include <lmdb.h>
#include <stdexcept>
#include <unistd.h>

namespace bench {

void expat_alone(Bench& bench) {
    const Mark mark{1, 2, 3, now()};
    const auto message = fmt::format("<message type='chat' id='eb3' to='{}'><body>{}</body></message>",
                                     bench.address(1, "chat"), bench.body(mark));
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreateNS(nullptr, '\xff'),
                                                                         XML_ParserFree);
    std::uint64_t seen = 0;
    XML_SetUserData(parser.get(), &seen);
    XML_SetElementHandler(
        parser.get(), [](void* data, const XML_Char*, const XML_Char**) { ++*static_cast<std::uint64_t*>(data); },
        [](void*, const XML_Char*) {});
    XML_SetCharacterDataHandler(parser.get(),
                                [](void* data, const XML_Char*, int) { ++*static_cast<std::uint64_t*>(data); });
    constexpr std::string_view header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    XML_Parse(parser.get(), header.data(), static_cast<int>(header.size()), 0);
    const int count = bench.count(500'000);
    const double before = own_cpu();
    for (int i = 0; i < count; ++i)
        if (!XML_Parse(parser.get(), message.data(), static_cast<int>(message.size()), 0))
            throw std::runtime_error("expat refuses the message");
    bench.report().add("cpu_us_per_message", 1e6 * (own_cpu() - before) / count);
    bench.report().add("bytes", static_cast<double>(message.size()));
}

namespace {

void must(int result, const char* what) {
    if (result) throw std::runtime_error(fmt::format("LMDB, {}: {}", what, mdb_strerror(result)));
}

struct Environment {
    MDB_env* handle = nullptr;
    std::string path;

    explicit Environment(const std::string& folder) : path(folder + "/epode-bench-" + std::to_string(getpid())) {
        std::filesystem::create_directory(path);
        must(mdb_env_create(&handle), "create");
        must(mdb_env_set_mapsize(handle, std::size_t{4} << 30), "size");
        must(mdb_env_open(handle, path.c_str(), 0, 0600), "open");
    }
    ~Environment() {
        mdb_env_close(handle);
        std::filesystem::remove_all(path);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
};

} // namespace

void synced_commits(Bench& bench) {
    constexpr int group = 256;
    const Environment environment(bench.settings().folder);
    const std::string value(600, 'v');
    std::uint64_t records = 0;
    const double before = own_cpu();
    const auto start = now();
    Histogram commits;
    while (static_cast<double>(now() - start) < 1e6 * bench.settings().seconds) {
        const auto began = now();
        MDB_txn* transaction = nullptr;
        MDB_dbi table = 0;
        must(mdb_txn_begin(environment.handle, nullptr, 0, &transaction), "begin");
        must(mdb_dbi_open(transaction, nullptr, 0, &table), "table");
        for (int i = 0; i < group; ++i, ++records) {
            std::uint64_t key = __builtin_bswap64(records % 50 << 40 | records); // fifty mailboxes, each appended to
            MDB_val name{sizeof key, &key}, data{value.size(), const_cast<char*>(value.data())};
            must(mdb_put(transaction, table, &name, &data, 0), "put");
        }
        must(mdb_txn_commit(transaction), "commit");
        commits.add(now() - began);
    }
    bench.report().add("records_per_second", 1e6 * static_cast<double>(records) / static_cast<double>(now() - start));
    bench.report().add("cpu_us_per_record", 1e6 * (own_cpu() - before) / static_cast<double>(records));
    bench.report().add("commit_p50_ms", commits.percentile(0.5));
    bench.report().add("commit_p99_ms", commits.percentile(0.99));
}

} // namespace bench
