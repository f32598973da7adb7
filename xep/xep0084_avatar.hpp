// SPDX-License-Identifier: MIT
// XEP-0084: a user's picture in PEP, its data in one node and what it is in another. The id of both items is the SHA-1
// of the image.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xep {

struct AvatarData {
    static constexpr std::string_view ns = "urn:xmpp:avatar:data"; ///< and the node's name
    static constexpr std::string_view name = "data";

    Bytes image;

    AvatarData() = default;
    explicit AvatarData(Bytes bytes) : image(std::move(bytes)) {}
    static Result<AvatarData> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    std::string id() const; ///< lower-case SHA-1
};

struct AvatarMetadata {
    static constexpr std::string_view ns = "urn:xmpp:avatar:metadata"; ///< and the node's name
    static constexpr std::string_view name = "metadata";

    struct Info {
        std::string id, type, url;
        std::uint64_t bytes = 0;
        std::optional<std::uint16_t> width, height;

        Info() = default;
    };
    std::vector<Info> infos; ///< the same picture in several forms; none: the user shows no picture

    AvatarMetadata() = default;
    static Result<AvatarMetadata> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    /// The form that lies in the data node; null where there is none.
    const Info* stored() const noexcept;
};

} // namespace epode::xep
