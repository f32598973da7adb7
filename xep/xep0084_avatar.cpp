// SPDX-License-Identifier: MIT
#include "xep/xep0084_avatar.hpp"

#include "core/base/base64.hpp"
#include "core/base/digest.hpp"

#include <algorithm>
#include <charconv>

namespace epode::xep {

namespace {

template <typename Number> std::optional<Number> number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

} // namespace

Result<AvatarData> AvatarData::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("no data of an avatar");
    auto image = base64::decode_spaced(element.text().str());
    if (!image || image->empty()) return fail("an avatar's data is base64");
    return AvatarData(std::move(*image));
}

void AvatarData::encode(xml::Builder& builder) const { builder.leaf(name, ns, base64::encode(image)); }

std::string AvatarData::id() const { return hex(sha1(image)); }

Result<AvatarMetadata> AvatarMetadata::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("no metadata of an avatar");
    AvatarMetadata metadata;
    for (const auto child : element.children()) {
        if (!child.is("info", ns)) continue;
        Info info;
        info.id = child.attr("id").str();
        info.type = child.attr("type").str();
        info.url = child.attr("url").str();
        if (info.id.empty()) return fail("an avatar's info has an id");
        const auto bytes = number<std::uint64_t>(child.attr("bytes").str());
        if (!bytes) return fail("an avatar's info says how many bytes it has");
        info.bytes = *bytes;
        info.width = number<std::uint16_t>(child.attr("width").str());
        info.height = number<std::uint16_t>(child.attr("height").str());
        metadata.infos.push_back(std::move(info));
    }
    return metadata;
}

void AvatarMetadata::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    for (const auto& info : infos) {
        builder.open("info").attr("bytes", std::to_string(info.bytes)).attr("id", info.id);
        if (info.height) builder.attr("height", std::to_string(*info.height));
        builder.attr_if("type", info.type).attr_if("url", info.url);
        if (info.width) builder.attr("width", std::to_string(*info.width));
        builder.close();
    }
    builder.close();
}

const AvatarMetadata::Info* AvatarMetadata::stored() const noexcept {
    const auto found = std::ranges::find_if(infos, [](const Info& info) { return info.url.empty(); });
    return found == infos.end() ? nullptr : &*found;
}

} // namespace epode::xep
