// SPDX-License-Identifier: MIT
// Manifest: what a module's library says of itself, as plain data that is read before anything of it runs.
#pragma once

#include <cstdint>
#include <string_view>

namespace epode {

class Host;
class Module;

enum class Coverage : std::uint8_t { complete, partial };
enum class Stability : std::uint8_t { stable, experimental, testing }; ///< only stable modules are on by default
enum class Posture : std::uint8_t { untrusted_input, trusted_input };  ///< what the module is hardened against

inline constexpr auto complete = Coverage::complete;
inline constexpr auto partial = Coverage::partial;

/// One specification a module implements: {49, "1.2", complete}; for an RFC the "version" is its sections: {6121, "2"}.
struct Spec {
    int number = 0; ///< 0: no entry
    std::string_view version;
    Coverage coverage = Coverage::complete;
    std::string_view note = {};
};

struct Manifest {
    std::string_view abi;               ///< equal to the server's, or the module is refused
    std::string_view name;              ///< the folder's name, set by CMake
    Module* (*create)(Host&) = nullptr; ///< the caller owns what comes back
    void (*destroy)(Module*) = nullptr;

    // What EPODE_MODULE's further arguments fill in, in this order.
    std::string_view summary = {}; ///< one sentence for people
    Spec xeps[16] = {};
    Spec rfcs[8] = {};
    std::string_view depends[8] = {};
    Stability stability = Stability::stable;
    Posture posture = Posture::untrusted_input;
};

/// The library's one exported symbol.
inline constexpr const char* manifest_symbol = "epode_module_manifest";
using ManifestFunction = const Manifest* (*)();

} // namespace epode

/// At the end of a module's .cpp:
///     EPODE_MODULE(Private, .summary = "keeps small fragments of XML", .xeps = {{49, "1.2", complete}}, .depends =
///     {"disco"})
#define EPODE_MODULE(Class, ...)                                                                                       \
    extern "C" __attribute__((visibility("default"))) const epode::Manifest* epode_module_manifest() {                 \
        static constexpr epode::Manifest manifest{                                                                     \
            .abi = EPODE_ABI,                                                                                          \
            .name = EPODE_MODULE_NAME,                                                                                 \
            .create = [](epode::Host& host) -> epode::Module* { return new Class(host); },                             \
            .destroy = [](epode::Module* module) { delete static_cast<Class*>(module); },                              \
            __VA_ARGS__};                                                                                              \
        return &manifest;                                                                                              \
    }
