// SPDX-License-Identifier: MIT
#include "core/base/bytes.hpp"
#include "core/module.hpp"
#include "core/session/account.hpp"
#include "core/session/accounts.hpp"
#include "core/shard/shard.hpp"
#include "core/store/keys.hpp"
#include "storage/faulty/faulty.hpp"
#include "storage/lmdb/engine.hpp"
#include "storage/memory/memory.hpp"
#include "tests/catch.hpp"
#include "tests/core/server_kit.hpp"

using namespace epode;
using namespace epode::test;

namespace {

/// As a module has them.
class Keeper : public Module {
public:
    Store<std::string> store{*this, "store"};
    ResidentMap<std::string> resident{*this, "resident"};

    explicit Keeper(Host& on) : Module(on, "keeper") { on.prepare(*this); }

    Task<> put_in_load(Account& account) {
        Promise<bool> loaded;
        bool at_once = true;
        spawn(resident.load(account), [&] { loaded.set(at_once); }, [](std::exception_ptr) {});
        at_once = false;
        co_await resident.put(account, "street", "banished");
        CHECK_FALSE(co_await loaded);
    }
};

/// As long as RFC 7622 lets a bare JID be: 1023 octets, "@", 1023 octets. They differ where a cut would not see it.
std::string longest(char last) { return std::string(1023, 'l') + "@" + std::string(1022, 'd') + last; }

constexpr OwnerId owner{7};

using Rows = std::vector<std::pair<std::string, std::string>>;

/// Everything a store may do with keys, with keys of that beginning.
void exercise(BareServer& server, Keeper& keeper) {
    const auto a = longest('a'), b = longest('b'), absent = longest('c');
    const std::string edge(store::prefix_bytes, 'l'); // stands before all of the above
    server.wait([&] { return keeper.store.put(owner, a, "A"); });
    server.wait([&] { return keeper.store.put(owner, b, "B"); });
    server.wait([&] { return keeper.store.put(owner, edge, "E"); });
    server.wait([&] { return keeper.store.put(owner, "m", "M"); });
    server.wait([&] { return keeper.store.put(OwnerId(8), a, "another's"); });
    const auto get = [&](const std::string& key) {
        return server.wait<std::optional<std::string>>([&] { return keeper.store.get(owner, key); });
    };
    const auto scan = [&](const std::string& prefix, std::size_t limit = 100) {
        auto rows = server.wait<Rows>([&] { return keeper.store.scan(owner, prefix, limit); });
        std::ranges::sort(rows);
        return rows;
    };
    CHECK(get(a) == "A");
    CHECK(get(b) == "B");
    CHECK(get(absent) == std::nullopt);
    CHECK(scan("") == Rows{{edge, "E"}, {a, "A"}, {b, "B"}, {"m", "M"}});
    CHECK(scan("l") == Rows{{edge, "E"}, {a, "A"}, {b, "B"}});
    CHECK(scan(a.substr(0, 1500)) == Rows{{a, "A"}, {b, "B"}});
    CHECK(scan(a) == Rows{{a, "A"}});
    CHECK(scan(a.substr(0, 1500), 1).size() == 1);
    server.wait([&] { return keeper.store.put(owner, a, "again"); });
    server.wait([&] { return keeper.store.erase(owner, b); });
    CHECK(scan("l") == Rows{{edge, "E"}, {a, "again"}});
    Batch batch;
    keeper.store.erase_all(batch, owner, "l");
    server.wait([&] { return server.host().commit(std::move(batch)); });
    CHECK(scan("") == Rows{{"m", "M"}});
    CHECK(server.wait<std::optional<std::string>>([&] { return keeper.store.get(OwnerId(8), a); }) == "another's");
}

/// What is resident comes back with its whole keys.
void exercise_resident(BareServer& server, Keeper& keeper) {
    auto account = std::make_shared<Account>(server.host(), *Jid::parse("romeo@example.org"), owner, Role::user);
    server.wait([&] { return keeper.resident.put(*account, longest('a'), "A"); });
    server.wait([&] { return keeper.resident.put(*account, longest('b'), "B"); });
    server.wait([&] { return keeper.resident.put(*account, "short", "S"); });
    server.wait([&] { return keeper.resident.erase(*account, longest('a')); });
    keeper.resident.evict(*account);
    CHECK(keeper.resident.of(*account).empty());
    server.wait([&] { return keeper.resident.load(*account); });
    CHECK(keeper.resident.of(*account).size() == 2);
    REQUIRE(keeper.resident.find(*account, longest('b')));
    CHECK(*keeper.resident.find(*account, longest('b')) == "B");
    CHECK_FALSE(keeper.resident.find(*account, longest('a')));
    keeper.resident.evict(*account);
}

void exercise_all(std::unique_ptr<storage::Engine> engine) {
    BareServer server(std::move(engine));
    Keeper keeper(server.host());
    exercise(server, keeper);
    exercise_resident(server, keeper);
}

} // namespace

TEST_CASE("keys may be as long as a bare JID, on every engine") {
    SECTION("memory") {
        storage::MemoryOptions options;
        options.suspend = GENERATE(false, true);
        exercise_all(storage::memory_engine(std::move(options)));
    }
    SECTION("faulty") {
        exercise_all(std::make_unique<storage::FaultyEngine>(std::shared_ptr(storage::memory_engine())));
    }
    SECTION("lmdb") {
        const TempFolder folder;
        storage::LmdbOptions options(folder.sub("data"));
        options.map_size = 1u << 28;
        auto engine = storage::open_lmdb(std::move(options));
        REQUIRE(engine);
        exercise_all(std::move(*engine));
    }
}

TEST_CASE("a key is cut only where it must be") {
    const std::string fits(storage::max_key - 9, 'k');
    CHECK(store::row_key(owner, fits) == Owner(owner).prefix() + fits);
    CHECK(store::row_value(fits, "v") == "v");
    const auto longer = fits + "k";
    CHECK(store::row_key(owner, longer).size() == storage::max_key);
    CHECK(store::row_value(longer, "v") != "v");
    for (const auto& key : {std::string(), fits, longer, longest('x')}) {
        const auto read = store::row(store::row_key(owner, key), store::row_value(key, "v"));
        REQUIRE(read);
        CHECK(*read == std::pair(key, std::string("v")));
    }
}

TEST_CASE("a damaged row of a long key is no value") {
    const auto key = longest('a');
    CHECK_FALSE(store::row(store::row_key(owner, key), ""));
    CHECK_FALSE(store::row(store::row_key(owner, key), store::row_value(key, "v").substr(0, 100)));
    CHECK_FALSE(store::row("abc", "v"));
    CHECK_FALSE(store::row_value_of(key, "\x05short"));
    // Another key's row under the same digest, if there ever was one, is not this one's.
    const auto other = store::row_value_of(key, store::row_value(longest('b'), "v"));
    REQUIRE(other);
    CHECK_FALSE(other->has_value());
}

TEST_CASE("a range cannot be erased by a prefix that keys are cut within") {
    BareServer server(storage::memory_engine());
    Keeper keeper(server.host());
    Batch batch;
    CHECK_THROWS_AS(keeper.store.erase_all(batch, owner, std::string(store::prefix_bytes + 1, 'p')),
                    std::invalid_argument);
}

TEST_CASE("for an account that is removed nothing is written any more, for others in the same batch it is") {
    BareServer server(storage::memory_engine());
    Keeper keeper(server.host());
    const auto romeo = *Jid::parse("romeo@example.org");
    auto& accounts = server.host().accounts();
    REQUIRE(server.wait<Accounts::Outcome>([&] { return accounts.create(romeo, Secret("wherefore")); }));
    auto account = server.wait<std::shared_ptr<Account>>([&] { return server.shard().router().activate(romeo); });
    REQUIRE(account);
    const auto owner = account->owner();
    const auto put = [&] { // as a task does that holds the account
        server.wait([&] {
            Batch batch;
            keeper.store.put(batch, *account, "key", "his");
            keeper.store.put(batch, OwnerId(8), "key", "another's");
            return server.host().commit(std::move(batch));
        });
    };
    const auto get = [&](OwnerId whose) {
        return server.wait<std::optional<std::string>>([&] { return keeper.store.get(whose, "key"); });
    };
    put();
    CHECK(get(owner) == "his");
    server.wait([&] { return keeper.store.erase(OwnerId(8), "key"); });
    REQUIRE(server.wait<Accounts::Outcome>([&] { return accounts.remove(romeo); }));
    CHECK(get(owner) == std::nullopt);
    put();
    CHECK(get(owner) == std::nullopt);
    CHECK(get(OwnerId(8)) == "another's");

    auto& pending = server.shard().pending();
    CHECK(pending.closed(owner));
    account.reset();
    pending.close(std::make_shared<Account>(server.host(), romeo, OwnerId(9), Role::user));
    CHECK_FALSE(pending.closed(owner)); // nothing is kept for accounts that are gone
}

TEST_CASE("what is resident is handed to the next version of its module") {
    BareServer server(storage::memory_engine());
    Keeper old(server.host());
    Keeper next(server.host());
    const auto romeo = std::make_shared<Account>(server.host(), *Jid::parse("romeo@example.org"), owner, Role::user);
    const auto put = [&](const char* key, const char* value) {
        server.wait([&, key, value] { return old.resident.put(*romeo, key, value); });
    };
    put("street", "Montague");
    next.resident.restore(old.resident.save());
    CHECK(next.resident.of(*romeo) == old.resident.of(*romeo));
    CHECK(next.resident.outdated().empty());
    CHECK(old.resident.outdated().empty());

    SECTION("what is put while the old one is on its way out is loaded by the next") {
        put("street", "banished");
        CHECK(old.resident.outdated() == std::vector{owner});
        server.wait([&] { return next.resident.load(*romeo); });
        CHECK(*next.resident.find(*romeo, "street") == "banished");
    }
    SECTION("what the next one does not understand, too") {
        std::map<std::uint64_t, std::string> other{{static_cast<std::uint64_t>(owner), "\xFF\xFF\xFF"}};
        next.resident.restore(encode_value(other));
        CHECK(next.resident.outdated() == std::vector{owner});
    }
}

TEST_CASE("what is put while a resident value is being loaded is not undone by it") {
    storage::MemoryOptions options;
    options.suspend = true;
    BareServer server(storage::memory_engine(std::move(options)));
    Keeper keeper(server.host());
    const auto romeo = std::make_shared<Account>(server.host(), *Jid::parse("romeo@example.org"), owner, Role::user);
    server.wait([&] { return keeper.resident.put(*romeo, "street", "Montague"); });
    server.wait([&] { return keeper.put_in_load(*romeo); });
    CHECK(*keeper.resident.find(*romeo, "street") == "banished");
}
