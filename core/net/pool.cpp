// SPDX-License-Identifier: MIT
#include "core/net/pool.hpp"

namespace epode::net {

Pool::Pool(std::size_t threads, std::size_t capacity) : capacity_(capacity) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back(&Pool::serve, this);
}

Pool::~Pool() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    filled_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool Pool::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() >= capacity_) return false;
        queue_.push_back(std::move(job));
    }
    filled_.notify_one();
    return true;
}

void Pool::serve() {
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            filled_.wait(lock, [this] { return ending_ || !queue_.empty(); });
            if (queue_.empty()) return;
            job = std::move(queue_.front());
            queue_.pop_front();
        }
        job();
    }
}

std::size_t Pool::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

} // namespace epode::net
