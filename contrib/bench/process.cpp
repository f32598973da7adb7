// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <cctype>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <string>

namespace bench {
namespace {

double seconds(clockid_t clock) {
    timespec time{};
    if (clock_gettime(clock, &time)) return 0;
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

int parent_of(int pid) {
    std::string line;
    std::getline(std::ifstream(fmt::format("/proc/{}/stat", pid)), line);
    const auto after = line.rfind(')'); // the name before it may hold anything
    return after == line.npos || after + 4 > line.size() ? 0 : std::atoi(line.c_str() + after + 4);
}

} // namespace

std::vector<int> ProcessTree::members() const {
    if (!root_) return {};
    std::multimap<int, int> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc"))
        if (const int pid = std::atoi(entry.path().filename().c_str())) children.emplace(parent_of(pid), pid);
    std::vector<int> found{root_};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [from, to] = children.equal_range(found[i]);
        for (auto child = from; child != to; ++child) found.push_back(child->second);
    }
    return found;
}

double ProcessTree::cpu() const {
    double total = 0;
    for (const int pid : members()) {
        clockid_t clock = 0;
        if (!clock_getcpuclockid(pid, &clock)) total += seconds(clock);
    }
    return total;
}

double ProcessTree::sum(const char* file, const char* field) const {
    double total = 0;
    for (const int pid : members()) {
        std::ifstream lines(fmt::format("/proc/{}/{}", pid, file));
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(field)) total += std::atof(line.c_str() + std::char_traits<char>::length(field));
    }
    return total;
}

double ProcessTree::resident() const { return sum("status", "VmRSS:"); }

double ProcessTree::proportional() const {
    const auto shared_once = sum("smaps_rollup", "Pss:");
    return shared_once > 0 ? shared_once : resident();
}

bool ProcessTree::alive() const { return !root_ || !kill(root_, 0); }

double own_cpu() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }

} // namespace bench
