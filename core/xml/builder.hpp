// SPDX-License-Identifier: MIT
// Builder: writes canonical XML and its index at the same time; the only way to make a Document.
//
// Canonical form: single quotes; xmlns only where it differs from the parent's (the root's parent is jabber:client, see
// document.hpp), and then first; no prefixes on elements; attributes with a namespace get an invented prefix (n0, n1,
// …) declared on their own element just before its first use (xml: is kept); `<a/>` for an empty element; in text & < >
// and CR are escaped, in attributes & < ' and TAB, LF, CR (as numbers). Law: canonical(canonical(x)) = canonical(x).
//
//     Builder b;
//     b.open("query", "jabber:iq:roster").attr("ver", "7");
//     for (auto& contact : contacts) b.open("item").attr("jid", contact.jid).close();
//     return b.close().finish();
#pragma once

#include "core/xml/element.hpp"

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xml {

inline constexpr std::string_view xml_ns = "http://www.w3.org/XML/1998/namespace";

/// Not for several threads at once. Its memory comes from a small pool of the thread and goes back at `finish`, so a
/// builder costs nothing while it is empty. Names must be XML names without a colon and texts UTF-8 without U+FFFE and
/// U+FFFF: what came out of a parsed Document is both. Control characters, which XML cannot hold, are written as
/// U+FFFD.
class Builder {
public:
    Builder() noexcept = default;
    /// Writes at most `limit` canonical bytes; beyond that `overflowed()` is true and nothing more is kept.
    explicit Builder(std::size_t limit) noexcept { set_limit(limit); }
    Builder(Builder&&) noexcept = default;
    Builder& operator=(Builder&&) noexcept = default;
    ~Builder() { give_back(); }
    void set_limit(std::size_t limit) noexcept { limit_ = limit < max_bytes ? limit : max_bytes; }

    /// Opens an element in the parent's namespace; at the root that is jabber:client (see document.hpp).
    Builder& open(std::string_view name);
    /// Opens an element in `ns` (unescaped; "" for none).
    Builder& open(std::string_view name, std::string_view ns);
    /// Adds an attribute to the element just opened; before any text or child. `value` is unescaped.
    Builder& attr(std::string_view name, std::string_view value);
    Builder& attr(std::string_view name, std::string_view value, std::string_view ns);
    /// Adds an attribute only when `value` is not empty.
    Builder& attr_if(std::string_view name, std::string_view value) {
        return value.empty() ? *this : attr(name, value);
    }
    Builder& text(std::string_view unescaped);
    Builder& close();
    /// open + text + close.
    Builder& leaf(std::string_view name, std::string_view unescaped) { return open(name).text(unescaped).close(); }
    Builder& leaf(std::string_view name, std::string_view ns, std::string_view unescaped) {
        return open(name, ns).text(unescaped).close();
    }
    /// Copies a whole element from another Document, adding xmlns where the new place needs it. The null element adds
    /// nothing.
    Builder& append(Element element);
    /// Opens a copy of `element`'s tag (name, namespace, attributes) without its content, so that content can be
    /// changed.
    Builder& open_like(Element element) { return open_as(element).copy_attrs(element); }
    /// The halves of `open_like`: name and namespace; the attributes but for those named (of the kind without a
    /// namespace).
    Builder& open_as(Element element);
    Builder& copy_attrs(Element element, std::initializer_list<std::string_view> except = {});
    /// Copies the inner content (text and children) of `element` into the open element.
    Builder& append_inner(Element element);

    /// Whether the open element is in jabber:client.
    bool in_client_ns() const noexcept { return text_of(context()) == client_ns; }
    std::size_t depth() const noexcept { return open_.size(); }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool overflowed() const noexcept { return overflowed_; }

    /// The finished Document (every element closed, exactly one root), and an empty Builder ready for the next one.
    /// Throws std::length_error after an overflow, std::logic_error when an element is still open or there is no root.
    Ref<Document> finish();
    /// Throws away what was written; keeps the memory.
    void clear() noexcept;

private:
    struct Open {
        std::uint32_t node;
        std::uint32_t prefixes; ///< invented so far on this element
    };
    struct Namespace {
        std::uint32_t at = implied_ns;
        std::uint16_t length = client_ns.size();
    };
    struct Pool;

    bool room(std::size_t more) noexcept;
    void settle() noexcept;
    void end_tag_if_open();
    Namespace context() const noexcept; ///< of the open element
    std::string_view text_of(Namespace ns) const noexcept;
    /// Writes `<name` and the xmlns where it is needed, and adds the node.
    bool head(std::string_view name, std::string_view escaped_ns);
    void push();
    std::uint32_t prefix_for(std::string_view escaped_ns);
    void write_attr(std::string_view prefix, std::string_view name, std::string_view value);
    void copy_attr(Element element, std::string_view name, std::string_view escaped_value);
    void copy_nodes(std::span<const Node> nodes, std::uint32_t shift, std::uint32_t old_ns, std::uint32_t new_ns);
    void copy_inner(const Document& from, std::uint32_t index);

    static Pool& pool() noexcept;
    void borrow() noexcept;
    void give_back() noexcept;

    std::size_t limit_ = max_bytes;
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
