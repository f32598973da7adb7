// SPDX-License-Identifier: MIT
#include "core/session/acknowledgement.hpp"

namespace epode {

std::uint32_t Acknowledgement::opened(const Stanza& stanza) {
    Open open;
    open.stanza = stanza;
    open.bytes = static_cast<std::uint32_t>(stanza.wire_size());
    open_bytes_ += open.bytes;
    open_.push_back(std::move(open));
    return ++received_;
}

Stanza Acknowledgement::ended(std::uint32_t number, bool failed) {
    const std::uint32_t place = number - handled_ - 1;
    if (place >= open_.size()) return {};
    auto& open = open_[place];
    open.done = true;
    Stanza unkept = failed ? std::move(open.stanza) : Stanza();
    open.stanza = Stanza();
    while (!open_.empty() && open_.front().done) {
        open_bytes_ -= open_.front().bytes;
        open_.drop_front();
        ++handled_;
        if (early_ > 0) --early_;
    }
    open_.trim();
    return unkept;
}

} // namespace epode
