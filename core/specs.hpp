// SPDX-License-Identifier: MIT
// The table of specifications in the README, written from what the core and the modules say of themselves.
#pragma once

#include <string>

namespace epode {

class ModuleRegistry;

/// Two tables in Markdown, RFCs and XEPs: number, title, version or sections, how much of it, and whose work it is.
std::string specs_table(const ModuleRegistry& modules);

} // namespace epode
