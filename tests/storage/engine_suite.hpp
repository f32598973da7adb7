// SPDX-License-Identifier: MIT
// What an engine is, as tests: every engine runs all of it. A test says what it means in keys and values of one letter:
// rows are written as "a=1 b=2".
#pragma once

#include "storage/engine.hpp"
#include "tests/catch.hpp"
#include "tests/storage/turns.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace epode::test {

using namespace epode::storage;

struct EngineMaker {
    std::function<std::unique_ptr<Engine>()> make;
    /// Opens what `backup` wrote.
    std::function<std::unique_ptr<Engine>(const std::string& directory)> open_backup;
};

/// An engine with an executor and short words.
class Desk {
public:
    explicit Desk(Engine& engine) : engine_(engine), table_(engine.table("desk")) {}

    Table table() const { return table_; }
    Turns& turns() { return turns_; }
    void commit(Batch batch) { turns_.wait(engine_.commit(std::move(batch))); }
    void put(const std::string& key, const std::string& value) {
        Batch batch;
        batch.put(table_, key, value);
        commit(std::move(batch));
    }
    /// "a=1 b=2"
    void fill(const std::string& rows) {
        Batch batch;
        for (std::size_t at = 0; at < rows.size(); at += 4)
            batch.put(table_, rows.substr(at, 1), rows.substr(at + 2, 1));
        commit(std::move(batch));
    }
    std::optional<Value> value(const std::string& key) { return turns_.wait(engine_.get(table_, key)); }
    std::string get(const std::string& key) {
        const auto found = value(key);
        return found ? found->bytes : "(none)";
    }
    Version version(const std::string& key) {
        const auto found = value(key);
        return found ? found->version : 0;
    }
    Page page(Range range, ScanOptions options = {}) {
        return turns_.wait(engine_.scan(table_, std::move(range), options));
    }
    std::string rows(Range range = {}, ScanOptions options = {}) {
        const Page found = page(std::move(range), options);
        std::string text;
        for (const Entry& entry : found.entries) text += (text.empty() ? "" : " ") + entry.key + "=" + entry.bytes;
        return text + (found.more ? " ..." : "");
    }

private:
    Engine& engine_;
    Turns turns_;
    Table table_;
};

inline std::string numbered(const char* prefix, int number) {
    const std::string digits = std::to_string(number);
    return prefix + std::string(6 - digits.size(), '0') + digits;
}

inline void suite_get(Engine& engine) {
    Desk desk(engine);
    CHECK(desk.get("a") == "(none)");
    desk.put("a", "1");
    CHECK(desk.get("a") == "1");
    desk.put("a", "2");
    CHECK(desk.get("a") == "2");
    CHECK(desk.get("") == "(none)");
    CHECK(desk.get("aa") == "(none)");

    const std::string odd("\0\xff\0", 3);
    desk.put(odd, odd);
    desk.put("", "the empty key");
    desk.put("e", "");
    CHECK(desk.get(odd) == odd);
    CHECK(desk.get("") == "the empty key");
    CHECK(desk.value("e")->bytes.empty());
    CHECK(desk.page({}).entries.size() == 4);
}

inline void suite_tables(Engine& engine) {
    Desk desk(engine);
    const Table other = engine.table("other");
    CHECK(engine.table("desk") == desk.table());
    CHECK(other != desk.table());
    Batch batch;
    batch.put(desk.table(), "k", "desk");
    batch.put(other, "k", "other");
    batch.erase(desk.table(), Range());
    desk.commit(std::move(batch));
    CHECK(desk.rows() == "");
    CHECK(desk.rows({}, ScanOptions(9, true)) == "");
    CHECK(desk.turns().wait(engine.get(other, "k"))->bytes == "other");
}

inline void suite_versions(Engine& engine) {
    Desk desk(engine);
    desk.put("a", "1");
    const Version first = desk.version("a");
    CHECK(first != 0);
    desk.put("b", "1");
    CHECK(desk.version("a") == first);
    desk.put("a", "1");
    const Version second = desk.version("a");
    CHECK(second != first);
    CHECK(desk.page({}).entries.at(0).version == second);

    Batch erase;
    erase.erase(desk.table(), "a");
    erase.erase(desk.table(), "never there");
    desk.commit(std::move(erase));
    CHECK(desk.version("a") == 0);
    desk.put("a", "1");
    CHECK(desk.version("a") != first);
    CHECK(desk.version("a") != second);
}

inline void suite_scan(Engine& engine) {
    Desk desk(engine);
    CHECK(desk.rows() == "");
    desk.fill("a=1 b=2 c=3 d=4");

    CHECK(desk.rows() == "a=1 b=2 c=3 d=4");
    CHECK(desk.rows(Range("b", "d")) == "b=2 c=3");
    CHECK(desk.rows(Range("", "b")) == "a=1");
    CHECK(desk.rows(Range("c", "")) == "c=3 d=4");
    CHECK(desk.rows(Range("aa", "bb")) == "b=2");
    CHECK(desk.rows(Range("e", "")) == "");
    CHECK(desk.rows(Range("c", "c")) == "");
    CHECK(desk.rows(Range("d", "b")) == "");

    const auto backwards = [](std::size_t limit) { return ScanOptions(limit, true); };
    CHECK(desk.rows(Range(), backwards(9)) == "d=4 c=3 b=2 a=1");
    CHECK(desk.rows(Range("b", "d"), backwards(9)) == "c=3 b=2");
    CHECK(desk.rows(Range("", "bb"), backwards(9)) == "b=2 a=1");
    CHECK(desk.rows(Range("d", "b"), backwards(9)) == "");
    CHECK(desk.rows(Range("e", "f"), backwards(9)) == "");
    CHECK(desk.rows(Range("", "a"), backwards(9)) == "");
}

inline void suite_scan_limits(Engine& engine) {
    Desk desk(engine);
    desk.fill("a=1 b=2 c=3 d=4");
    CHECK(desk.rows(Range(), ScanOptions(2)) == "a=1 b=2 ...");
    CHECK(desk.rows(Range(), ScanOptions(4)) == "a=1 b=2 c=3 d=4");
    CHECK(desk.rows(Range("a", "c"), ScanOptions(2)) == "a=1 b=2");
    CHECK(desk.rows(Range(), ScanOptions(3, true)) == "d=4 c=3 b=2 ...");
    CHECK(desk.rows(Range("b", ""), ScanOptions(3, true)) == "d=4 c=3 b=2");
    CHECK(desk.rows(Range(), ScanOptions(0)) == " ...");
    CHECK(desk.rows(Range("x", ""), ScanOptions(0)) == "");

    ScanOptions bytes;
    bytes.max_bytes = 2;
    CHECK(desk.rows(Range(), bytes) == "a=1 b=2 ...");
    bytes.max_bytes = 0;
    CHECK(desk.rows(Range(), bytes) == "a=1 ...");
    CHECK(desk.rows(Range("d", ""), bytes) == "d=4");
}

inline void suite_prefix(Engine& engine) {
    CHECK(Range::prefix("").end == "");
    CHECK(Range::prefix("\xff\xff").end == "");
    CHECK(Range::prefix("a\xff").end == "b");
    CHECK(Range::prefix("ab").end == "ac");

    Desk desk(engine);
    for (const char* key : {"a", "a\xff", "a\xff\xff", "b", "\xff", "\xff\xff"}) desk.put(key, "1");
    CHECK(desk.page(Range::prefix("a")).entries.size() == 3);
    CHECK(desk.page(Range::prefix("a\xff")).entries.size() == 2);
    CHECK(desk.page(Range::prefix("\xff")).entries.size() == 2);
    CHECK(desk.page(Range::prefix("")).entries.size() == 6);
    CHECK(desk.page(Range::prefix("\xff"), ScanOptions(1, true)).entries.at(0).key == "\xff\xff");
}

inline void suite_expect(Engine& engine) {
    Desk desk(engine);
    const auto attempt = [&](const char* key, Version version, const char* value) {
        Batch batch;
        batch.put(desk.table(), key, value);
        batch.put(desk.table(), "trace", value);
        batch.expect(desk.table(), key, version); // behind the puts: what counts is what was there before the batch
        desk.commit(std::move(batch));
    };
    attempt("a", 0, "1");
    CHECK_THROWS_AS(attempt("a", 0, "2"), Conflict);
    const Version version = desk.version("a");
    CHECK_THROWS_AS(attempt("a", version + 1000, "3"), Conflict);
    CHECK_THROWS_AS(attempt("b", version, "4"), Conflict);
    CHECK(desk.rows() == "a=1 trace=1");
    attempt("a", version, "5");
    CHECK(desk.rows() == "a=5 trace=5");
    CHECK_THROWS_AS(attempt("a", version, "6"), Conflict);

    Batch only;
    only.expect(desk.table(), "none", 0);
    CHECK_NOTHROW(desk.commit(std::move(only)));
}

inline void suite_one_batch(Engine& engine) {
    Desk desk(engine);
    desk.fill("a=1 b=2 c=3");
    Batch batch;
    batch.erase(desk.table(), "a");
    batch.put(desk.table(), "b", "x");
    batch.put(desk.table(), "b", "y");
    Batch more;
    more.put(desk.table(), "d", "4");
    more.erase(desk.table(), "d");
    more.erase(desk.table(), Range("c", "d"));
    more.put(desk.table(), "c", "z");
    const std::size_t bytes = batch.bytes() + more.bytes();
    batch.merge(std::move(more));
    CHECK(batch.bytes() == bytes);
    CHECK(batch.writes().size() == 7);
    desk.commit(std::move(batch));
    CHECK(desk.rows() == "b=y c=z");
    CHECK_NOTHROW(desk.commit(Batch()));
}

inline void suite_arguments(Engine& engine) {
    Desk desk(engine);
    const std::string longest(max_key, 'k');
    desk.put(longest, "1");
    CHECK(desk.get(longest) == "1");
    CHECK(desk.page(Range(longest, "")).entries.size() == 1);
    CHECK_THROWS_AS(desk.put(longest + "k", "2"), std::invalid_argument);
    CHECK_THROWS_AS(desk.get(longest + "k"), std::invalid_argument);
    CHECK_THROWS_AS(desk.rows(Range(longest + "k", "")), std::invalid_argument);

    for (const Table unknown : {Table{0}, Table{999}}) {
        Batch batch;
        batch.put(desk.table(), "a", "1");
        batch.put(unknown, "a", "1");
        CHECK_THROWS_AS((void)engine.commit(std::move(batch)), std::invalid_argument);
        CHECK_THROWS_AS(desk.turns().wait(engine.get(unknown, "a")), std::invalid_argument);
    }
    CHECK(desk.get("a") == "(none)");
}

inline void suite_big_values(Engine& engine) {
    Desk desk(engine);
    std::string big(3 << 20, 'x');
    big.back() = 'y';
    desk.put("a", big);
    desk.put("b", std::string(70'000, 'z'));
    CHECK((desk.get("a") == big));
    CHECK(desk.page({}).entries.size() == 1); // by bytes
    CHECK(desk.page({}).more);
    desk.put("a", "small");
    CHECK(desk.page({}).entries.size() == 2);
}

inline void suite_erase_range(Engine& engine) {
    constexpr int rows = 5000;
    Desk desk(engine);
    Batch batch;
    for (int i = 0; i < rows; ++i) batch.put(desk.table(), numbered("m", i), std::to_string(i));
    batch.put(desk.table(), "a", "before");
    batch.put(desk.table(), "z", "behind");
    desk.commit(std::move(batch));

    Batch erase;
    erase.erase(desk.table(), Range("z", "a"));
    erase.erase(desk.table(), Range("n", "n"));
    erase.erase(desk.table(), Range::prefix("m"));
    erase.put(desk.table(), numbered("m", rows - 1), "again");
    desk.commit(std::move(erase));
    const std::string left = "a=before m004999=again z=behind";
    CHECK(desk.rows() == left);
    CHECK(desk.rows({}, ScanOptions(9, true)) == "z=behind m004999=again a=before");
    CHECK(desk.get(numbered("m", 4000)) == "(none)");

    Batch put;
    put.expect(desk.table(), numbered("m", 4000), 0);
    put.put(desk.table(), numbered("m", 4000), "new");
    desk.commit(std::move(put));
    CHECK(desk.get(numbered("m", 4000)) == "new");

    // Whatever is swept later, nothing changes for readers.
    for (int i = 0; i < 20; ++i) desk.put("z", "behind");
    CHECK(desk.rows() == "a=before m004000=new m004999=again z=behind");
    Batch all;
    all.erase(desk.table(), Range());
    desk.commit(std::move(all));
    CHECK(desk.rows() == "");
}

/// Batches that are on their way at the same time keep the order of the calls.
inline void suite_order(Engine& engine) {
    constexpr int batches = 700;
    Desk desk(engine);
    std::vector<int> answers;
    int failures = 0;
    for (int i = 0; i < batches; ++i) {
        Batch batch;
        batch.put(desk.table(), "last", std::to_string(i));
        batch.put(desk.table(), numbered("m", i), "1");
        desk.turns().start(
            engine.commit(std::move(batch)), [&answers, i] { answers.push_back(i); },
            [&failures](const std::exception_ptr&) { ++failures; });
    }
    desk.turns().run_until([&] { return answers.size() + static_cast<std::size_t>(failures) == batches; });
    CHECK(failures == 0);
    CHECK(std::is_sorted(answers.begin(), answers.end()));
    CHECK(desk.get("last") == std::to_string(batches - 1));
    CHECK(desk.page(Range::prefix("m")).entries.size() == batches);
}

/// Of many that expect the same, one wins; the losers do not take innocent ones with them.
inline void suite_race(Engine& engine) {
    constexpr int batches = 50;
    Desk desk(engine);
    int won = 0, lost = 0, innocent = 0;
    for (int i = 0; i < batches; ++i) {
        Batch race;
        race.expect(desk.table(), "prize", 0);
        race.put(desk.table(), "prize", std::to_string(i));
        desk.turns().start(engine.commit(std::move(race)), [&] { ++won; }, [&](const std::exception_ptr&) { ++lost; });
        Batch other;
        other.put(desk.table(), numbered("m", i), "1");
        desk.turns().start(engine.commit(std::move(other)), [&] { ++innocent; }, [](const std::exception_ptr&) {});
    }
    desk.turns().run_until([&] { return won + lost == batches && innocent == batches; });
    CHECK(won == 1);
    CHECK(desk.get("prize") == "0");
    CHECK(desk.page(Range::prefix("m")).entries.size() == batches);
}

/// Read, decide, commit with expect, again on Conflict. Returns how often there was one.
inline Task<int> add_one(Engine& engine, Table table, std::string key) {
    for (int conflicts = 0;; ++conflicts) {
        const auto before = co_await engine.get(table, key);
        Batch batch;
        batch.expect(table, key, before ? before->version : 0);
        batch.put(table, key, std::to_string(before ? std::stoi(before->bytes) + 1 : 1));
        bool done = true;
        try {
            co_await engine.commit(std::move(batch));
        } catch (const Conflict&) {
            done = false;
        }
        if (done) co_return conflicts;
    }
}

inline void suite_threads(Engine& engine) {
    constexpr int threads = 4, rounds = 25;
    const Table table = engine.table("desk");
    std::atomic<int> unseen = 0, failures = 0;
    const auto work = [&](int number) {
        Turns turns;
        const std::string own = numbered("own", number);
        try {
            for (int i = 1; i <= rounds; ++i) {
                (void)turns.wait(add_one(engine, table, "shared"));
                (void)turns.wait(add_one(engine, table, own));
                if (turns.wait(engine.get(table, own))->bytes != std::to_string(i)) ++unseen;
            }
        } catch (const std::exception&) {
            ++failures;
        }
    };
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back(work, i);
    for (std::thread& thread : running) thread.join();
    CHECK(failures == 0);
    CHECK(unseen == 0);
    CHECK(Desk(engine).get("shared") == std::to_string(threads * rounds));
}

/// Where there is no executor nothing suspends.
inline void suite_without_executor(Engine& engine) {
    const Table table = engine.table("desk");
    std::string seen;
    const auto failed = [&](const std::exception_ptr&) { seen += " failed"; };
    Batch batch;
    batch.put(table, "a", "1");
    spawn(engine.commit(std::move(batch)), [&] { seen += "committed"; }, failed);
    spawn(engine.get(table, "a"), [&](std::optional<Value> value) { seen += " " + value->bytes; }, failed);
    spawn(engine.scan(table, Range(), ScanOptions()), [&](Page page) { seen += " " + page.entries.at(0).key; }, failed);
    Batch conflict;
    conflict.expect(table, "a", 0);
    spawn(engine.commit(std::move(conflict)), [&] { seen += " wrong"; }, failed);
    CHECK(seen == "committed 1 a failed");
}

inline void suite_drain(Engine& engine) {
    Desk desk(engine);
    int done = 0;
    for (int i = 0; i < 100; ++i) {
        Batch batch;
        batch.put(desk.table(), numbered("m", i), "1");
        desk.turns().start(engine.commit(std::move(batch)), [&] { ++done; }, [](const std::exception_ptr&) {});
    }
    engine.drain();
    Turns other;
    CHECK(other.wait(engine.scan(desk.table(), Range(), ScanOptions())).entries.size() == 100);
    desk.turns().run_until([&] { return done == 100; });
    const Statistics now = engine.statistics();
    CHECK(now.batches >= 100);
    CHECK(now.failures == 0);
    CHECK(now.bytes > 0);
}

/// A writer goes on while the backup is made; both halves of each of its batches are in it or neither is.
inline void suite_backup(Engine& engine, const EngineMaker& maker) {
    const TempFolder folder;
    Desk desk(engine);
    desk.fill("a=1 b=2");
    const auto write = [&](int number) {
        Batch batch;
        batch.put(desk.table(), "left", std::to_string(number));
        batch.put(desk.table(), "right", std::to_string(number));
        desk.commit(std::move(batch));
    };
    write(0);
    bool done = false;
    std::string problem;
    const auto fail = [&](const std::exception_ptr& failure) {
        done = true;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            problem = error.what();
        }
    };
    desk.turns().start(engine.backup(folder.sub("copy")), [&] { done = true; }, fail);
    for (int i = 1; !done; ++i) write(i);
    CHECK(problem == "");
    CHECK_THROWS_AS(desk.turns().wait(engine.backup(folder.sub("copy"))), Failure);

    const auto copy = maker.open_backup(folder.sub("copy"));
    REQUIRE(copy);
    Desk there(*copy);
    CHECK(there.get("a") == "1");
    CHECK(there.get("left") == there.get("right"));
    CHECK(there.get("left") != "(none)");
    const Version version = there.version("a");
    there.put("a", "2");
    CHECK(there.version("a") != version);
    CHECK(desk.get("a") == "1");
}

inline void engine_suite(const EngineMaker& maker) {
    const auto engine = maker.make();
    REQUIRE(engine);
    SECTION("get") { suite_get(*engine); }
    SECTION("tables") { suite_tables(*engine); }
    SECTION("versions") { suite_versions(*engine); }
    SECTION("scan") { suite_scan(*engine); }
    SECTION("scan with limits") { suite_scan_limits(*engine); }
    SECTION("prefix") { suite_prefix(*engine); }
    SECTION("expect") { suite_expect(*engine); }
    SECTION("one batch") { suite_one_batch(*engine); }
    SECTION("arguments") { suite_arguments(*engine); }
    SECTION("big values") { suite_big_values(*engine); }
    SECTION("erase a range") { suite_erase_range(*engine); }
    SECTION("order") { suite_order(*engine); }
    SECTION("race") { suite_race(*engine); }
    SECTION("threads") { suite_threads(*engine); }
    SECTION("without an executor") { suite_without_executor(*engine); }
    SECTION("drain") { suite_drain(*engine); }
    SECTION("backup") { suite_backup(*engine, maker); }
}

} // namespace epode::test
