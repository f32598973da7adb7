// SPDX-License-Identifier: MIT
#include "xep/xep0054_vcard.hpp"

#include "core/base/base64.hpp"
#include "core/base/digest.hpp"
#include "core/xml/parser.hpp"

namespace epode::xep {
namespace {

bool is_update(xml::Element element) { return element.is(VCardUpdate::name, VCardUpdate::ns); }

} // namespace

Result<VCard> VCard::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not a vCard");
    return VCard(xml::Fragment(element));
}

void VCard::encode(xml::Builder& builder) const {
    if (element())
        builder.append(element());
    else
        builder.open(name, ns).close();
}

std::optional<VCard::Photo> VCard::photo() const {
    const auto photo = element().child("PHOTO", ns);
    auto image = base64::decode_spaced(photo.child_text("BINVAL").str());
    if (!image || image->empty()) return std::nullopt;
    return Photo{photo.child_text("TYPE").str(), std::move(*image)};
}

std::string VCard::photo_hash() const {
    const auto picture = photo();
    return picture ? hex(sha1(picture->image)) : std::string();
}

VCard VCard::with_photo(const std::optional<Photo>& picture) const {
    xml::Builder builder;
    if (element())
        builder.open_like(element());
    else
        builder.open(name, ns);
    for (const auto child : element().children())
        if (!child.is("PHOTO", ns)) builder.append(child);
    if (picture) {
        builder.open("PHOTO");
        if (!picture->type.empty()) builder.leaf("TYPE", picture->type);
        builder.leaf("BINVAL", base64::encode(picture->image)).close();
    }
    return VCard(xml::Fragment(builder.close().finish()));
}

std::string VCard::bytes() const {
    xml::Builder builder;
    encode(builder);
    return std::string(builder.finish()->bytes());
}

Result<VCard> VCard::from_bytes(std::string_view bytes) {
    auto document = xml::from_canonical(bytes);
    if (!document) return fail("damaged XML");
    return VCard(xml::Fragment(std::move(document)));
}

Result<VCardUpdate> VCardUpdate::decode(xml::Element element) {
    if (!is_update(element)) return fail("not a vCard update");
    VCardUpdate update;
    if (const xml::Element photo = element.child("photo", ns)) update.photo = photo.text().str();
    return update;
}

void VCardUpdate::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (photo) builder.leaf("photo", *photo);
    builder.close();
}

Stanza VCardUpdate::put_into(const Stanza& presence) const {
    xml::Builder builder;
    encode(builder);
    const auto update = builder.finish();
    return presence.without_children(is_update).with_child(xml::Element::root(update));
}

} // namespace epode::xep
