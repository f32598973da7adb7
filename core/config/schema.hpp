// SPDX-License-Identifier: MIT
// The schema: every module there is with its settings, and the checking of an element against settings. The core does
// not know the modules; the loader opens them and adds what they say of themselves. What the core's own elements are is
// in server_config.hpp.
#pragma once

#include "core/base/result.hpp"
#include "core/config/document.hpp"
#include "core/config/fault.hpp"
#include "core/config/files.hpp"
#include "core/config/setting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace epode::config {

/// A module as the configuration sees it.
struct KnownModule {
    std::string name;         ///< its element
    const Settings* settings; ///< those of one instance, which (with its library) outlives the schema
    bool on_by_default;       ///< every host has it
    std::string help;         ///< a sentence for the reference

    KnownModule(std::string element, const Settings& options, bool standard, std::string sentence = {})
        : name(std::move(element)), settings(&options), on_by_default(standard), help(std::move(sentence)) {}
};

class Schema {
public:
    /// Refuses a name that is taken, by another module or by an element of the core.
    Result<> add(KnownModule module);
    /// By name.
    const std::vector<KnownModule>& modules() const noexcept { return modules_; }
    const KnownModule* find(std::string_view name) const noexcept;
    std::vector<std::string_view> names() const;

private:
    std::vector<KnownModule> modules_; // sorted by name
};

/// The names of the core's own elements: epode, listen, tls, ...
const std::vector<std::string_view>& core_elements();

/// Checks every attribute of the element and resolves it: `file:` of a Secret is read, paths are made relative to the
/// file they stand in. What is good is returned, what is not becomes a fault, with the element's name in front. Whether
/// required options are there, and what stands inside the element, is the caller's business.
std::vector<OptionText> options_of(const Node& element, const Settings& settings, const Files& files, Faults& faults);

/// " (did you mean <archive>?)", or "" when nothing is near; the name is written between `open` and `close`.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known, std::string_view open,
                         std::string_view close);

} // namespace epode::config
