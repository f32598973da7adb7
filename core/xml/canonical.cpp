// SPDX-License-Identifier: MIT
// The index made again from canonical bytes: one linear pass, no recursion, no expat. It checks the form (and thereby
// its own safety); that names are XML names, texts UTF-8 and attributes unique was seen to by whoever wrote the bytes.
#include "core/xml/parser.hpp"
#include "core/xml/scan.hpp"

namespace epode::xml {

namespace {

constexpr std::string_view xmlns_ns = "http://www.w3.org/2000/xmlns/";

class Reader {
public:
    explicit Reader(std::string_view bytes) noexcept
        : bytes_(bytes), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    Ref<Document> read() {
        if (bytes_.size() > max_bytes) return nullptr;
        nodes_.reserve(bytes_.size() / 32 + 4);
        do {
            if (at_ == end_ || !step()) return nullptr;
        } while (!open_.empty());
        return at_ == end_ ? Document::make(nodes_, bytes_) : nullptr;
    }

private:
    bool step() {
        if (*at_ != '<') return !open_.empty() && text();
        return end_ - at_ > 1 && at_[1] == '/' ? closing_tag() : opening_tag();
    }

    bool skip(std::string_view expected) noexcept {
        if (static_cast<std::size_t>(end_ - at_) < expected.size()) return false;
        if (std::memcmp(at_, expected.data(), expected.size()) != 0) return false;
        at_ += expected.size();
        return true;
    }

    bool name(std::string_view& found) noexcept {
        const char* from = at_;
        if (at_ == end_ || !scan::has(*at_, scan::name_start)) return false;
        while (at_ != end_ && scan::has(*at_, scan::name_char)) ++at_;
        found = {from, static_cast<std::size_t>(at_ - from)};
        return found.size() <= 0xFFFF;
    }

    /// Past one escape of the canonical set.
    bool escape(bool in_attr) noexcept {
        if (skip("&amp;") || skip("&lt;") || skip("&#13;")) return true;
        return in_attr ? skip("&apos;") || skip("&#9;") || skip("&#10;") : skip("&gt;");
    }

    /// `='value'`
    bool value(std::string_view& found) noexcept {
        if (!skip("='")) return false;
        const char* from = at_;
        while (at_ != end_ && *at_ != '\'') {
            if (!scan::has(*at_, scan::in_attr))
                ++at_;
            else if (!escape(true))
                return false;
        }
        found = {from, static_cast<std::size_t>(at_ - from)};
        return skip("'");
    }

    bool text() noexcept {
        while (at_ != end_ && *at_ != '<') {
            if (!scan::has(*at_, scan::in_text))
                ++at_;
            else if (!escape(false))
                return false;
        }
        return true;
    }

    std::uint32_t offset(const char* at) const noexcept { return static_cast<std::uint32_t>(at - bytes_.data()); }

    bool opening_tag() {
        Node node{};
        node.begin = offset(at_++);
        std::string_view found;
        if (!name(found)) return false;
        node.name_length = static_cast<std::uint16_t>(found.size());
        if (!own_namespace(node) || !attributes()) return false;
        if (skip("/>")) {
            node.inner = node.end = offset(at_);
            node.subtree = 1;
            nodes_.push_back(node);
            return true;
        }
        if (!skip(">") || (end_ - at_ > 1 && at_[0] == '<' && at_[1] == '/')) return false; // <a></a> is written <a/>
        node.inner = offset(at_);
        open_.push_back(static_cast<std::uint32_t>(nodes_.size()));
        nodes_.push_back(node);
        return true;
    }

    bool own_namespace(Node& node) noexcept {
        node.ns = open_.empty() ? implied_ns : nodes_[open_.back()].ns;
        node.ns_length = open_.empty() ? static_cast<std::uint16_t>(client_ns.size()) : nodes_[open_.back()].ns_length;
        if (!skip(" xmlns=")) return true;
        --at_;
        std::string_view own;
        if (!value(own) || own.size() > 0xFFFF) return false;
        if (own == node.ns_name(bytes_) || own == xml_ns || own == xmlns_ns) return false;
        node.ns = offset(own.data());
        node.ns_length = static_cast<std::uint16_t>(own.size());
        return true;
    }

    bool attributes() {
        prefixes_.clear();
        while (at_ != end_ && *at_ == ' ') {
            ++at_;
            std::string_view first, local, ignored;
            if (!name(first)) return false;
            if (first == "xmlns" && !declaration(first)) return false;
            if (at_ != end_ && *at_ == ':') {
                ++at_;
                if (!known(first) || !name(local)) return false;
            } else if (first == "xmlns") {
                return false;
            }
            if (!value(ignored)) return false;
        }
        return true;
    }

    /// `xmlns` was read: `:nK='…' ` must follow, the next number and a new namespace, and the attribute that needs it.
    /// Leaves the attribute's prefix in `first`.
    bool declaration(std::string_view& first) {
        std::string_view prefix, ns;
        if (!skip(":") || !name(prefix) || prefix != "n" + std::to_string(prefixes_.size()) || !value(ns)) return false;
        if (ns.empty() || ns == xml_ns || ns == xmlns_ns) return false;
        for (std::string_view other : prefixes_)
            if (other == ns) return false;
        prefixes_.push_back(ns);
        return skip(" ") && name(first) && first == prefix && at_ != end_ && *at_ == ':';
    }

    bool known(std::string_view prefix) const {
        if (prefix == "xml") return true;
        for (std::size_t i = 0; i < prefixes_.size(); ++i)
            if (prefix == "n" + std::to_string(i)) return true;
        return false;
    }

    bool closing_tag() {
        if (open_.empty()) return false;
        Node& node = nodes_[open_.back()];
        at_ += 2;
        if (!skip(node.name(bytes_)) || !skip(">")) return false;
        node.end = offset(at_);
        node.subtree = static_cast<std::uint32_t>(nodes_.size()) - open_.back();
        open_.pop_back();
        return true;
    }

    std::string_view bytes_;
    const char* at_;
    const char* end_;
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> open_;
    std::vector<std::string_view> prefixes_; // of the tag at hand
};

} // namespace

Ref<Document> from_canonical(std::string_view bytes) { return Reader(bytes).read(); }

} // namespace epode::xml
