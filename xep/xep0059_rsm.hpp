// SPDX-License-Identifier: MIT
// XEP-0059: result set management: which page of a long answer is wanted, and which one this is.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace epode::xep::rsm {

inline constexpr std::string_view ns = "http://jabber.org/protocol/rsm";

/// What is asked for. An empty `before` means the last page (section 2.5).
struct Request {
    static constexpr std::string_view ns = rsm::ns;
    static constexpr std::string_view name = "set";

    std::optional<std::uint64_t> max;
    std::optional<std::string> after, before;
    std::optional<std::uint64_t> index;

    Request() = default;
    /// Numbers that are none, and `after` together with `before` or `index`, are errors. (`after` with `before` is not
    /// defined by section 2; an interval is asked for with XEP-0313's own fields.)
    static Result<Request> decode(xml::Element element);
    /// The request among the children of a query; an empty one where there is none.
    static Result<Request> inside(xml::Element query);
    void encode(xml::Builder& builder) const;

    bool backwards() const noexcept { return before.has_value(); }
    /// The page's size: what was asked for, at most `most`; `most` where nothing was asked for.
    std::size_t limit(std::size_t most) const noexcept {
        return max && *max < most ? static_cast<std::size_t>(*max) : most;
    }
    /// Which entries of a whole list of `size`. `place` says where the entry of that name is; null where there is none,
    /// and then the answer is (item-not-found).
    struct Cut {
        std::size_t first = 0, end = 0;
    };
    std::optional<Cut> cut(std::size_t size,
                           const std::function<std::optional<std::size_t>(const std::string&)>& place) const;
    /// Whether a page is wanted at all, rather than everything.
    bool paged() const noexcept { return *this != Request(); }
    bool operator==(const Request&) const = default;
};

/// What came of it.
struct Page {
    static constexpr std::string_view ns = rsm::ns;
    static constexpr std::string_view name = "set";

    std::optional<std::string> first, last; ///< both, or neither for an empty page
    std::optional<std::uint64_t> index;     ///< of `first` in the whole
    std::optional<std::uint64_t> count;     ///< of the whole

    Page() = default;
    static Result<Page> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    bool operator==(const Page&) const = default;
};

} // namespace epode::xep::rsm
