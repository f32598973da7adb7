// SPDX-License-Identifier: MIT
#include "xep/xep0430_inbox.hpp"

#include <charconv>
#include <optional>

namespace epode::xep::inbox {

namespace {

Result<bool> flag(xml::Element element, std::string_view name, bool otherwise) {
    const auto text = element.find_attr(name);
    if (!text) return otherwise;
    if (*text == "true" || *text == "1") return true;
    if (*text == "false" || *text == "0") return false;
    return fail(std::string(name) + " is true or false");
}

Result<std::uint64_t> number(xml::Element element, std::string_view name) {
    const auto text = element.attr(name).str();
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size()) return fail(std::string(name) + " is no number");
    return value;
}

} // namespace

Result<Query> Query::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no query of urn:xmpp:inbox:1");
    Query query;
    const auto unread_only = flag(element, "unread-only", false), messages = flag(element, "messages", true);
    if (!unread_only) return std::unexpected(unread_only.error());
    if (!messages) return std::unexpected(messages.error());
    query.unread_only = *unread_only;
    query.messages = *messages;
    auto page = rsm::Request::inside(element);
    if (!page) return std::unexpected(std::move(page).error());
    query.page = std::move(*page);
    return query;
}

void Query::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (unread_only) builder.attr("unread-only", "true");
    if (!messages) builder.attr("messages", "false");
    if (page != rsm::Request()) page.encode(builder);
    builder.close();
}

Result<Entry> Entry::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no entry of an inbox");
    Entry entry;
    auto jid = Jid::parse(element.attr("jid"));
    if (!jid) return std::unexpected(std::move(jid).error());
    entry.jid = std::move(*jid);
    const auto unread = number(element, "unread");
    if (!unread) return std::unexpected(unread.error());
    entry.unread = *unread;
    entry.id = element.attr("id").str();
    return entry;
}

void Entry::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("unread", std::to_string(unread)).attr("jid", jid.text()).attr("id", id).close();
}

Result<Fin> Fin::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no end of an inbox");
    Fin fin;
    for (const auto& [attribute, into] :
         {std::pair("total", &fin.total), std::pair("unread", &fin.unread), std::pair("all-unread", &fin.all_unread)}) {
        const auto value = number(element, attribute);
        if (!value) return std::unexpected(value.error());
        *into = *value;
    }
    if (const auto set = element.child(rsm::Page::name, rsm::Page::ns)) {
        auto page = rsm::Page::decode(set);
        if (!page) return std::unexpected(std::move(page).error());
        fin.page = std::move(*page);
    }
    return fin;
}

void Fin::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("total", std::to_string(total)).attr("unread", std::to_string(unread));
    builder.attr("all-unread", std::to_string(all_unread));
    if (page != rsm::Page()) page.encode(builder);
    builder.close();
}

} // namespace epode::xep::inbox
