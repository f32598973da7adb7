// SPDX-License-Identifier: MIT
// The server's process: arguments, configuration, storage, shards, signals.
#include "core/base/log.hpp"
#include "core/config/reference.hpp"
#include "core/module/registry.hpp"
#include "core/net/loop.hpp"
#include "core/server.hpp"
#include "core/session/key_file.hpp"
#include "core/specs.hpp"
#include "storage/lmdb/engine.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <signal.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace {

using namespace epode;
namespace fs = std::filesystem;

struct Arguments {
    std::string config;
    std::string data = "data";
    std::vector<std::string> modules;
    std::size_t shards = 0;
    bool check = false;
    bool reference = false;
    bool specs = false;
};

/// Where the copies of loaded modules are. Code is loaded from it, so nobody else may write there or guess its name.
class RunFolder {
public:
    RunFolder() : path_((fs::temp_directory_path() / "epode-XXXXXX").string()) {
        if (!::mkdtemp(path_.data()))
            throw std::system_error(errno, std::generic_category(), "no folder for modules, " + path_);
    }
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;
    ~RunFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

/// Beside the binary in a build tree, else where `cmake --install` puts them.
std::vector<std::string> module_directories(const Arguments& arguments) {
    if (!arguments.modules.empty()) return arguments.modules;
    std::error_code error;
    const auto binary = fs::read_symlink("/proc/self/exe", error).parent_path();
    const auto beside = binary.parent_path() / "modules";
    if (fs::is_directory(beside, error)) return {beside.string()};
    for (const auto* libraries : {"lib", "lib64"})
        if (const auto installed = binary.parent_path() / libraries / "epode" / "modules";
            fs::is_directory(installed, error))
            return {installed.string()};
    return {EPODE_MODULE_DIR};
}

config::Loaded load_config(const Arguments& arguments, const config::Schema& schema) {
    if (arguments.config.empty()) return config::standard(arguments.data, schema);
    return config::load(arguments.config, schema, config::Disk());
}

int say(const std::string& sentence) {
    std::cerr << "epode: " << sentence << "\n";
    return 1;
}

std::size_t shard_count(const Arguments& arguments, const config::ServerConfig& config) {
    if (arguments.shards) return arguments.shards;
    const auto configured = config.server.shards->count;
    return configured ? configured : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

void failed(std::exception_ptr) { Logger("server").error("the configuration was not loaded again"); }

void wait_for_signals(Server& server, const sigset_t& signals) {
    const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC);
    for (;;) {
        signalfd_siginfo info{};
        if (read(descriptor, &info, sizeof info) != sizeof info) continue;
        if (info.ssi_signo != SIGHUP) break;
        logging::reopen();
        server.shard(0).post(Job([&server] { spawn(server.reload_config(), [](const Server::Reloaded&) {}, failed); }));
    }
    close(descriptor);
}

/// Prints what the build knows of itself; conf/reference.xml and the README's table come from here.
int describe(const Arguments& arguments, const ModuleRegistry& modules) {
    for (const auto& fault : modules.faults()) std::cerr << fault << "\n";
    std::cout << (arguments.reference ? config::reference(modules.schema()) : specs_table(modules));
    return modules.faults().empty() ? 0 : 1;
}

/// Before any thread exists (the log's begins with the first line): a thread without the mask would end the process.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    ::signal(SIGXFSZ, SIG_IGN); // a file at its limit is a write that fails, like on a full disk
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

int run(const Arguments& arguments, const sigset_t& signals) {
    const RunFolder folder; // goes after the modules
    auto modules = ModuleRegistry::discover(module_directories(arguments), folder.path());
    if (arguments.reference || arguments.specs) return describe(arguments, *modules);
    const auto loaded = load_config(arguments, modules->schema());
    if (!loaded) {
        for (const auto& fault : modules->faults()) std::cerr << fault << "\n";
        for (const auto& fault : loaded.error()) std::cerr << fault.line() << "\n";
        return 1;
    }
    const auto config = *loaded;
    if (arguments.check) {
        if (const auto good = modules->check(*config); !good) return say(good.error().text);
        std::cout << "the configuration is good\n";
        return 0;
    }
    if (const auto wrong = logging::configure(*config->server.log); !wrong.empty()) return say("log: " + wrong);
    if (const auto wrong = logging::open(config->server.log_file->text); !wrong.empty())
        return say("log-file: " + wrong);
    for (const auto& fault : modules->faults()) Logger("module").warn(fault);

    net::ignore_sigpipe();

    storage::LmdbOptions storage(config->server.data->text);
    storage.quota = config->server.data_limit->bytes;
    auto engine = storage::open_lmdb(std::move(storage));
    if (!engine) return say(engine.error().text);
    auto token_key = key_file((fs::path(config->server.data->text) / "token.key").string());
    if (!token_key) return say(token_key.error().text);
    Server::Options options;
    options.token_key = std::move(*token_key);
    options.shards = shard_count(arguments, *config);
    options.config = config;
    options.engine = std::move(*engine);
    options.clock = std::make_shared<SystemClock>();
    options.modules = std::move(modules);
    options.load = [arguments](const config::Schema& schema) { return load_config(arguments, schema); };
    options.end = [] { kill(getpid(), SIGTERM); };
    Server server(std::move(options));
    if (const auto started = server.start(); !started) return say(started.error().text);
    wait_for_signals(server, signals);
    server.stop();
    return 0;
}

} // namespace

int main(int argc, char* argv[]) {
    const auto signals = block_signals();
    Arguments arguments;
    CLI::App app("epode: an XMPP server");
    app.add_option("--config", arguments.config, "configuration file; without one it serves localhost");
    app.add_option("--data", arguments.data, "where data lives when there is no configuration")->capture_default_str();
    app.add_option("--modules", arguments.modules, "folder with module libraries");
    app.add_option("--shards", arguments.shards, "overrides the configuration's shards");
    app.add_flag("--check", arguments.check, "check the configuration and end");
    app.add_flag("--reference", arguments.reference,
                 "print every option with its default, as a configuration, and end");
    app.add_flag("--specs", arguments.specs, "print the specifications that are implemented, and end");
    app.set_version_flag("--version", std::string(Server::version()));
    CLI11_PARSE(app, argc, argv);
    int status = 1;
    try {
        status = run(arguments, signals);
    } catch (const std::exception& thrown) {
        status = say(thrown.what());
    }
    logging::flush();
    return status;
}
