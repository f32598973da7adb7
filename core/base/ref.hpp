// SPDX-License-Identifier: MIT
// Ref<T>: an intrusive, atomically counted reference (8 bytes; take and drop are one instruction each). For what
// crosses shards: documents, JIDs, receipts. T derives from Counted<T>; when the last reference goes, T::destroy(T*) is
// called.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace epode {

template <typename T> class Counted {
public:
    Counted() = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

    void take() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
    void drop() const noexcept {
        if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            T::destroy(const_cast<T*>(static_cast<const T*>(this)));
    }

    /// Whether one reference is all there is; exact only where no other thread may take or drop one meanwhile.
    bool sole() const noexcept { return count_.load(std::memory_order_acquire) == 1; }

protected:
    ~Counted() = default;

private:
    mutable std::atomic<std::uint32_t> count_{0};
};

template <typename T> class Ref {
public:
    Ref() noexcept = default;
    Ref(std::nullptr_t) noexcept {}
    explicit Ref(T* raw) noexcept : raw_(raw) {
        if (raw_) raw_->take();
    }
    Ref(const Ref& other) noexcept : Ref(other.raw_) {}
    Ref(Ref&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    ~Ref() {
        if (raw_) raw_->drop();
    }
    T* get() const noexcept { return raw_; }
    T* operator->() const noexcept { return raw_; }
    T& operator*() const noexcept { return *raw_; }
    explicit operator bool() const noexcept { return raw_ != nullptr; }
    bool operator==(const Ref& other) const noexcept { return raw_ == other.raw_; }

private:
    T* raw_ = nullptr;
};

} // namespace epode
