// SPDX-License-Identifier: MIT
// Numbers of the LMDB engine on the disk below the folder given (default: the temporary folder): batches per second by
// how many are on their way at once and by how many rows each writes, and the time of a get and of a scan.
// `storage_bench [seconds for each figure, 2] [folder]`.
#include "storage/lmdb/engine.hpp"
#include "tests/storage/turns.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

using namespace epode;
using namespace epode::storage;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Bench {
public:
    Bench(Engine& engine, double patience) : engine_(engine), table_(engine.table("bench")), patience_(patience) {}

    void fill(int rows) {
        for (int i = 0; i < rows;) {
            Batch batch;
            for (int n = 0; n < 5000; ++n, ++i) batch.put(table_, key(static_cast<unsigned>(i)), value());
            turns_.wait(engine_.commit(std::move(batch)));
        }
        rows_ = static_cast<unsigned>(rows);
    }

    void commits(unsigned at_once, unsigned rows = 1) {
        const Clock::time_point start = Clock::now();
        const Statistics before = engine_.statistics();
        unsigned open = 0;
        while (seconds_since(start) < patience_) {
            for (; open < at_once; ++open) commit_one(open, rows);
            turns_.run_one();
        }
        turns_.run_until([&] { return open == 0; });
        const double seconds = seconds_since(start);
        const Statistics after = engine_.statistics();
        const auto batches = static_cast<double>(after.batches - before.batches);
        const auto groups = static_cast<double>(after.commits - before.commits);
        std::printf("%6u at once, %4u rows each: %9.0f batches/s, %9.0f rows/s, %7.2f ms per commit, %6.1f batches per "
                    "commit\n",
                    at_once, rows, batches / seconds, rows * batches / seconds, 1000 * seconds / groups,
                    batches / groups);
    }

    void reads(const char* name, const std::function<void(std::string)>& read) {
        const Clock::time_point start = Clock::now();
        unsigned rounds = 0;
        for (; rounds % 1000 != 0 || seconds_since(start) < patience_; ++rounds) read(key(random_() % rows_));
        const double each = seconds_since(start) / rounds;
        std::printf("%s: %.2f us, %.0f/s\n", name, 1e6 * each, 1 / each);
    }

    void get(std::string key) { (void)turns_.wait(engine_.get(table_, std::move(key))); }
    void scan(std::string key) { (void)turns_.wait(engine_.scan(table_, Range(std::move(key), ""), ScanOptions(20))); }

private:
    static std::string value() { return std::string(576, 'v'); }
    /// Spread like owners: neighbours in time are not neighbours on the disk.
    static std::string key(std::uint64_t number) {
        const std::uint64_t spread = number * 0x9e3779b97f4a7c15u;
        return std::string(reinterpret_cast<const char*>(&spread), sizeof spread);
    }
    void commit_one(unsigned& open, unsigned rows) {
        Batch batch;
        for (unsigned i = 0; i < rows; ++i) batch.put(table_, key(rows_ + written_++), value());
        turns_.start(
            engine_.commit(std::move(batch)), [&open] { --open; }, [](const std::exception_ptr&) { std::abort(); });
    }

    Engine& engine_;
    test::Turns turns_;
    Table table_;
    double patience_;
    unsigned rows_ = 0;
    unsigned written_ = 0;
    std::mt19937_64 random_{1};
};

} // namespace

int main(int argc, char* argv[]) {
    const test::TempFolder temporary;
    const double patience = argc > 1 ? std::strtod(argv[1], nullptr) : 2;
    auto engine = open_lmdb(LmdbOptions(argc > 2 ? argv[2] : temporary.path()));
    if (!engine) {
        std::fprintf(stderr, "%s\n", engine.error().text.c_str());
        return 1;
    }
    Bench bench(**engine, patience);
    const int rows = patience < 1 ? 5'000 : 200'000;
    bench.fill(rows);
    std::printf("%d rows of 576 bytes\n", rows);
    bench.reads("get", [&](std::string key) { bench.get(std::move(key)); });
    bench.reads("scan of 20 rows", [&](std::string key) { bench.scan(std::move(key)); });
    for (const unsigned at_once : {1u, 8u, 64u, 512u, 4096u}) bench.commits(at_once);
    for (const unsigned each : {4u, 16u, 64u}) bench.commits(64, each);
}
