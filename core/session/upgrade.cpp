// SPDX-License-Identifier: MIT
#include "core/session/upgrade.hpp"

#include "core/base/id.hpp"

#include <algorithm>

namespace epode {

std::string_view Upgrade::name(ScramHash hash) noexcept {
    return hash == ScramHash::sha512 ? "UPGR-SCRAM-SHA-512" : "UPGR-SCRAM-SHA-256";
}

void Upgrade::offer(xml::Builder& authentication, std::span<const ScramHash> hashes) {
    for (const ScramHash hash : offered)
        if (std::ranges::find(hashes, hash) != hashes.end())
            authentication.leaf("upgrade", xep::upgrade::ns, name(hash));
}

std::vector<ScramHash> Upgrade::asked_for(xml::Element authenticate) {
    std::vector<ScramHash> tasks;
    for (const auto child : authenticate.children()) {
        if (!child.is("upgrade", xep::upgrade::ns)) continue;
        const auto* known = std::ranges::find_if(offered, [&](ScramHash hash) { return child.text() == name(hash); });
        if (known != std::end(offered) && std::ranges::find(tasks, *known) == tasks.end()) tasks.push_back(*known);
    }
    return tasks;
}

Result<xep::upgrade::Salt> Upgrade::begin(std::string_view task) {
    if (done() || !salt_.empty() || task != this->task()) return fail("that task is not next");
    salt_.resize(16);
    random_bytes(salt_.data(), salt_.size());
    xep::upgrade::Salt salt;
    salt.salt = salt_;
    salt.iterations = iterations_;
    return salt;
}

Result<ScramKeys> Upgrade::finish(const xep::upgrade::Hash& hash) {
    if (salt_.empty()) return fail("no task has begun");
    const ScramHash wanted = tasks_.front();
    const auto salted = hash.salted_password.view();
    if (salted.size() != size(wanted)) return fail("the hash has another size");
    tasks_.erase(tasks_.begin());
    return keys_of(wanted, salted, std::exchange(salt_, {}), iterations_);
}

} // namespace epode
