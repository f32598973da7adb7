// SPDX-License-Identifier: MIT
// The words of a text, as an index has them and as a search asks for them.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace epode {

/// Calls `each` with the words in their order, `most` at most: letters and digits between Unicode's word boundaries
/// (UAX 29, with dictionaries for scripts without blanks) and between ASCII punctuation, in one case and one form
/// (NFKC_Casefold), cut to 64 bytes. What is said does not depend on the language. Good until `each` returns.
void each_word(std::string_view text, std::size_t most, const std::function<void(std::string_view)>& each);

} // namespace epode
