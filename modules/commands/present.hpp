// SPDX-License-Identifier: MIT
// How a module's command looks to a client: its parameters as a form, the submitted form as arguments, its outcome as a
// note and a table.
#pragma once

#include "core/base/result.hpp"
#include "core/module/registration.hpp"
#include "xep/xep0050_commands.hpp"

namespace epode {

xep::Form form_of(const CommandEntry& command);
/// The error says what is wrong with the form.
Result<CommandCall> call_of(const CommandEntry& command, const xep::Form& submitted);
xep::commands::Stage outcome_of(const std::string& node, const std::string& title, const std::string& session,
                                const CommandResult& result);

} // namespace epode
