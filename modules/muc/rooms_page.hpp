// SPDX-License-Identifier: MIT
// The list of rooms, whole or a page of it (XEP-0045 section 6.3, XEP-0059).
#pragma once

#include "core/module.hpp"
#include "xep/xep0059_rsm.hpp"

#include <map>
#include <string>

namespace epode::muc {

/// Rooms with their names, by address; item-not-found where the page is to begin at none of them.
Reply page_of(const std::map<Jid, std::string>& rooms, const xep::rsm::Request& wanted);

} // namespace epode::muc
