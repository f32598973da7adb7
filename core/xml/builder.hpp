// SPDX-License-Identifier: MIT
// Builder: writes canonical XML and its index at the same time; the only way to make a Document.
//
// Canonical form: single quotes; xmlns only where it differs from the parent's; no prefixes on elements; attributes with a
// namespace get an invented prefix declared on their own element (xml: is kept); `<a/>` for an empty element; in text
// & < > and CR are escaped, in attributes & < ' and TAB, LF, CR (as numbers). Law: canonical(canonical(x)) = canonical(x).
//
//     Builder b;
//     b.open("query", "jabber:iq:roster").attr("ver", "7");
//     for (auto& contact : contacts) b.open("item").attr("jid", contact.jid).close();
//     return b.close().finish();
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/xml/element.hpp"

namespace epode::xml {

inline constexpr std::string_view xml_ns = "http://www.w3.org/XML/1998/namespace";

class Builder {
public:
    Builder() = default;
    /// Writes at most `limit` canonical bytes; beyond that `overflowed()` is true and nothing more is kept.
    explicit Builder(std::size_t limit) : limit_(limit) {}

    /// Opens an element in the parent's namespace (none at the root).
    Builder& open(std::string_view name);
    Builder& open(std::string_view name, std::string_view ns);
    /// Adds an attribute to the element just opened; before any text or child. `value` is unescaped.
    Builder& attr(std::string_view name, std::string_view value);
    Builder& attr(std::string_view name, std::string_view value, std::string_view ns);
    /// Adds an attribute only when `value` is not empty.
    Builder& attr_if(std::string_view name, std::string_view value) { return value.empty() ? *this : attr(name, value); }
    Builder& text(std::string_view unescaped);
    Builder& close();
    /// open + text + close.
    Builder& leaf(std::string_view name, std::string_view unescaped) { return open(name).text(unescaped).close(); }
    Builder& leaf(std::string_view name, std::string_view ns, std::string_view unescaped) {
        return open(name, ns).text(unescaped).close();
    }
    /// Copies a whole element from another Document, adding xmlns where the new place needs it. The null element adds nothing.
    Builder& append(Element element);
    /// Opens a copy of `element`'s tag (name, namespace, attributes) without its content, so that content can be changed.
    Builder& open_like(Element element);
    /// Copies the inner content (text and children) of `element` into the open element.
    Builder& append_inner(Element element);

    std::size_t depth() const noexcept { return open_.size(); }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool overflowed() const noexcept { return overflowed_; }

    /// The finished Document (every element closed, exactly one root), and an empty Builder ready for the next one.
    /// Must not be called after an overflow.
    Ref<Document> finish();
    /// Throws away what was written; keeps the memory.
    void clear() noexcept;

private:
    // Layout is the implementer's; see builder.cpp.
    struct Open {
        std::uint32_t node;
        std::uint32_t prefixes; // invented so far on this element
    };
    bool room(std::size_t more) noexcept;
    void end_tag_if_open();

    std::size_t limit_ = static_cast<std::size_t>(-1);
    std::string bytes_;
    std::vector<Node> nodes_;
    std::vector<Open> open_;
    bool in_tag_ = false;
    bool overflowed_ = false;
};

/// Appends `raw` to `out`, escaped for text or for an attribute in single quotes.
void escape_text(std::string& out, std::string_view raw);
void escape_attr(std::string& out, std::string_view raw);

} // namespace epode::xml
