// SPDX-License-Identifier: MIT
#include "core/net/watch.hpp"

#include "core/net/epoll_loop.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace epode::net {

namespace {

constexpr auto readable = static_cast<std::uint8_t>(Event::readable);
constexpr auto writable = static_cast<std::uint8_t>(Event::writable);
constexpr auto at_once = static_cast<std::uint8_t>(Event::at_once);

std::uint32_t epoll_bits(std::uint8_t events) {
    return (events & readable ? EPOLLIN : 0U) | (events & writable ? EPOLLOUT : 0U);
}

std::uint8_t events_of(std::uint32_t bits) {
    std::uint8_t events = 0;
    // After an error or a hang-up every call returns at once, with what it was.
    if (bits & (EPOLLERR | EPOLLHUP)) events |= readable | writable;
    if (bits & EPOLLIN) events |= readable;
    if (bits & EPOLLOUT) events |= writable;
    return events;
}

} // namespace

Watch::Watch(Loop& loop, int descriptor, Rank rank) : loop_(loop.impl()), descriptor_(descriptor), rank_(rank) {
    if (!watch_for(readable)) throw std::system_error(errno, std::generic_category(), "watching a socket");
}

Watch::~Watch() {
    watch_for(0);
    loop_.forget(*this);
}

/// False, and errno says why, where the kernel has no room.
bool Watch::watch_for(std::uint8_t events) noexcept {
    if (events == watched_) return true;
    epoll_event event{};
    event.events = epoll_bits(events);
    event.data.ptr = this;
    // Out of the set and not just without events: hang-ups are told as long as it is in there.
    const int how = events == 0 ? EPOLL_CTL_DEL : watched_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(loop_.set_of(rank_), how, descriptor_, &event) != 0) return false;
    watched_ = events;
    return true;
}

void Watch::set_rank(Rank rank) noexcept {
    if (rank == rank_) return;
    const auto events = watched_;
    watch_for(0);
    rank_ = rank;
    if (watch_for(events)) return;
    for (const auto slot : {Slot::reader, Slot::writer}) // as in `wait`
        if (at(slot).event != 0) wait(slot, Event::at_once, std::move(at(slot).ready));
}

std::uint8_t Watch::wanted() const noexcept {
    return static_cast<std::uint8_t>((waiting_[0].event | waiting_[1].event) & (readable | writable));
}

void Watch::wait(Slot slot, Event event, Callback ready) {
    at(slot).ready = std::move(ready);
    at(slot).event = static_cast<std::uint8_t>(event);
    // Where the kernel has no room any more the caller just tries: reading or writing tells the truth.
    const bool refused = (wanted() & ~watched_) != 0 && !watch_for(watched_ | wanted());
    if (refused) at(slot).event = at_once;
    if (at(slot).event == at_once && !std::exchange(queued_, true)) loop_.call_soon(*this);
}

void Watch::forget() noexcept {
    for (auto& each : waiting_) {
        each.ready = nullptr;
        each.event = 0;
    }
}

std::size_t Watch::call(Slot slot) {
    at(slot).event = 0;
    // Out of the slot before the call: the callback may wait again, or end everything.
    auto ready = std::exchange(at(slot).ready, nullptr);
    if (!ready) return 0;
    ready();
    return 1;
}

std::size_t Watch::happened(std::uint32_t epoll_events) {
    const auto events = static_cast<std::uint8_t>(events_of(epoll_events) | at_once);
    const auto unwanted = static_cast<std::uint8_t>(events_of(epoll_events) & ~wanted());
    if (unwanted & watched_) watch_for(static_cast<std::uint8_t>(watched_ & wanted()));
    const bool writer_too = (at(Slot::writer).event & events) != 0;
    auto& loop = loop_;
    loop.current = this; // until a callback destroys us
    std::size_t ran = 0;
    if (at(Slot::reader).event & events) ran += call(Slot::reader);
    if (loop.current == this && writer_too && (at(Slot::writer).event & events)) ran += call(Slot::writer);
    return ran;
}

} // namespace epode::net
