// SPDX-License-Identifier: MIT
// What goes over the control socket: one JSON object per line, a request and its answer. Known to the server and to the
// tool, and to nothing else of either.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode::control {

/// The longest line that is accepted as a request.
inline constexpr std::size_t longest_request = std::size_t{1} << 20;

struct Request {
    std::vector<std::string> words; ///< the command and its arguments: "sessions", "kick", "juliet@example.org"
    std::map<std::string, std::string> options; ///< "host", "password"

    Request() = default;
    explicit Request(std::vector<std::string> command) : words(std::move(command)) {}
};

/// A sentence, named values, a table; each may be absent. Where `ok` is false the sentence says what is wrong.
struct Answer {
    bool ok = true;
    std::string text;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    std::vector<std::pair<std::string, std::string>> details;

    Answer() = default;
    explicit Answer(std::string sentence) : text(std::move(sentence)) {}
    static Answer failure(std::string sentence) {
        Answer answer(std::move(sentence));
        answer.ok = false;
        return answer;
    }
};

/// A line without its end. A request's is in one piece of memory, with room for the end, so that whoever put a password
/// into it can wipe it; it must be in UTF-8, while in an answer what is none is replaced.
std::string to_line(const Request& request);
std::string to_line(const Answer& answer);
/// Nothing where the line is none. Members that are not known are ignored.
std::optional<Request> request_of(std::string_view line);
std::optional<Answer> answer_of(std::string_view line);

} // namespace epode::control
