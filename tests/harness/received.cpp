// SPDX-License-Identifier: MIT
// Comparing what arrived with what a person wrote.
#include "core/stanza.hpp"
#include "core/xml/parser.hpp"
#include "tests/harness/test_server.hpp"

#include <algorithm>
#include <ostream>
#include <stdexcept>

namespace epode::test {

namespace {

xml::Limits generous() {
    xml::Limits limits;
    limits.stanza = 16 * 1024 * 1024;
    return limits;
}

std::string_view ns_of(xml::Element element) {
    const auto ns = element.ns();
    return ns == ns::client ? std::string_view() : ns;
}

bool matches(std::string_view got, std::string_view expected) {
    return expected == "*" ? !got.empty() : got == expected;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool free_at_root(const xml::Attribute& attribute) {
    return attribute.name == "from" || attribute.name == "to" || attribute.name == "id" || attribute.name == "lang";
}

bool same(xml::Element got, xml::Element expected, bool root) {
    if (got.name() != expected.name() || ns_of(got) != ns_of(expected)) return false;
    std::vector<xml::Attribute> have;
    got.each_attr([&](xml::Attribute attribute) { have.push_back(std::move(attribute)); });
    bool equal = true;
    expected.each_attr([&](xml::Attribute wanted) {
        const auto found =
            std::ranges::find_if(have, [&](const auto& a) { return a.name == wanted.name && a.ns == wanted.ns; });
        if (found == have.end() || !matches(found->value, wanted.value))
            equal = false;
        else
            have.erase(found);
    });
    for (const auto& extra : have) equal = equal && root && free_at_root(extra);
    if (!equal) return false;
    const auto text = expected.text();
    if (!matches(trim(got.text()), trim(text))) return false;
    auto a = got.children().begin();
    auto b = expected.children().begin();
    const auto a_end = got.children().end();
    const auto b_end = expected.children().end();
    for (; a != a_end && b != b_end; ++a, ++b)
        if (!same(*a, *b, false)) return false;
    return a == a_end && b == b_end;
}

} // namespace

bool Received::operator==(std::string_view expected) const {
    if (expected.empty() || xml_.empty()) return expected.empty() && xml_.empty();
    const auto wanted = xml::parse(expected, generous());
    if (!wanted)
        throw std::invalid_argument("the expectation is not XML: " + std::string(expected) + ": " +
                                    wanted.error().text);
    return same(fragment(), xml::Element::root(*wanted), true);
}

xml::Fragment Received::fragment() const {
    if (xml_.empty()) return {};
    auto parsed = xml::parse(xml_, generous());
    if (!parsed) throw std::logic_error("the server sent what cannot be parsed: " + xml_ + ": " + parsed.error().text);
    return xml::Fragment(*parsed);
}

std::string Received::attr(std::string_view name) const {
    const auto kept = fragment();
    return kept.element().attr(name).str();
}

std::ostream& operator<<(std::ostream& out, const Received& received) {
    return out << (received.xml_.empty() ? "(nothing)" : received.xml_);
}

} // namespace epode::test
