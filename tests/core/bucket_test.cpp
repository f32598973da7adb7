// SPDX-License-Identifier: MIT
#include "core/base/bucket.hpp"
#include "tests/catch.hpp"

using namespace epode;

TEST_CASE("bucket: so much at once, then so much per second") {
    Bucket bucket;
    Instant now(1h);
    for (int i = 0; i < 10; ++i) CHECK(bucket.take(now, 1, 10, 2) == Duration(0));
    CHECK(bucket.take(now, 1, 10, 2) == 500ms);
    CHECK(bucket.take(now, 1, 10, 2) == 1s);
    now += 1s;
    CHECK(bucket.owed(now, 2) == 10);
    CHECK(bucket.take(now, 1, 10, 2) == 500ms);
    now += 1h;
    CHECK(bucket.owed(now, 2) == 0);
    CHECK(bucket.take(now, 10, 10, 2) == Duration(0));
}

TEST_CASE("bucket: no rate is a long wait, never an endless one, and time does not run backwards") {
    Bucket bucket;
    CHECK(bucket.take(Instant(1h), 2, 1, 0) == 1h);
    CHECK(bucket.take(Instant(1h), 1e9, 1, 0.001) == 1h);
    const double owed = bucket.owed(Instant(2h), 0.001);
    CHECK(bucket.owed(Instant(0s), 0.001) >= owed);
}
