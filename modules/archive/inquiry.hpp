// SPDX-License-Identifier: MIT
// What a question to an archive (XEP-0313 section 4) finds: the page of it that was asked for.
#pragma once

#include "modules/archive/book.hpp"
#include "xep/xep0313_mam.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

namespace epode::archive {

struct Findings {
    std::vector<Entry> entries; ///< as they are to be sent: in their order, or flipped
    xep::mam::Fin fin;
};

/// At most `most` messages. item-not-found where the question names a message that is not there, resource-constraint
/// where a search goes too far.
Task<std::expected<Findings, StanzaError>> inquire(Book& book, Owner owner, xep::mam::Query query, std::size_t most);

} // namespace epode::archive
