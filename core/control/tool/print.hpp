// SPDX-License-Identifier: MIT
// Answers as people read them: sentences, named values, aligned tables.
#pragma once

#include "core/control/wire.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::control::tool {

using Row = std::vector<std::string>;

/// How many columns of a terminal the text takes, by the locale's LC_CTYPE; bytes that are no UTF-8 take one each.
std::size_t width(std::string_view text);
/// Whether it is UTF-8 from beginning to end.
bool is_utf8(std::string_view text);
/// With '?' in place of control characters other than line ends and tabs: nobody's data moves the cursor.
std::string printable(std::string_view text);

/// Cells below one another, two spaces between, none at a line's end; a column of numbers stands to the right. Control
/// characters become '?'. "" of no rows.
std::string aligned(const std::vector<Row>& rows, std::size_t indent = 0);
/// The same below a line of titles; "none" where there are no rows.
std::string table(const Row& columns, const std::vector<Row>& rows);
/// What goes to standard output: everything but the sentence of a failure, which goes to standard error.
std::string for_people(const Answer& answer);

} // namespace epode::control::tool
