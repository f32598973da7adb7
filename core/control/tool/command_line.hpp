// SPDX-License-Identifier: MIT
// From the words of a command line to a request.
#pragma once

#include "core/control/catalogue.hpp"
#include "core/control/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace epode::control::tool {

struct Asked {
    const Entry* entry = nullptr; ///< of the catalogue or of the tool's own commands
    Request request;              ///< paths are absolute; the password is not in it yet
    std::string socket;           ///< "" where none is named
    std::string password_file;
    bool json = false;
    std::vector<std::size_t> unseen; ///< which words are "KEY=-"
};

/// What there is to print instead of asking.
struct Told {
    enum class As : std::uint8_t {
        answer,  ///< to what was asked: help, the version
        usage,   ///< help, since the line was not complete
        mistake, ///< a sentence on what is wrong
    };
    std::string text;
    As as;

    explicit Told(std::string given, As kind = As::mistake) : text(std::move(given)), as(kind) {}
};

/// `arguments` are without the tool's own name. Words that are no UTF-8 are wrong.
std::expected<Asked, Told> read_command_line(std::vector<std::string> arguments);

} // namespace epode::control::tool
