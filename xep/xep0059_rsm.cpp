// SPDX-License-Identifier: MIT
#include "xep/xep0059_rsm.hpp"

#include <algorithm>
#include <charconv>

namespace epode::xep::rsm {
namespace {

using Number = std::optional<std::uint64_t>;

Result<Number> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size()) return fail("a result set has a number that is none");
    return value;
}

Result<Number> number_child(xml::Element parent, std::string_view name) {
    const xml::Element child = parent.child(name, ns);
    if (!child) return Number();
    return number(child.text());
}

std::optional<std::string> text_child(xml::Element parent, std::string_view name) {
    const xml::Element child = parent.child(name, ns);
    if (!child) return std::nullopt;
    return child.text().str();
}

void leaf(xml::Builder& builder, std::string_view name, const Number& value) {
    if (value) builder.leaf(name, std::to_string(*value));
}

} // namespace

Result<Request> Request::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a result set request");
    Request request;
    auto max = number_child(element, "max");
    if (!max) return std::unexpected(std::move(max).error());
    auto index = number_child(element, "index");
    if (!index) return std::unexpected(std::move(index).error());
    request.max = *max;
    request.index = *index;
    request.after = text_child(element, "after");
    request.before = text_child(element, "before");
    if (request.after.has_value() + request.before.has_value() + request.index.has_value() > 1)
        return fail("a result set request has one of after, before and index");
    return request;
}

Result<Request> Request::inside(xml::Element query) {
    const xml::Element element = query.child(name, ns);
    return element ? decode(element) : Request();
}

void Request::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    leaf(builder, "max", max);
    if (after) builder.leaf("after", *after);
    if (before) builder.leaf("before", *before);
    leaf(builder, "index", index);
    builder.close();
}

std::optional<Request::Cut>
Request::cut(std::size_t size, const std::function<std::optional<std::size_t>(const std::string&)>& place) const {
    Cut cut{0, size};
    if (after && !after->empty()) {
        const auto at = place(*after);
        if (!at) return std::nullopt;
        cut.first = *at + 1;
    } else if (index) {
        cut.first = static_cast<std::size_t>(std::min<std::uint64_t>(*index, size));
    }
    if (before && !before->empty()) {
        const auto at = place(*before);
        if (!at) return std::nullopt;
        cut.end = *at;
    }
    const auto most = limit(size);
    if (cut.end - cut.first <= most) return cut;
    if (before)
        cut.first = cut.end - most;
    else
        cut.end = cut.first + most;
    return cut;
}

Result<Page> Page::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a result set");
    Page page;
    auto count = number_child(element, "count");
    if (!count) return std::unexpected(std::move(count).error());
    page.count = *count;
    page.first = text_child(element, "first");
    page.last = text_child(element, "last");
    if (auto index = element.child("first", ns).find_attr("index")) {
        auto value = number(*index);
        if (!value) return std::unexpected(std::move(value).error());
        page.index = *value;
    }
    return page;
}

void Page::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (first) {
        builder.open("first");
        if (index) builder.attr("index", std::to_string(*index));
        builder.text(*first).close();
    }
    if (last) builder.leaf("last", *last);
    leaf(builder, "count", count);
    builder.close();
}

} // namespace epode::xep::rsm
