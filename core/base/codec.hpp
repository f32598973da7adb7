// SPDX-License-Identifier: MIT
// Values to bytes and back, for storage, for what crosses shards and for what a reload carries over. A struct declares
// its fields once:
//
//     struct Contact {
//         Jid jid;
//         std::string name;
//         std::vector<std::string> groups;
//         void fields(auto& f) { f(jid, name, groups); }
//     };
//
// New fields are added at the end: an older row leaves them at their defaults. Where a value without some field is
// none, `bool complete() const` says so. Integers are varints; everything else is a length and bytes. Decoding never
// trusts a length.
#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace epode {

class ByteWriter {
public:
    template <typename... F> void operator()(F&... fields) { (put(fields), ...); }
    std::string take() { return std::move(out_); }

    void put_varint(std::uint64_t value) {
        while (value >= 0x80) {
            out_.push_back(static_cast<char>(value | 0x80));
            value >>= 7;
        }
        out_.push_back(static_cast<char>(value));
    }
    void put_bytes(std::string_view bytes) {
        put_varint(bytes.size());
        out_.append(bytes);
    }
    template <typename T> void put(T& value_in);

private:
    template <typename T> void put_value(T& value);
    std::string out_;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view in) : in_(in) {}

    template <typename... F> void operator()(F&... fields) { ((at_end() ? void() : get(fields)), ...); }
    bool ok() const noexcept { return ok_; }
    bool at_end() const noexcept { return in_.empty(); }

    std::uint64_t get_varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !in_.empty(); shift += 7) {
            const auto byte = static_cast<std::uint8_t>(in_.front());
            in_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (!(byte & 0x80)) return value;
        }
        ok_ = false;
        in_ = {};
        return 0;
    }
    std::string_view get_bytes() {
        const auto size = get_varint();
        if (size > in_.size()) {
            ok_ = false;
            in_ = {};
            return {};
        }
        auto bytes = in_.substr(0, size);
        in_.remove_prefix(size);
        return bytes;
    }
    template <typename T> void get(T& value);

    void failed() { ok_ = false; }

private:
    std::string_view in_;
    bool ok_ = true;
};

/// Types with a text of their own (Jid): `std::string_view text() const` and `static Result<T>
/// parse(std::string_view)`.
template <typename T>
concept HasText = requires(const T& value, std::string_view text) {
    { value.text() } -> std::convertible_to<std::string_view>;
    { T::parse(text).has_value() } -> std::same_as<bool>;
};
/// Types with bytes of their own (Stanza): `std::string bytes() const` and `static Result<T>
/// from_bytes(std::string_view)`.
template <typename T>
concept HasBytes = requires(const T& value, std::string_view text) {
    { value.bytes() } -> std::convertible_to<std::string_view>;
    { T::from_bytes(text).has_value() } -> std::same_as<bool>;
};
template <typename T>
concept HasFields = requires(T& value, ByteWriter& writer) { value.fields(writer); };

namespace detail {
template <typename T> inline constexpr bool is_vector = false;
template <typename T> inline constexpr bool is_vector<std::vector<T>> = true;
template <typename T> inline constexpr bool is_map = false;
template <typename K, typename V, typename C> inline constexpr bool is_map<std::map<K, V, C>> = true;
template <typename T> inline constexpr bool is_optional = false;
template <typename T> inline constexpr bool is_optional<std::optional<T>> = true;
template <typename T> inline constexpr bool is_duration = false;
template <typename R, typename P> inline constexpr bool is_duration<std::chrono::duration<R, P>> = true;
template <typename T> inline constexpr bool is_time = false;
template <typename C, typename D> inline constexpr bool is_time<std::chrono::time_point<C, D>> = true;
template <typename T> inline constexpr bool no_codec = false;
} // namespace detail

template <typename T> void ByteWriter::put(T& value_in) {
    auto& value = const_cast<std::remove_const_t<T>&>(value_in);
    put_value(value);
}

template <typename T> void ByteWriter::put_value(T& value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        put_varint(static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
        put_bytes(value);
    } else if constexpr (detail::is_duration<T>) {
        put_varint(static_cast<std::uint64_t>(value.count()));
    } else if constexpr (detail::is_time<T>) {
        put_varint(static_cast<std::uint64_t>(value.time_since_epoch().count()));
    } else if constexpr (detail::is_vector<T>) {
        put_varint(value.size());
        for (auto& each : value) put(each);
    } else if constexpr (detail::is_map<T>) {
        put_varint(value.size());
        for (auto& [key, each] : value) {
            put(key);
            put(each);
        }
    } else if constexpr (detail::is_optional<T>) {
        put_varint(value ? 1 : 0);
        if (value) put(*value);
    } else if constexpr (HasBytes<T>) {
        put_bytes(value.bytes());
    } else if constexpr (HasText<T>) {
        put_bytes(value.text());
    } else if constexpr (HasFields<T>) {
        // A struct's fields stand in a frame of their own, so that it may grow.
        ByteWriter inner;
        value.fields(inner);
        put_bytes(inner.out_);
    } else {
        static_assert(detail::no_codec<T>,
                      "no codec for this type: give it fields(), text()/parse() or bytes()/from_bytes()");
    }
}

template <typename T> void ByteReader::get(T& value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        value = static_cast<T>(get_varint());
    } else if constexpr (std::is_same_v<T, std::string>) {
        value = std::string(get_bytes());
    } else if constexpr (detail::is_duration<T>) {
        value = T(static_cast<typename T::rep>(get_varint()));
    } else if constexpr (detail::is_time<T>) {
        value = T(typename T::duration(static_cast<typename T::rep>(get_varint())));
    } else if constexpr (detail::is_vector<T>) {
        for (auto count = get_varint(); count > 0 && ok_ && !at_end(); --count) get(value.emplace_back());
    } else if constexpr (detail::is_map<T>) {
        for (auto count = get_varint(); count > 0 && ok_ && !at_end(); --count) {
            typename T::key_type key{};
            get(key);
            get(value[std::move(key)]);
        }
    } else if constexpr (detail::is_optional<T>) {
        if (get_varint()) get(value.emplace());
    } else if constexpr (HasBytes<T>) {
        if (auto parsed = T::from_bytes(get_bytes()))
            value = std::move(*parsed);
        else
            failed();
    } else if constexpr (HasText<T>) {
        const auto text = get_bytes();
        if (text.empty()) {
            value = T();
        } else if (auto parsed = T::parse(text)) {
            value = std::move(*parsed);
        } else {
            failed();
        }
    } else if constexpr (HasFields<T>) {
        ByteReader inner(get_bytes());
        value.fields(inner);
        if (!inner.ok()) failed();
        if constexpr (requires { value.complete(); })
            if (!value.complete()) failed();
    } else {
        static_assert(detail::no_codec<T>,
                      "no codec for this type: give it fields(), text()/parse() or bytes()/from_bytes()");
    }
}

template <typename T> std::string encode_value(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return std::string(std::string_view(value));
    } else {
        ByteWriter writer;
        writer.put(value);
        return writer.take();
    }
}

template <typename T> Result<T> decode_value(std::string_view bytes) {
    if constexpr (std::is_same_v<T, std::string>) {
        return std::string(bytes);
    } else {
        T value{};
        ByteReader reader(bytes);
        reader.get(value);
        if (!reader.ok()) return fail("damaged value");
        return value;
    }
}

} // namespace epode
