// SPDX-License-Identifier: MIT
#include "xep/xep0045_muc.hpp"

#include "xep/xep0082_datetime.hpp"

#include <array>
#include <charconv>

namespace epode::xep::muc {
namespace {

constexpr std::array<std::string_view, 5> affiliations{"outcast", "none", "member", "admin", "owner"};
constexpr std::array<std::string_view, 4> roles{"none", "visitor", "participant", "moderator"};

template <typename E, std::size_t N>
std::optional<E> find(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name) return static_cast<E>(i);
    return std::nullopt;
}

template <typename Number> std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

} // namespace

std::string_view name(Affiliation affiliation) noexcept { return affiliations[static_cast<std::size_t>(affiliation)]; }
std::string_view name(Role role) noexcept { return roles[static_cast<std::size_t>(role)]; }
std::optional<Affiliation> affiliation(std::string_view name) noexcept { return find<Affiliation>(affiliations, name); }
std::optional<Role> role(std::string_view name) noexcept { return find<Role>(roles, name); }

HistoryRequest HistoryRequest::decode(xml::Element element) {
    HistoryRequest request;
    request.maxchars = number<std::size_t>(element.attr("maxchars"));
    request.maxstanzas = number<std::size_t>(element.attr("maxstanzas"));
    request.seconds = number<std::uint32_t>(element.attr("seconds"));
    request.since = parse_datetime(element.attr("since"));
    return request;
}

Join Join::decode(xml::Element element) {
    Join join;
    join.password = element.child_text("password").str();
    join.history = HistoryRequest::decode(element.child("history", ns));
    if (const auto lists = element.child(Mav::name, Mav::ns)) join.lists = Mav::decode(lists);
    return join;
}

Result<Item> Item::decode(xml::Element element) {
    Item item;
    if (const auto given = element.find_attr("affiliation")) {
        item.affiliation = muc::affiliation(*given);
        if (!item.affiliation) return fail("there is no such affiliation");
    }
    if (const auto given = element.find_attr("role")) {
        item.role = muc::role(*given);
        if (!item.role) return fail("there is no such role");
    }
    if (const auto given = element.find_attr("jid")) {
        auto jid = Jid::parse(*given);
        if (!jid) return fail("jid: " + jid.error().text);
        item.jid = std::move(*jid);
    }
    if (const auto given = element.find_attr("nick")) item.nick = given->str();
    item.reason = element.child_text("reason").str();
    return item;
}

void Item::encode(xml::Builder& builder) const {
    builder.open("item");
    if (affiliation) builder.attr("affiliation", muc::name(*affiliation));
    builder.attr_if("jid", jid.text());
    if (nick) builder.attr("nick", *nick);
    if (role) builder.attr("role", muc::name(*role));
    if (!reason.empty()) builder.leaf("reason", reason);
    builder.close();
}

Result<Admin> Admin::decode(xml::Element element) {
    Admin query;
    for (const xml::Element child : element.children()) {
        if (!child.is("item", ns)) continue;
        auto item = Item::decode(child);
        if (!item) return std::unexpected(std::move(item).error());
        query.items.push_back(std::move(*item));
    }
    if (query.items.empty()) return fail("an admin's query has an item");
    return query;
}

void Admin::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    for (const Item& item : items) item.encode(builder);
    builder.close();
}

Result<Destroy> Destroy::decode(xml::Element element) {
    Destroy destroy;
    if (const auto given = element.attr("jid"); !given.empty()) {
        auto jid = Jid::parse(given);
        if (!jid) return fail("jid: " + jid.error().text);
        destroy.venue = std::move(*jid);
    }
    destroy.password = element.child_text("password").str();
    destroy.reason = element.child_text("reason").str();
    return destroy;
}

void Destroy::encode(xml::Builder& builder) const {
    builder.open("destroy").attr_if("jid", venue.text());
    if (!password.empty()) builder.leaf("password", password);
    if (!reason.empty()) builder.leaf("reason", reason);
    builder.close();
}

Result<Owner> Owner::decode(xml::Element element) {
    Owner query;
    if (const auto child = element.child("destroy", ns)) {
        auto destroy = Destroy::decode(child);
        if (!destroy) return std::unexpected(std::move(destroy).error());
        query.destroy = std::move(*destroy);
        return query;
    }
    auto form = Form::inside(element);
    if (!form) return std::unexpected(std::move(form).error());
    query.form = std::move(*form);
    return query;
}

Result<Registration> Registration::decode(xml::Element element) {
    Registration query;
    query.remove = bool(element.child("remove", ns));
    auto form = Form::inside(element);
    if (!form) return std::unexpected(std::move(form).error());
    query.form = std::move(*form);
    return query;
}

void Registration::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (nick) builder.open("registered").close().leaf("username", *nick);
    if (form) {
        for (const std::string& line : form->instructions) builder.leaf("instructions", line);
        form->encode(builder);
    }
    builder.close();
}

} // namespace epode::xep::muc
