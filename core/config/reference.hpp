// SPDX-License-Identifier: MIT
// The reference of all options, written from their declarations, so that it cannot say what the code does not do.
#pragma once

#include "core/config/schema.hpp"

#include <string>

namespace epode::config {

/// The text of conf/reference.xml: every element with every option at its default, and a comment that says what they
/// are, what they accept and what a change needs. It passes the check itself.
std::string reference(const Schema& schema);

} // namespace epode::config
