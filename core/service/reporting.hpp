// SPDX-License-Identifier: MIT
// SpamReported: a user has blocked somebody and said why (XEP-0377). Emitted by modules/blocking; modules/reports shows
// it to administrators, and whoever has rules of his own may hear it as well.
#pragma once

#include "core/events.hpp"
#include "xep/xep0377_reporting.hpp"

namespace epode {

/// The block is durable. On the home of the account.
struct SpamReported {
    EPODE_EVENT(notify, "spam.report");
    Account& account; ///< who reports
    const xep::Report& report;
};

} // namespace epode
