// SPDX-License-Identifier: MIT
#include "core/control/wire.hpp"

#include <nlohmann/json.hpp>

namespace epode::control {

namespace {

using Json = nlohmann::ordered_json;

/// What is no text in UTF-8 (it should not be there) is replaced rather than thrown for.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

constexpr std::size_t longest_quoted(std::string_view text) { return 6 * text.size() + 4; }

/// As a string of JSON (RFC 8259 section 7).
void append_quoted(std::string& line, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    line += '"';
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') line += '\\';
        if (code >= 0x20) {
            line += c;
        } else {
            line += "\\u00";
            line += digits[code >> 4];
            line += digits[code & 0xF];
        }
    }
    line += '"';
}

/// `read` may find another type than it wants: that is no message then.
template <typename T, typename F> std::optional<T> parse(std::string_view line, F read) {
    const auto json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    try {
        return read(json);
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

template <typename T> void take(const Json& json, const char* name, T& into) {
    if (const auto found = json.find(name); found != json.end()) found->get_to(into);
}

} // namespace

std::string to_line(const Request& request) {
    // By hand into one piece of memory: a library's buffers would keep parts of a password.
    std::size_t longest = 64;
    for (const auto& word : request.words) longest += longest_quoted(word);
    for (const auto& [name, value] : request.options) longest += longest_quoted(name) + longest_quoted(value);
    std::string line;
    line.reserve(longest);
    line += "{\"command\":[";
    for (const auto& word : request.words) {
        if (!line.ends_with('[')) line += ',';
        append_quoted(line, word);
    }
    line += "],\"options\":{";
    for (const auto& [name, value] : request.options) {
        if (!line.ends_with('{')) line += ',';
        append_quoted(line, name);
        line += ':';
        append_quoted(line, value);
    }
    line += "}}";
    return line;
}

std::string to_line(const Answer& answer) {
    Json json;
    json["ok"] = answer.ok;
    json["text"] = answer.text;
    json["columns"] = answer.columns;
    json["rows"] = answer.rows;
    auto details = Json::object();
    for (const auto& [name, value] : answer.details) details[name] = value;
    json["details"] = std::move(details);
    return dump(json);
}

std::optional<Request> request_of(std::string_view line) {
    return parse<Request>(line, [](const Json& json) {
        Request request;
        json.at("command").get_to(request.words);
        take(json, "options", request.options);
        return request;
    });
}

std::optional<Answer> answer_of(std::string_view line) {
    return parse<Answer>(line, [](const Json& json) {
        Answer answer;
        json.at("ok").get_to(answer.ok);
        take(json, "text", answer.text);
        take(json, "columns", answer.columns);
        take(json, "rows", answer.rows);
        if (const auto details = json.find("details"); details != json.end())
            for (const auto& [name, value] : details->items())
                answer.details.emplace_back(name, value.get<std::string>());
        return answer;
    });
}

} // namespace epode::control
