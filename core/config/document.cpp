// SPDX-License-Identifier: MIT
// pugixml's document to nodes with positions; includes.
#include "core/config/document.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <pugixml.hpp>

namespace epode::config {

namespace {

constexpr unsigned deepest = 16;
constexpr unsigned most_files = 256;

std::string_view explain(pugi::xml_parse_status status) {
    using enum pugi::xml_parse_status;
    switch (status) {
    case status_end_element_mismatch:
        return "an element is not closed, or closed by another name";
    case status_bad_attribute:
        return "an attribute is not written name=\"value\"";
    case status_bad_start_element:
        return "an element is not written <name ...>";
    case status_bad_end_element:
        return "a closing tag is not written </name>";
    case status_bad_comment:
        return "a comment is not closed by -->";
    case status_bad_pi:
        return "<? is not closed by ?>";
    case status_bad_doctype:
        return "the document type is not closed by >";
    case status_bad_cdata:
        return "<![CDATA[ is not closed by ]]>";
    case status_bad_pcdata:
        return "text is not followed by an element";
    case status_unrecognized_tag:
        return "a < begins nothing known (write &lt; for the sign)";
    case status_no_document_element:
        return "there is no element";
    default:
        return "it is not XML";
    }
}

/// Where the first byte stands that is no UTF-8 (or is NUL); npos if all is.
std::size_t find_broken_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        auto first = static_cast<unsigned char>(text[at]);
        std::size_t length = first == 0     ? 0
                             : first < 0x80 ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
        if (length == 0 || length > text.size() - at) return at;
        for (std::size_t i = 1; i < length; ++i)
            if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return at;
        at += length;
    }
    return std::string_view::npos;
}

/// From offsets to lines and columns.
class Places {
public:
    Places(std::string file, std::string_view text) : file_(std::make_shared<const std::string>(std::move(file))) {
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '\n') starts_.push_back(i + 1);
    }
    Position at(std::size_t offset) const {
        auto next = std::ranges::upper_bound(starts_, offset);
        auto line = static_cast<unsigned>(next - starts_.begin());
        return {file_, line, static_cast<unsigned>(offset - *(next - 1)) + 1};
    }
    Position whole() const { return {file_, 0, 0}; }

private:
    std::shared_ptr<const std::string> file_;
    std::vector<std::size_t> starts_{0};
};

class Reader {
public:
    Reader(const Files& files, Faults& faults) : files_(files), faults_(faults) {}

    std::optional<Node> read(const std::string& file, const Position& wanted_by);

private:
    /// One file while it is turned into nodes.
    struct Source {
        Places places;
        std::string text; // pugixml's names and values point in here

        Source(const std::string& file, std::string content) : places(file, content), text(std::move(content)) {}
        Position at(const char* place) const { return places.at(static_cast<std::size_t>(place - text.data())); }
        Position at(const pugi::xml_node& node) const {
            return places.at(static_cast<std::size_t>(node.offset_debug()));
        }
    };

    void fault(Position at, std::string text) { faults_.emplace_back(std::move(at), std::move(text)); }
    std::optional<Node> parse(Source& source);
    Node convert(const Source& source, const pugi::xml_node& from, unsigned depth);
    void attributes(const Source& source, const pugi::xml_node& from, Node& into);
    void child(const Source& source, const pugi::xml_node& from, Node& into, unsigned depth);
    void include(const Node& wish, Node& into);
    void include_file(const std::string& file, const Position& wanted_by, Node& into);

    const Files& files_;
    Faults& faults_;
    std::vector<std::string> open_; // the files that are being read, outermost first
    std::string root_;              // the name of the main file's outermost element
    unsigned count_ = 0;
};

std::optional<Node> Reader::read(const std::string& file, const Position& wanted_by) {
    if (++count_ > most_files) {
        if (count_ == most_files + 1)
            fault(wanted_by, fmt::format("include: there are more than {} files", most_files));
        return {};
    }
    auto content = files_.read(file);
    if (!content) {
        Position at = wanted_by.file ? wanted_by : Places(file, {}).whole();
        std::string what = wanted_by.file ? fmt::format("include: {} ", file) : std::string();
        fault(at, fmt::format("{}cannot be read: {}", what, content.error().text));
        return {};
    }
    open_.push_back(file);
    Source source(file, std::move(*content));
    auto node = parse(source);
    open_.pop_back();
    return node;
}

std::optional<Node> Reader::parse(Source& source) {
    if (std::size_t broken = find_broken_utf8(source.text); broken != std::string_view::npos) {
        fault(source.places.at(broken), "is not UTF-8");
        return {};
    }
    pugi::xml_document document;
    auto parsed =
        document.load_buffer_inplace(source.text.data(), source.text.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) {
        auto offset = std::clamp<std::ptrdiff_t>(parsed.offset, 0, static_cast<std::ptrdiff_t>(source.text.size()));
        fault(source.places.at(static_cast<std::size_t>(offset)),
              fmt::format("is not well-formed: {}", explain(parsed.status)));
        return {};
    }
    pugi::xml_node root = document.document_element();
    for (const pugi::xml_node& other : document)
        if (other.type() == pugi::node_element && other != root)
            fault(source.at(other), fmt::format("<{}> stands outside <{}>", other.name(), root.name()));
    if (root_.empty()) root_ = root.name();
    return convert(source, root, 1);
}

Node Reader::convert(const Source& source, const pugi::xml_node& from, unsigned depth) {
    Node node(from.name(), source.at(from));
    attributes(source, from, node);
    for (const pugi::xml_node& inner : from) child(source, inner, node, depth);
    return node;
}

void Reader::attributes(const Source& source, const pugi::xml_node& from, Node& into) {
    for (const pugi::xml_attribute& attribute : from.attributes()) {
        Position at = source.at(attribute.name());
        if (into.find(attribute.name())) {
            fault(at, fmt::format("{}: {} is there twice", into.name, attribute.name()));
            continue;
        }
        into.attributes.emplace_back(attribute.name(), attribute.value(), std::move(at));
    }
}

void Reader::child(const Source& source, const pugi::xml_node& from, Node& into, unsigned depth) {
    if (from.type() == pugi::node_pcdata || from.type() == pugi::node_cdata) {
        auto blank = std::string_view(from.value()).find_first_not_of(" \t\n");
        auto offset = static_cast<std::size_t>(from.offset_debug()) + (blank == std::string_view::npos ? 0 : blank);
        fault(source.places.at(offset), fmt::format("{}: there is text, but only elements are read", into.name));
    } else if (from.type() == pugi::node_element) {
        if (depth == deepest) return fault(source.at(from), "elements are nested too deeply");
        Node node = convert(source, from, depth + 1);
        if (node.name == "include")
            include(node, into);
        else
            into.children.push_back(std::move(node));
    }
}

void Reader::include(const Node& wish, Node& into) {
    for (const Attribute& attribute : wish.attributes)
        if (attribute.name != "file")
            fault(attribute.at, fmt::format("include: there is no option \"{}\" (there is file)", attribute.name));
    for (const Node& inner : wish.children)
        fault(inner.at, fmt::format("include: there is no element <{}> (nothing goes inside)", inner.name));
    const Attribute* file = wish.find("file");
    if (!file || file->value.empty()) return fault(wish.at, "include: file is missing (try file=\"hosts.d/*.xml\")");
    const std::string pattern = relative_to(wish.at.folder(), file->value);
    if (pattern.find_first_of("*?[") == std::string::npos) return include_file(pattern, file->at, into);
    for (const std::string& found : files_.match(pattern)) include_file(found, file->at, into);
}

void Reader::include_file(const std::string& file, const Position& wanted_by, Node& into) {
    if (std::ranges::find(open_, file) != open_.end())
        return fault(wanted_by,
                     fmt::format("include: {} includes itself ({} -> {})", file, fmt::join(open_, " -> "), file));
    auto node = read(file, wanted_by);
    if (!node) return;
    if (node->name != root_) return into.children.push_back(std::move(*node));
    for (const Attribute& attribute : node->attributes)
        fault(attribute.at, fmt::format("{}: {} belongs into the main file", node->name, attribute.name));
    std::ranges::move(node->children, std::back_inserter(into.children));
}

} // namespace

const Attribute* Node::find(std::string_view attribute) const noexcept {
    auto found = std::ranges::find(attributes, attribute, &Attribute::name);
    return found == attributes.end() ? nullptr : &*found;
}

std::optional<Node> read_document(const Files& files, const std::string& file, Faults& faults) {
    Reader reader(files, faults);
    return reader.read(relative_to("", file), {});
}

} // namespace epode::config
