// SPDX-License-Identifier: MIT
#include "modules/archive/contents.hpp"

#include "core/words.hpp"
#include "xep/xep0359_sid.hpp"
#include "xep/xep0424_retraction.hpp"

#include <algorithm>
#include <array>

namespace epode::archive {

namespace {

constexpr std::size_t most_words = 1000; ///< of a message
constexpr std::string_view markers_ns = "urn:xmpp:chat-markers:0";

constexpr std::array<std::string_view, 5> encryptions{
    "eu.siacs.conversations.axolotl", // XEP-0384 before version 0.4
    "jabber:x:encrypted",             // XEP-0027
    "urn:xmpp:eme:0",                 // XEP-0380
    "urn:xmpp:omemo:2",               // XEP-0384
    "urn:xmpp:openpgp:0",             // XEP-0373
};
/// With one of these a body is for clients that do not know them.
constexpr std::array<std::string_view, 5> references{
    "urn:xmpp:fasten:0",          // XEP-0422
    "urn:xmpp:message-correct:0", // XEP-0308
    "urn:xmpp:message-retract:0", // XEP-0424
    "urn:xmpp:message-retract:1",
    "urn:xmpp:reactions:0", // XEP-0444
};
constexpr std::string_view correction_ns = references[1];

bool is_encryption(std::string_view space) { return std::ranges::binary_search(encryptions, space); }
bool is_reference(std::string_view space) { return std::ranges::binary_search(references, space); }

bool is_text(xml::Element child) {
    return child.ns() == ns::client && (child.name() == "body" || child.name() == "subject");
}

/// Corrections say something of their own, too.
bool has_text(const Stanza& message) {
    return std::ranges::none_of(message.root().children(), [](xml::Element child) {
        return is_encryption(child.ns()) || (is_reference(child.ns()) && child.ns() != correction_ns);
    });
}

void add_words(std::vector<std::uint32_t>& words, std::string_view text) {
    each_word(text, most_words, [&words](std::string_view word) { words.push_back(hash_of(word)); });
}

void once_each(std::vector<std::uint32_t>& words) {
    std::ranges::sort(words);
    const auto twice = std::ranges::unique(words);
    words.erase(twice.begin(), twice.end());
}

} // namespace

std::uint32_t hash_of(std::string_view text) noexcept {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

Contents contents_of(const Record& record) {
    static_assert(std::ranges::is_sorted(encryptions) && std::ranges::is_sorted(references));
    const Stanza& message = record.message;
    Contents contents;
    contents.group = message.type() == "groupchat";
    contents.own = message.from() && (message.from() != record.peer || message.from().bare() == message.to().bare());
    bool says = false, refers = false;
    for (xml::Element child : message.root().children()) {
        const auto space = child.ns();
        if (space == markers_ns && (child.name() == "displayed" || child.name() == "acknowledged")) {
            contents.kind = Contents::Kind::displayed;
            contents.about = child.attr("id").str();
        } else if (child.is(xep::Retract::name, xep::retract_ns)) {
            contents.kind = Contents::Kind::retraction;
            contents.about = child.attr("id").str();
        }
        says = says || child.is("body", ns::client) || (is_encryption(space) && space != "urn:xmpp:eme:0");
        refers = refers || is_reference(space);
    }
    if (contents.kind == Contents::Kind::other && says && !refers) contents.kind = Contents::Kind::said;
    return contents;
}

Names::Names(const Stanza& message) {
    const auto given = message.id();
    if (!given.empty()) id = hash_of(given);
    const auto sender = xep::origin_id(message);
    if (!sender.empty()) origin = hash_of(sender);
}

std::vector<std::uint32_t> words_in(const Stanza& message) {
    std::vector<std::uint32_t> words;
    if (!has_text(message)) return words;
    for (xml::Element child : message.root().children())
        if (is_text(child)) add_words(words, child.text());
    once_each(words);
    if (words.size() > most_words) words.resize(most_words);
    return words;
}

std::vector<std::uint32_t> words_of(std::string_view text) {
    std::vector<std::uint32_t> words;
    add_words(words, text);
    once_each(words);
    return words;
}

bool has_words(const Stanza& message, const std::vector<std::uint32_t>& words) {
    return std::ranges::includes(words_in(message), words);
}

} // namespace epode::archive
