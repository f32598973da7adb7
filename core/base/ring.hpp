// SPDX-License-Identifier: MIT
// Ring<T>: a queue in one block that costs nothing before its first use (std::deque holds half a kilobyte for each idle
// connection).
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

namespace epode {

template <typename T> class Ring {
public:
    Ring() = default;
    Ring(Ring&& other) noexcept { swap(other); }
    Ring& operator=(Ring&& other) noexcept {
        Ring(std::move(other)).swap(*this);
        return *this;
    }
    ~Ring() { clear(); }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return slots_[(head_ + i) & (capacity_ - 1)]; }
    const T& operator[](std::size_t i) const noexcept { return slots_[(head_ + i) & (capacity_ - 1)]; }
    T& front() noexcept { return (*this)[0]; }
    const T& front() const noexcept { return (*this)[0]; }
    T& back() noexcept { return (*this)[size_ - 1]; }

    void push_back(T value) {
        if (size_ == capacity_) grow();
        std::construct_at(&(*this)[size_], std::move(value));
        ++size_;
    }
    T pop_front() {
        T value = std::move(front());
        drop_front();
        return value;
    }
    void drop_front() noexcept {
        assert(size_ > 0);
        std::destroy_at(&front());
        head_ = (head_ + 1) & (capacity_ - 1);
        --size_;
    }
    void clear() noexcept {
        while (!empty()) drop_front();
        if (slots_) std::allocator<T>().deallocate(slots_, capacity_);
        slots_ = nullptr;
        capacity_ = head_ = 0;
    }
    /// Gives the block back when it is empty and has grown: whoever is busy keeps the first, small one.
    void trim() noexcept {
        if (empty() && capacity_ > first) clear();
    }
    /// Gives the block back when it is empty.
    void park() noexcept {
        if (empty()) clear();
    }

private:
    static constexpr std::size_t first = 4;

    void swap(Ring& other) noexcept {
        std::swap(slots_, other.slots_);
        std::swap(capacity_, other.capacity_);
        std::swap(head_, other.head_);
        std::swap(size_, other.size_);
    }
    void grow() {
        Ring wider;
        wider.capacity_ = capacity_ ? capacity_ * 2 : first;
        wider.slots_ = std::allocator<T>().allocate(wider.capacity_);
        while (!empty()) wider.push_back(pop_front());
        swap(wider);
    }

    T* slots_ = nullptr;       ///< room for `capacity_`, of which `size_` live, from `head_` on
    std::size_t capacity_ = 0; ///< a power of two
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

} // namespace epode
