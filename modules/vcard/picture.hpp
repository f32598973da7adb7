// SPDX-License-Identifier: MIT
// What presence needs to know of a vCard without reading it, as it is stored.
#pragma once

#include <string>

namespace epode::vcard {

struct Picture {
    bool vcard = false; ///< there is one
    std::string hash;   ///< "" where it has no picture

    void fields(auto& f) { f(vcard, hash); }
};

} // namespace epode::vcard
