// SPDX-License-Identifier: MIT
// The building blocks of PRECIS (RFC 8264): which code points a class holds, context rules, the bidi rule, the
// mappings. Pure functions on code points; `prepare::*` in core/jid.hpp puts them together to profiles.
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>

namespace epode::precis {

enum class Class : std::uint8_t { identifier, freeform };

/// Every code point is allowed in `wanted` (RFC 8264 8), those with context rules included.
Result<> check_class(const std::u32string& text, Class wanted);
/// Code points with context rules stand where they may (RFC 5892 appendix A).
Result<> check_context(const std::u32string& text);
/// RFC 5893 section 2; true for text without right-to-left characters.
bool bidi_rule(const std::u32string& text);

std::u32string width_mapped(const std::u32string& text);  ///< fullwidth and halfwidth to their usual forms
std::u32string lower_cased(const std::u32string& text);   ///< Unicode toLowerCase without the final sigma's context
std::u32string spaces_mapped(const std::u32string& text); ///< every space separator to U+0020

} // namespace epode::precis
