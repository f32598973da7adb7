// SPDX-License-Identifier: MIT
// Escapes, both ways. What XML cannot hold at all (control characters) becomes U+FFFD, so that a module's slip does not
// make a recipient's parser give up.
#include "core/xml/builder.hpp"
#include "core/xml/scan.hpp"

namespace epode::xml {

namespace {

std::string_view escape_of(char c) noexcept {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\'':
        return "&apos;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return "\xEF\xBF\xBD";
    }
}

template <scan::Class where> void escape(std::string& out, std::string_view raw) {
    const char* run = raw.data();
    const char* const end = run + raw.size();
    for (const char* at = run; at != end; ++at) {
        if (!scan::has(*at, where)) continue;
        out.append(run, at);
        out.append(escape_of(*at));
        run = at + 1;
    }
    out.append(run, end);
}

struct Entity {
    std::string_view name; // behind the '&'
    char meaning;
};
constexpr Entity entities[] = {{"amp;", '&'},  {"lt;", '<'},   {"gt;", '>'}, {"apos;", '\''},
                               {"#10;", '\n'}, {"#13;", '\r'}, {"#9;", '\t'}};

} // namespace

void escape_text(std::string& out, std::string_view raw) { escape<scan::in_text>(out, raw); }
void escape_attr(std::string& out, std::string_view raw) { escape<scan::in_attr>(out, raw); }

void scan::unescape(std::string& out, std::string_view escaped) {
    out.reserve(out.size() + escaped.size());
    while (!escaped.empty()) {
        const std::size_t mark = std::min(escaped.find('&'), escaped.size());
        out.append(escaped.substr(0, mark));
        if (mark == escaped.size()) return;
        escaped.remove_prefix(mark + 1);
        for (const Entity& entity : entities) {
            if (!escaped.starts_with(entity.name)) continue;
            out.push_back(entity.meaning);
            escaped.remove_prefix(entity.name.size());
            break;
        }
    }
}

} // namespace epode::xml
