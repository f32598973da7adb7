// SPDX-License-Identifier: MIT
// Laws: what parse() made, parse() takes and leaves as it is; parts fit the text; profiles are idempotent.
#include "core/jid.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void require(bool law) {
    if (!law) std::abort();
}

template <typename Profile> void idempotent(Profile profile, std::string_view text) {
    if (const auto once = profile(text)) require(profile(*once) == *once);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    namespace prepare = epode::prepare;
    idempotent(prepare::username, text);
    idempotent(prepare::opaque, text);
    idempotent(prepare::nickname, text);
    idempotent(prepare::domain, text);
    (void)prepare::saslprep(text);
    const auto jid = epode::Jid::parse(text);
    if (!jid) {
        require(!jid.error().text.empty());
        return 0;
    }
    const auto again = epode::Jid::parse(jid->text());
    require(again && again->text() == jid->text() && *again == *jid && again->hash() == jid->hash());
    std::string joined(jid->local());
    if (!joined.empty()) joined += '@';
    joined += jid->domain();
    require(jid->bare().text() == joined);
    if (jid->is_full()) joined.append("/").append(jid->resource());
    require(jid->text() == joined && joined.size() <= 3071);
    require(jid->escaped().find_first_of("<'") == std::string_view::npos);
    return 0;
}
