// SPDX-License-Identifier: MIT
// SCRAM and PLAIN against any client: the first byte chooses the mechanism, lines are messages. Laws: nobody gets in
// without the password, a failure is final, and the outer base64 is strict.
#include "core/base/base64.hpp"
#include "core/session/sasl.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace epode;
using namespace epode::sasl;

namespace {

void require(bool law) {
    if (!law) std::abort();
}

Policy policy() {
    Policy policy;
    policy.domain = "example.com";
    policy.hashes = {ScramHash::sha512, ScramHash::sha256, ScramHash::sha1};
    policy.pretence_key = Secret(std::string(32, 'k'));
    return policy;
}
Channel channel(bool bound) {
    Channel channel;
    channel.encrypted = true;
    if (bound) channel.bindings.tls_exporter = "exported";
    return channel;
}
const Credentials& account() {
    static const Credentials made = *Credentials::make("a password that no fuzzer finds 8fZ2kq", 1);
    return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (const auto decoded = base64::decode(rest)) require(base64::encode(*decoded) == rest);
    require(base64::decode(base64::encode(rest)) == rest);

    const Channel stream = channel(data[0] & 0x80);
    const auto offer = mechanisms(policy(), stream);
    auto mechanism = std::move(*make_mechanism(offer[data[0] % offer.size()], policy(), stream, "server"));
    bool ended = false;
    while (!ended) {
        const std::size_t line = std::min(rest.find('\n'), rest.size());
        Step step = mechanism->respond(std::string(rest.substr(0, line)));
        if (std::holds_alternative<NeedAccount>(step)) {
            require(static_cast<bool>(mechanism->account()));
            step = mechanism->account_found(line % 2 ? std::optional<Credentials>(account()) : std::nullopt);
            require(std::holds_alternative<Challenge>(step));
        } else if (std::holds_alternative<NeedVerdict>(step)) {
            step = mechanism->verdict(PasswordVerdict::refused);
        }
        require(!std::holds_alternative<Success>(step));
        ended = std::holds_alternative<Failure>(step) || line == rest.size();
        rest.remove_prefix(std::min(line + 1, rest.size()));
        if (ended && std::holds_alternative<Failure>(step))
            require(std::holds_alternative<Failure>(mechanism->respond("n,,n=user,r=client")) ||
                    offer.back() == "PLAIN");
    }
    return 0;
}
