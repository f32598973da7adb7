// SPDX-License-Identifier: MIT
#include "core/net/openssl.hpp"

#include <openssl/err.h>
#include <system_error>

namespace epode::net {

std::string openssl_reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "unknown reason";
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    if (const char* reason = ERR_reason_error_string(code)) return reason;
    return "OpenSSL error " + std::to_string(code);
}

} // namespace epode::net
