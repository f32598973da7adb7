// SPDX-License-Identifier: MIT
// What a Loop is made of. Private to core/net: the one header that shows Boost.Asio.
#pragma once

#include "core/net/loop.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace epode::net {

struct Loop::Impl {
    /// UNSAFE_IO: descriptors are touched by one thread only; `stop` and `post` from others stay safe.
    boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy{context.get_executor()};
    std::atomic<bool> woken{false};
};

} // namespace epode::net
