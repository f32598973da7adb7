// SPDX-License-Identifier: MIT
// An authenticator whose accounts are named for what becomes of their logins: right (its password is "secret"),
// disabled, expired, busy, broken. It knows SHA-256 only.
#include "core/service/authenticator.hpp"

#include "core/module.hpp"

#include <stdexcept>

namespace epode {
namespace {

class OddAuthenticator : public Module, public Authenticator {
public:
    explicit OddAuthenticator(Host& given) : Module(given) { provide<Authenticator>(*this); }

    std::span<const ScramHash> hashes() const noexcept override { return known; }
    Task<std::optional<Credentials>> credentials(std::string username) override {
        if (username == "broken") throw std::runtime_error("broken as it should be");
        if (username != "right" && username != "disabled" && username != "expired") co_return std::nullopt;
        auto made = Credentials::make("secret", 4096, known);
        if (!made) throw std::logic_error(made.error().text);
        if (username == "disabled") made->set_state(AccountState::disabled);
        if (username == "expired") made->set_state(AccountState::expired);
        co_return std::move(*made);
    }
    Task<PasswordVerdict> verify(std::string username, Secret password) override {
        if (username == "broken") throw std::runtime_error("broken as it should be");
        if (username == "busy") co_return PasswordVerdict::unavailable;
        if (password.view() != "secret") co_return PasswordVerdict::refused;
        if (username == "disabled") co_return PasswordVerdict::disabled;
        if (username == "expired") co_return PasswordVerdict::expired;
        co_return username == "right" ? PasswordVerdict::accepted : PasswordVerdict::refused;
    }
    Task<Result<>> set_password(std::string, Secret) override { co_return fail("not here"); }

private:
    static constexpr ScramHash known[] = {ScramHash::sha256};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::OddAuthenticator, .summary = "logins that fail as their names say",
             .stability = epode::Stability::testing)
