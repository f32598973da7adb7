// SPDX-License-Identifier: MIT
// A BIO on a socket. Private to core/net.
#pragma once

#include "core/net/openssl.hpp"

namespace epode::net {

/// The descriptor stays the caller's. Null where there is no memory.
OwnedBio socket_bio(int descriptor);

} // namespace epode::net
