// SPDX-License-Identifier: MIT
// What a process and all that it started have used, as the kernel accounts it: CPU to the nanosecond, memory from
// /proc.
#pragma once

#include <vector>

namespace bench {

class ProcessTree {
public:
    /// 0: nothing, and all figures are 0.
    explicit ProcessTree(int root) : root_(root) {}

    /// Seconds of CPU, user and system, ended threads included. Of processes: those that live now.
    double cpu() const;
    /// KiB in memory, shared pages once; needs to be of the same user or root, else it is resident().
    double proportional() const;
    double resident() const; ///< KiB
    bool alive() const;

private:
    std::vector<int> members() const;
    double sum(const char* file, const char* field) const;

    int root_;
};

double own_cpu();

} // namespace bench
