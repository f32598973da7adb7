// SPDX-License-Identifier: MIT
#include "core/module/library.hpp"

#include <atomic>
#include <dlfcn.h>
#include <filesystem>
#include <system_error>

namespace epode {

namespace fs = std::filesystem;

std::string_view abi_token() noexcept { return EPODE_ABI; }

Result<std::shared_ptr<Library>> Library::open(const std::string& path, const std::string& run_directory) {
    static std::atomic<unsigned> copies{0};
    const fs::path source(path);
    const auto name = source.stem().string();
    std::error_code error;
    if (!fs::is_regular_file(source, error)) return fail("module " + name + ": there is no " + path);
    fs::create_directories(run_directory, error);
    // Kept while it is mapped, so that debuggers find it.
    const auto copy = (fs::path(run_directory) / (name + "-" + std::to_string(++copies) + ".so")).string();
    if (!fs::copy_file(source, copy, fs::copy_options::overwrite_existing, error))
        return fail("module " + name + ": cannot copy " + path + " to " + copy + ": " + error.message());
    void* handle = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        std::string reason = dlerror();
        if (reason.starts_with(copy + ": "))
            reason.erase(0, copy.size() + 2); // the copy's name says nothing to anybody
        fs::remove(copy, error);
        return fail("module " + name + " cannot be loaded from " + path + ": " + reason +
                    "; build it again for this server");
    }
    const auto function = reinterpret_cast<ManifestFunction>(dlsym(handle, manifest_symbol));
    const auto* manifest = function ? function() : nullptr;
    std::string wrong;
    if (!manifest)
        wrong = "module " + name + " cannot be loaded: " + path + " has no EPODE_MODULE(...) line";
    else if (manifest->abi != abi_token())
        wrong = "module " + name + " was built for another server: for build " + std::string(manifest->abi) +
                ", and this is " + std::string(abi_token()) + "; build it again for this server";
    else if (manifest->name != name)
        wrong = "module " + name + " cannot be loaded: " + path + " holds module " + std::string(manifest->name) +
                "; name the file " + std::string(manifest->name) + ".so";
    if (!wrong.empty()) {
        dlclose(handle);
        fs::remove(copy, error);
        return fail(std::move(wrong));
    }
    return std::shared_ptr<Library>(new Library(path, copy, handle, manifest));
}

Library::~Library() {
    dlclose(handle_);
    std::error_code ignored;
    fs::remove(copy_, ignored);
}

} // namespace epode
