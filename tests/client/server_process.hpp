// SPDX-License-Identifier: MIT
// ServerProcess: the real binary with data of its own and ports the kernel chose; it ends with its owner.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

class ServerProcess {
public:
    ServerProcess() {
        std::string pattern = (std::filesystem::temp_directory_path() / "epode-strophe-XXXXXX").string();
        if (!mkdtemp(pattern.data())) throw std::runtime_error("no folder for the server");
        folder_ = pattern;
        std::ofstream(folder_ / "epode.xml") << "<epode data='data'><listen type='c2s' address='127.0.0.1' port='0'/>"
                                                "<listen type='c2s' address='127.0.0.1' port='0' tls='direct'/>"
                                                "<c2s scram-rounds='4096'/><host name='localhost'/></epode>";
        start();
    }
    /// Ends the server as an administrator would, and the test with a failure if that goes wrong: leaks are reported
    /// then.
    ~ServerProcess() {
        int status = 0;
        if (process_ > 0) {
            kill(process_, SIGTERM);
            waitpid(process_, &status, 0);
        }
        if (reader_.joinable()) reader_.join();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
        if (status == 0) return;
        std::fprintf(stderr, "the server ended with status %d\n", status);
        std::_Exit(1);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    unsigned short port() const { return port_; }
    unsigned short direct_port() const { return direct_port_; }

    /// Waits until the log has a line with all of these and takes it, with those before it; "" where it never comes.
    std::string log_line(std::initializer_list<std::string_view> parts) {
        std::unique_lock lock(mutex_);
        std::string found;
        said_.wait_for(lock, std::chrono::seconds(20), [&] {
            while (found.empty() && !lines_.empty()) {
                const auto line = std::move(lines_.front());
                lines_.pop_front();
                if (std::ranges::all_of(parts, [&](auto part) { return line.find(part) != std::string::npos; }))
                    found = line;
            }
            return !found.empty();
        });
        return found;
    }

    /// In band, over TLS.
    void make_account(const std::string& name, const std::string& password) const {
        const std::string request =
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
            "to='localhost' version='1.0'><iq type='set' id='made'><query xmlns='jabber:iq:register'>"
            "<username>" +
            name + "</username><password>" + password + "</password></query></iq>";
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()),
                                                                       BIO_free_all);
        BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(direct_port_)).c_str());
        std::string answer;
        if (BIO_do_connect(connection.get()) == 1) {
            const timeval patience{20, 0};
            setsockopt(static_cast<int>(BIO_get_fd(connection.get(), nullptr)), SOL_SOCKET, SO_RCVTIMEO, &patience,
                       sizeof patience);
            BIO_write(connection.get(), request.data(), static_cast<int>(request.size()));
            char buffer[4096];
            while (answer.find("id='made'") == std::string::npos) {
                const int got = BIO_read(connection.get(), buffer, sizeof buffer);
                if (got <= 0) break;
                answer.append(buffer, static_cast<std::size_t>(got));
            }
        }
        if (answer.find("type='result'") == std::string::npos) throw std::runtime_error("no account: " + answer);
    }

private:
    void start() {
        int ends[2];
        if (pipe(ends) != 0) throw std::runtime_error("no pipe");
        const char* given = std::getenv("EPODE_BINARY");
        const std::string binary = given ? given : EPODE_BINARY_PATH;
        const std::string config = (folder_ / "epode.xml").string();
        process_ = fork();
        if (process_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            dup2(ends[1], STDERR_FILENO);
            close(ends[0]);
            close(ends[1]);
            execl(binary.c_str(), binary.c_str(), "--config", config.c_str(), "--shards", "2", nullptr);
            _exit(127);
        }
        close(ends[1]);
        FILE* output = fdopen(ends[0], "r");
        char line[4096];
        while ((port_ == 0 || direct_port_ == 0) && std::fgets(line, sizeof line, output)) {
            const std::string text(line);
            const auto at = text.find("port=");
            if (text.find("listening") == std::string::npos || at == std::string::npos) continue;
            auto& port = text.find("tls=direct") == std::string::npos ? port_ : direct_port_;
            port = static_cast<unsigned short>(std::atoi(text.c_str() + at + 5));
        }
        reader_ = std::thread([this, output] { // or the server's log would fill the pipe
            char next[4096];
            while (std::fgets(next, sizeof next, output)) {
                const std::lock_guard lock(mutex_);
                lines_.emplace_back(next);
                said_.notify_all();
            }
            std::fclose(output);
        });
        if (port_ == 0 || direct_port_ == 0) throw std::runtime_error(binary + " did not start");
    }

    std::filesystem::path folder_;
    pid_t process_ = -1;
    unsigned short port_ = 0;
    unsigned short direct_port_ = 0;
    std::mutex mutex_;
    std::condition_variable said_;
    std::deque<std::string> lines_;
    std::thread reader_;
};
