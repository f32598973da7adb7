// SPDX-License-Identifier: MIT
#include "core/net/watch.hpp"

#include "core/net/asio_loop.hpp"

#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

namespace epode::net {

namespace {

using boost::asio::io_context;
using Descriptor = boost::asio::posix::basic_stream_descriptor<io_context::executor_type>;

class AsioWatch final : public Watch, public std::enable_shared_from_this<AsioWatch> {
public:
    explicit AsioWatch(io_context& context) : descriptor_(context) {}

    void assign(int descriptor) {
        boost::system::error_code error;
        descriptor_.assign(descriptor, error);
        if (error) throw std::system_error(error.value(), std::generic_category(), "watching a socket");
    }
    void wait(Slot slot, Event event, Callback ready) override;
    void forget() noexcept override;
    void release(Callback done) override;
    void close() noexcept override;

private:
    struct Waiting {
        Callback ready;
        std::uint8_t outstanding = 0; // Events whose operation is in the loop's hands
    };
    struct Arrival { // what Asio calls; it keeps the watch alive until the loop has let go of it
        std::shared_ptr<AsioWatch> watch;
        Slot slot;
        Event event;
        void operator()(const boost::system::error_code& = {}) const { watch->arrived(slot, event); }
    };

    Waiting& at(Slot slot) noexcept { return waiting_[static_cast<std::size_t>(slot)]; }
    void start(Slot slot, Event event);
    void arrived(Slot slot, Event event);

    Descriptor descriptor_;
    std::array<Waiting, 2> waiting_;
    bool releasing_ = false; // the reader's slot then holds `done`
};

void AsioWatch::wait(Slot slot, Event event, Callback ready) {
    if (releasing_ || !descriptor_.is_open()) return;
    at(slot).ready = std::move(ready);
    if ((at(slot).outstanding & static_cast<std::uint8_t>(event)) == 0) start(slot, event);
}

void AsioWatch::start(Slot slot, Event event) {
    Arrival arrival{shared_from_this(), slot, event};
    switch (event) {
    case Event::readable:
        descriptor_.async_wait(Descriptor::wait_read, std::move(arrival));
        break;
    case Event::writable:
        descriptor_.async_wait(Descriptor::wait_write, std::move(arrival));
        break;
    case Event::at_once:
        boost::asio::post(descriptor_.get_executor(), std::move(arrival));
        break;
    }
    at(slot).outstanding |= static_cast<std::uint8_t>(event);
}

void AsioWatch::arrived(Slot slot, Event event) {
    at(slot).outstanding &= static_cast<std::uint8_t>(~static_cast<unsigned>(event));
    if (releasing_) {
        if (at(Slot::reader).outstanding != 0 || at(Slot::writer).outstanding != 0) return;
        descriptor_.release();
        slot = Slot::reader;
    }
    // Out of the slot before the call: the callback may wait again, or end everything.
    if (auto ready = std::exchange(at(slot).ready, nullptr)) ready();
}

void AsioWatch::forget() noexcept {
    if (releasing_) return;
    for (auto& each : waiting_) each.ready = nullptr;
}

void AsioWatch::release(Callback done) {
    forget();
    releasing_ = true;
    at(Slot::reader).ready = std::move(done);
    descriptor_.cancel(); // completions queued before this one still come; `arrived` counts them all
    start(Slot::reader, Event::at_once);
}

void AsioWatch::close() noexcept {
    for (auto& each : waiting_) each.ready = nullptr;
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

} // namespace

std::shared_ptr<Watch> Watch::make(Loop& loop, int descriptor) {
    auto watch = std::make_shared<AsioWatch>(loop.impl().context);
    watch->assign(descriptor);
    return watch;
}

} // namespace epode::net
