// SPDX-License-Identifier: MIT
// Which messages an archive keeps (XEP-0313 section 6.1.1, XEP-0334), whoever they are from.
#pragma once

#include "core/stanza.hpp"

namespace epode::archive {

/// What somebody said, or what changes something that was said: text, encrypted text, corrections, reactions,
/// retractions, receipts, markers, invitations, calls. Not what is of the moment (chat states). A hint of the sender
/// decides over all that.
bool says_something(const Stanza& message);
/// The same, for the archive of an account: no headlines, no errors, and nothing that rooms say, which keep it
/// themselves.
bool worth_keeping(const Stanza& message);

} // namespace epode::archive
