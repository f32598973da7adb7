// SPDX-License-Identifier: MIT
// XEP-0054: the vCard that everyone may read, kept as it came; and XEP-0153: the hash of its picture in presence.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/stanza.hpp"
#include "core/xml/builder.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace epode::xep {

/// Also a value for Store.
class VCard {
public:
    static constexpr std::string_view ns = "vcard-temp";
    static constexpr std::string_view name = "vCard";

    VCard() = default;
    explicit VCard(xml::Fragment element) : element_(std::move(element)) {}

    static Result<VCard> decode(xml::Element element);
    /// An empty vCard where there is none.
    void encode(xml::Builder& builder) const;
    xml::Element element() const noexcept { return element_.element(); }
    std::size_t size() const noexcept { return element().bytes().size(); }
    /// PHOTO/TYPE and PHOTO/BINVAL (white space ignored).
    struct Photo {
        std::string type;
        Bytes image;
    };
    /// Null where there is none or it is no base64.
    std::optional<Photo> photo() const;
    /// Lower-case SHA-1 of the picture; "" where there is none.
    std::string photo_hash() const;
    /// The same with another picture, or with none.
    VCard with_photo(const std::optional<Photo>& picture) const;

    std::string bytes() const;
    static Result<VCard> from_bytes(std::string_view bytes);

private:
    xml::Fragment element_;
};

/// `<x xmlns='vcard-temp:x:update'/>` of XEP-0153 section 4.1.
struct VCardUpdate {
    static constexpr std::string_view ns = "vcard-temp:x:update";
    static constexpr std::string_view name = "x";

    std::optional<std::string> photo; ///< null: "not ready yet"; "": there is no picture

    VCardUpdate() = default;
    explicit VCardUpdate(std::string hash) : photo(std::move(hash)) {}
    static Result<VCardUpdate> decode(xml::Element element);
    void encode(xml::Builder& builder) const;
    /// The presence with this update instead of any it has.
    Stanza put_into(const Stanza& presence) const;
};

} // namespace epode::xep
