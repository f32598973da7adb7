// SPDX-License-Identifier: MIT
#include "core/control/wire.hpp"

#include <nlohmann/json.hpp>

namespace epode::control {

namespace {

using Json = nlohmann::ordered_json;

/// What is no text in UTF-8 (it should not be there) is replaced rather than thrown for.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

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
    Json json;
    json["command"] = request.words;
    json["options"] = request.options;
    return dump(json);
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
            for (const auto& [name, value] : details->items()) answer.details.emplace_back(name, value.get<std::string>());
        return answer;
    });
}

} // namespace epode::control
