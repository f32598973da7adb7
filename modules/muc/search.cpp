// SPDX-License-Identifier: MIT
// Which public rooms have to do with some words (XEP-0433): those of all shards that are listed.
#include "modules/muc/disco.hpp"
#include "modules/muc/muc.hpp"
#include "xep/xep0433_channel_search.hpp"

#include <algorithm>
#include <charconv>

namespace epode::muc {

namespace channels = xep::channels;

namespace {

constexpr std::size_t page_size = 100;

/// Small and great letters are one, as in nicknames.
std::string folded(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    auto prepared = prepare::nickname(text);
    return prepared ? std::move(*prepared) : text;
}

bool matches(const channels::Search& wanted, const channels::Channel& channel) {
    std::vector<std::string> texts;
    if (wanted.in_name) texts.push_back(folded(channel.title));
    if (wanted.in_description) texts.push_back(folded(channel.description));
    if (wanted.in_address) texts.push_back(folded(std::string(channel.address.text())));
    return std::ranges::all_of(wanted.words, [&](const std::string& word) {
        return std::ranges::any_of(texts, [&](const std::string& text) { return text.contains(word); });
    });
}

/// By address, or the fullest first.
bool comes_before(const channels::Channel& a, const channels::Channel& b, bool by_users) {
    if (by_users && a.users != b.users) return a.users > b.users;
    return a.address < b.address;
}

/// Where a channel stands, in words: so a page can be continued although others have come and gone.
std::string mark(const channels::Channel& channel) {
    return std::to_string(channel.users) + '/' + std::string(channel.address.text());
}
std::optional<channels::Channel> marked(std::string_view text) {
    channels::Channel channel;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), channel.users);
    if (failed != std::errc() || end == text.data() + text.size() || *end != '/') return std::nullopt;
    const auto address = Jid::parse(text.substr(static_cast<std::size_t>(end - text.data()) + 1));
    if (!address) return std::nullopt;
    channel.address = *address;
    return channel;
}

} // namespace

Task<Reply> Muc::search(Iq, channels::Search wanted) {
    if (wanted.wants_form) {
        xml::Builder form;
        channels::Search::encode_form(form);
        co_return result(form.finish());
    }
    auto channels = std::make_shared<std::vector<channels::Channel>>();
    if (wanted.of_rooms) co_await everywhere(&Muc::add_channels, channels);
    for (std::string& word : wanted.words) word = folded(std::move(word));
    std::erase_if(*channels, [&](const auto& channel) { return !matches(wanted, channel); });
    const auto in_order = [&](const auto& a, const auto& b) { return comes_before(a, b, wanted.by_users); };
    std::ranges::sort(*channels, in_order);
    auto first = channels->begin(), last = channels->end();
    const auto size = static_cast<std::ptrdiff_t>(wanted.page.limit(page_size));
    for (const auto* side : {&wanted.page.after, &wanted.page.before}) {
        if (!*side || (*side)->empty()) continue; // an empty "before" is the last page
        const auto at = marked(**side);
        if (!at) co_return error(Condition::item_not_found, "there is no such page");
        if (side == &wanted.page.after)
            first = std::ranges::upper_bound(first, last, *at, in_order);
        else
            last = std::ranges::lower_bound(first, last, *at, in_order);
    }
    if (wanted.page.index)
        first += std::min<std::ptrdiff_t>(
            static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(*wanted.page.index, channels->size())), last - first);
    if (wanted.page.backwards())
        first = last - std::min(size, last - first);
    else
        last = first + std::min(size, last - first);
    xml::Builder builder;
    builder.open("result", channels::ns);
    for (auto channel = first; channel != last; ++channel) channel->encode(builder);
    xep::rsm::Page page;
    page.count = channels->size();
    if (first != last) {
        page.first = mark(*first);
        page.last = mark(*std::prev(last));
        page.index = static_cast<std::uint64_t>(first - channels->begin());
    }
    page.encode(builder);
    co_return result(builder.close().finish());
}

void Muc::add_channels(Channels into) {
    const auto add = [&](const Jid& jid, const Configuration& config, std::size_t users) {
        if (config.listed) into->push_back(channel(jid, config, users));
    };
    for (const auto& [jid, room] : rooms_.rooms())
        if (!room->locked()) add(jid, room->configuration(), room->size());
    for (const auto& [jid, stored] : rooms_.stored())
        if (!rooms_.rooms().contains(jid)) add(jid, stored.config, 0);
}

} // namespace epode::muc
