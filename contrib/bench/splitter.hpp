// SPDX-License-Identifier: MIT
// Cuts a stream into its top-level elements by looking at angle brackets only. It is no parser: it relies on servers
// escaping '>' in text and attributes, as all that we know do, and costs a fraction of one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

class Splitter {
public:
    void add(std::string_view bytes) { buffer_ += bytes; }
    /// A whole child of the stream, or the stream's own opening or closing tag. Good until the next add() or reset().
    std::optional<std::string_view> next();
    /// A new stream begins; what was not cut yet is dropped.
    void reset();

private:
    std::string_view cut();
    void compact();

    std::string buffer_;
    std::size_t start_ = 0; ///< of the element that is being read
    std::size_t at_ = 0;    ///< up to here tags are counted
    int depth_ = 0;
};

} // namespace bench
