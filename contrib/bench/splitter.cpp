// SPDX-License-Identifier: MIT
#include "splitter.hpp"

namespace bench {

std::optional<std::string_view> Splitter::next() {
    for (;;) {
        const auto open = buffer_.find('<', at_);
        const auto close = open == std::string::npos ? open : buffer_.find('>', open);
        if (close == std::string::npos) {
            compact();
            return std::nullopt;
        }
        if (depth_ <= 1) start_ = open;
        at_ = close + 1;
        if (buffer_[open + 1] == '?') continue; // the XML declaration
        if (buffer_[open + 1] == '/')
            --depth_;
        else if (buffer_[close - 1] != '/' && ++depth_ != 1)
            continue;
        if (depth_ <= 1) return cut();
    }
}

std::string_view Splitter::cut() {
    const std::string_view element(buffer_.data() + start_, at_ - start_);
    start_ = at_;
    return element;
}

/// What is cut already goes, so that the buffer holds at most one unfinished element.
void Splitter::compact() {
    if (start_ == 0) return;
    buffer_.erase(0, start_);
    at_ -= start_;
    start_ = 0;
    if (buffer_.empty() && buffer_.capacity() > 4096) buffer_.shrink_to_fit();
}

void Splitter::reset() {
    buffer_.clear();
    start_ = at_ = 0;
    depth_ = 0;
}

} // namespace bench
