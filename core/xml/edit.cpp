// SPDX-License-Identifier: MIT
// By way of text: pugixml knows no namespaces, the parser does.
#include "core/xml/edit.hpp"

namespace epode::xml {

namespace {

struct Writer final : pugi::xml_writer {
    std::string bytes;
    void write(const void* data, std::size_t size) override { bytes.append(static_cast<const char*>(data), size); }
};

} // namespace

pugi::xml_document edit(Element element) {
    pugi::xml_document document;
    const std::string text = element.str();
    document.load_buffer(text.data(), text.size(), pugi::parse_minimal | pugi::parse_escapes | pugi::parse_ws_pcdata,
                         pugi::encoding_utf8);
    return document;
}

Result<Ref<Document>> freeze(const pugi::xml_node& node, const Limits& limits) {
    Writer text;
    node.print(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return parse(text.bytes, limits);
}

} // namespace epode::xml
