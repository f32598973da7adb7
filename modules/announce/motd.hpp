// SPDX-License-Identifier: MIT
// The message of the day, as it is stored.
#pragma once

#include <string>

namespace epode::announce {

struct Motd {
    std::string id; ///< a new one for each text; what an account has seen is kept by it
    std::string subject, text;

    void fields(auto& f) { f(id, subject, text); }
};

} // namespace epode::announce
