// SPDX-License-Identifier: MIT
#include "core/shard/id_source.hpp"

#include "core/base/codec.hpp"
#include "core/base/log.hpp"

#include <algorithm>

namespace epode {

namespace {

constexpr std::string_view rows = "ids/";

const Logger& log() {
    static const Logger area("server");
    return area;
}

} // namespace

IdSource::IdSource(storage::Engine& engine, std::size_t shard) : engine_(engine), row_(rows) {
    row_ += std::to_string(shard);
}

Task<WallTime> IdSource::given(storage::Engine& engine) {
    auto range = storage::Range::prefix(rows);
    auto page = co_await engine.scan(engine.table("meta"), std::move(range), storage::ScanOptions());
    WallTime latest{};
    for (const auto& entry : page.entries) {
        const auto until = decode_value<WallTime>(entry.bytes);
        if (!until) throw storage::Failure("the row " + entry.key + " is damaged");
        latest = std::max(latest, *until);
    }
    co_return latest;
}

void IdSource::begin(WallTime given) {
    if (given == WallTime()) return;
    last_ = OrderedId::at(given + Duration(1));
    reserved_ = given;
}

OrderedId IdSource::next(WallTime now) {
    last_ = OrderedId::next(now, last_);
    used_ = true;
    if (last_.time() > reserved_) {
        reserved_ = last_.time() + ahead;
        spawn(
            reserve(reserved_), [] {},
            [this](std::exception_ptr) {
                log().error("the time of ids could not be noted");
                reserved_ = WallTime(); // again with the next one
            });
    }
    return last_;
}

Task<> IdSource::reserve(WallTime until) {
    storage::Batch batch;
    batch.put(engine_.table("meta"), row_, encode_value(until));
    co_await engine_.commit(std::move(batch));
}

Task<> IdSource::save() {
    if (used_) co_await reserve(last_.time());
}

} // namespace epode
