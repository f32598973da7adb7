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
    stretch.words = words_of(query.text);
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
    if (!stretch.words.empty() && !has_words(entry.value.message, stretch.words)) return false;
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

/// What a page is known to be: where it begins in the whole, and how many there are in that.
struct Place {
    std::optional<std::uint64_t> index, count;
};

xep::mam::Fin end_of(const LogPage<Record>& page, const Place& place) {
    xep::mam::Fin fin;
    fin.complete = !page.more;
    fin.page.count = place.count;
    if (!page.entries.empty()) {
        fin.page.first = page.entries.front().id.text();
        fin.page.last = page.entries.back().id.text();
        fin.page.index = place.index;
    }
    return fin;
}

std::unexpected<StanzaError> too_far() {
    return std::unexpected(StanzaError(Condition::resource_constraint, ErrorType::modify,
                                       "nothing was found as far as one search goes; ask for a shorter time"));
}

/// Moves the stretch's beginning to the message of that number. False where it is not known which one that is.
Task<bool> begin_at(Book& book, Owner owner, Stretch& stretch, std::uint64_t number) {
    if (!stretch.words.empty() || stretch.with.is_full()) co_return false;
    if (number == 0) co_return true;
    const auto before = co_await book.nth(owner, stretch, static_cast<std::size_t>(number - 1));
    if (before)
        stretch.after = *before;
    else
        stretch.before = stretch.after.value_or(OrderedId()); // behind the end there is nothing
    co_return true;
}

} // namespace

Task<std::expected<Findings, StanzaError>> inquire(Book& book, Owner owner, Query query, std::size_t most) {
    if (query.ids.size() > most_named)
        co_return std::unexpected(StanzaError(Condition::not_acceptable, "too many ids are asked for at once"));
    co_await book.derive(owner, false);
    Stretch stretch = whole_of(query);
    if (!query.text.empty() && stretch.words.empty()) {
        Findings none; // no words, nothing that has them
        none.fin.complete = true;
        none.fin.page.count = 0;
        co_return none;
    }
    const bool backwards = query.page.backwards();
    Sides of_all{query.after_id, query.before_id};
    const bool there = co_await narrow(book, owner, stretch, std::move(of_all));
    if (!there) co_return missing();
    const Stretch whole = stretch;
    Sides of_page{query.page.after, query.page.before};
    if (of_page.before && of_page.before->empty()) of_page.before.reset(); // the last page
    const bool placed = co_await narrow(book, owner, stretch, std::move(of_page));
    if (!placed) co_return missing();

    Place place;
    if (query.ids.empty()) place.count = co_await book.known_count(owner, whole);
    const auto limit = query.page.limit(most);
    LogPage<Record> page;
    if (query.page.index) {
        bool known = query.ids.empty();
        if (known) known = co_await begin_at(book, owner, stretch, *query.page.index);
        if (!known)
            co_return std::unexpected(StanzaError(Condition::feature_not_implemented,
                                                  "pages of such a question are not asked for by number"));
        place.index = *query.page.index;
    }
    if (!query.ids.empty()) {
        auto found = co_await named(book, owner, query.ids, stretch, limit, backwards);
        if (!found) co_return std::unexpected(std::move(found.error()));
        page = std::move(*found);
    } else if (limit == 0) {
        if (!place.count) place.count = co_await book.count(owner, whole, most_counted);
        Findings none;
        none.fin.page.count = place.count;
        none.fin.complete = *place.count == 0;
        co_return none;
    } else {
        page = co_await book.read(owner, stretch, limit, backwards);
        if (page.entries.empty() && page.more) co_return too_far();
    }
    if (backwards) std::ranges::reverse(page.entries);
    if (stretch == whole && !query.page.index && (!backwards || !page.more)) place.index = 0;
    if (place.index == 0 && !page.more) place.count = page.entries.size();
    if (backwards && stretch == whole && place.count && *place.count >= page.entries.size())
        place.index = *place.count - page.entries.size(); // the last page
    Findings findings;
    findings.fin = end_of(page, place);
    findings.entries = std::move(page.entries);
    if (query.flip) std::ranges::reverse(findings.entries);
    co_return findings;
}

} // namespace epode::archive
