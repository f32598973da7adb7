// SPDX-License-Identifier: MIT
// Ring<T>: a queue in one block that costs nothing while empty (std::deque holds half a kilobyte for each idle
// connection).
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

namespace epode {

template <typename T> class Ring {
public:
    Ring() = default;
    Ring(Ring&& other) noexcept
        : slots_(std::move(other.slots_)), capacity_(std::exchange(other.capacity_, 0)),
          head_(std::exchange(other.head_, 0)), size_(std::exchange(other.size_, 0)) {}
    Ring& operator=(Ring&& other) noexcept {
        slots_ = std::move(other.slots_);
        capacity_ = std::exchange(other.capacity_, 0);
        head_ = std::exchange(other.head_, 0);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return slots_[(head_ + i) & (capacity_ - 1)]; }
    const T& operator[](std::size_t i) const noexcept { return slots_[(head_ + i) & (capacity_ - 1)]; }
    T& front() noexcept { return (*this)[0]; }
    const T& front() const noexcept { return (*this)[0]; }
    T& back() noexcept { return (*this)[size_ - 1]; }

    void push_back(T value) {
        if (size_ == capacity_) grow();
        slots_[(head_ + size_++) & (capacity_ - 1)] = std::move(value);
    }
    T pop_front() {
        assert(size_ > 0);
        T value = std::move(slots_[head_]);
        slots_[head_] = T();
        head_ = (head_ + 1) & (capacity_ - 1);
        --size_;
        return value;
    }
    void clear() noexcept {
        slots_.reset();
        capacity_ = head_ = size_ = 0;
    }
    /// Gives the block back when it is empty.
    void trim() noexcept {
        if (size_ == 0) clear();
    }

private:
    void grow() {
        const std::size_t wider = capacity_ ? capacity_ * 2 : 4;
        auto slots = std::make_unique<T[]>(wider);
        for (std::size_t i = 0; i < size_; ++i) slots[i] = std::move((*this)[i]);
        slots_ = std::move(slots);
        capacity_ = wider;
        head_ = 0;
    }
    std::unique_ptr<T[]> slots_;
    std::size_t capacity_ = 0;
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

} // namespace epode
