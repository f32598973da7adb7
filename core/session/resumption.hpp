// SPDX-License-Identifier: MIT
// Stream management (XEP-0198) beyond counting: a session that outlives its stream. While it has none it is Detached;
// <resume/> on another connection of the same account brings the next one. `ClientConnection::enable` and `resume` take
// the client's element and yield the one to answer with, so that both also work inside of other elements (section 9).
//
//     answer.append(connection.enable(element));                  // bound: <enabled/> or <failed/>
//     connection.resume(account, element, [](ClientConnection& on, const ResumeOutcome& outcome) {
//         on.write(outcome.element);                              // <resumed/> or <failed/>
//     });
#pragma once

#include "core/base/clock.hpp"

#include <functional>
#include <string>

namespace epode {

class ClientConnection;

/// The right to go on with a session.
struct Resumption {
    std::string id; ///< "SM-ID", good for this account only
    Duration max;   ///< how long the session waits without a stream
};

/// What became of a <resume/>.
struct ResumeOutcome {
    bool resumed = false;
    std::string element; ///< <resumed/> or <failed/>, to be written as it is
    std::string jid;     ///< the full JID of the session that goes on
};

/// Called once, perhaps later, unless the connection has gone. Resumed: with the session's connection, which has the
/// stream from now on; the answer must be written before this returns, since what the client has missed follows. The
/// asking connection and its negotiation end with this turn. Failed: with the asking connection, whose reading goes on.
using ResumeReply = std::move_only_function<void(ClientConnection&, const ResumeOutcome&)>;

} // namespace epode
