// SPDX-License-Identifier: MIT
#include "xep/xep0054_vcard.hpp"

#include "core/base/base64.hpp"
#include "core/base/digest.hpp"
#include "core/xml/parser.hpp"

namespace epode::xep {
namespace {

std::string without_space(std::string_view text) {
    std::string packed;
    packed.reserve(text.size());
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') packed += c;
    return packed;
}

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

std::string VCard::photo_hash() const {
    const auto picture = base64::decode(without_space(element().child("PHOTO", ns).child_text("BINVAL")));
    return picture && !picture->empty() ? hex(sha1(*picture)) : std::string();
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
