// SPDX-License-Identifier: MIT
#include "modules/archive/inquiry.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace epode::archive {

namespace {

using xep::mam::Query;

constexpr std::size_t most_named = 1000;
constexpr std::size_t most_counted = 100'000; ///< for a page of no messages, which asks only how many there are

std::unexpected<StanzaError> missing() {
    return std::unexpected(StanzaError(Condition::item_not_found, "there is no such message in this archive"));
}

void not_before(Stretch& stretch, const OrderedId& id) {
    if (!stretch.after || *stretch.after < id) stretch.after = id;
}
void not_after(Stretch& stretch, const OrderedId& id) {
    if (!stretch.before || id < *stretch.before) stretch.before = id;
}

/// What every page of the answer lies in. Both times belong to it (4.1.2).
Stretch whole_of(const Query& query) {
    Stretch stretch;
    stretch.with = query.with;
    if (query.start) stretch.after = OrderedId::at(*query.start);
    if (query.end) stretch.before = OrderedId::at(*query.end + std::chrono::microseconds(1));
    return stretch;
}

/// Sides of messages that must be there (4.1.3, 4.3.2).
struct Sides {
    std::optional<std::string> after, before;
};

Task<bool> narrow(Book& book, Owner owner, Stretch& stretch, Sides sides) {
    for (const auto* side : {&sides.after, &sides.before}) {
        if (!*side) continue;
        const auto id = OrderedId::parse(**side);
        if (!id) co_return false;
        const auto found = co_await book.find(owner, *id);
        if (!found) co_return false;
        if (side == &sides.after)
            not_before(stretch, *id);
        else
            not_after(stretch, *id);
    }
    co_return true;
}

bool holds(const Stretch& stretch, const Entry& entry) {
    if (stretch.after && entry.id <= *stretch.after) return false;
    if (stretch.before && entry.id >= *stretch.before) return false;
    return matches(stretch.with, entry.value.peer);
}

/// The page among single messages that were named (4.1.3).
Task<std::expected<LogPage<Record>, StanzaError>> named(Book& book, Owner owner, std::vector<std::string> ids,
                                                        Stretch stretch, std::size_t limit, bool backwards) {
    std::vector<Entry> all;
    for (const auto& text : ids) {
        const auto id = OrderedId::parse(text);
        if (!id) co_return missing();
        auto record = co_await book.find(owner, *id);
        if (!record) co_return missing();
        all.emplace_back(*id, std::move(*record));
    }
    std::erase_if(all, [&](const Entry& entry) { return !holds(stretch, entry); });
    std::ranges::sort(all,
                      [backwards](const Entry& a, const Entry& b) { return backwards ? b.id < a.id : a.id < b.id; });
    const auto twice = std::ranges::unique(all, {}, &Entry::id);
    all.erase(twice.begin(), twice.end());
    LogPage<Record> page;
    page.more = all.size() > limit;
    if (page.more) all.erase(all.begin() + static_cast<std::ptrdiff_t>(limit), all.end());
    page.entries = std::move(all);
    co_return page;
}

xep::mam::Fin end_of(const LogPage<Record>& page, bool from_the_start) {
    xep::mam::Fin fin;
    fin.complete = !page.more;
    if (!page.entries.empty()) {
        fin.page.first = page.entries.front().id.text();
        fin.page.last = page.entries.back().id.text();
        if (from_the_start) fin.page.index = 0;
    }
    if (from_the_start && !page.more) fin.page.count = page.entries.size();
    return fin;
}

} // namespace

Task<std::expected<Findings, StanzaError>> inquire(Book& book, Owner owner, Query query, std::size_t most) {
    if (query.page.index)
        co_return std::unexpected(StanzaError(Condition::feature_not_implemented, "pages are not asked for by number"));
    if (query.ids.size() > most_named)
        co_return std::unexpected(StanzaError(Condition::not_acceptable, "too many ids are asked for at once"));
    Stretch stretch = whole_of(query);
    const bool backwards = query.page.backwards();
    Sides of_all{query.after_id, query.before_id};
    const bool there = co_await narrow(book, owner, stretch, std::move(of_all));
    if (!there) co_return missing();
    const Stretch whole = stretch;
    Sides of_page{query.page.after, query.page.before};
    if (of_page.before && of_page.before->empty()) of_page.before.reset(); // the last page
    const bool placed = co_await narrow(book, owner, stretch, std::move(of_page));
    if (!placed) co_return missing();

    const auto limit = query.page.limit(most);
    LogPage<Record> page;
    if (!query.ids.empty()) {
        auto found = co_await named(book, owner, query.ids, stretch, limit, backwards);
        if (!found) co_return std::unexpected(std::move(found.error()));
        page = std::move(*found);
    } else if (limit == 0) {
        Findings none;
        none.fin.page.count = co_await book.count(owner, whole, most_counted);
        none.fin.complete = *none.fin.page.count == 0;
        co_return none;
    } else {
        page = co_await book.read(owner, stretch, limit, backwards);
    }
    if (backwards) std::ranges::reverse(page.entries);
    Findings findings;
    findings.fin = end_of(page, stretch == whole && (!backwards || !page.more));
    findings.entries = std::move(page.entries);
    if (query.flip) std::ranges::reverse(findings.entries);
    co_return findings;
}

} // namespace epode::archive
