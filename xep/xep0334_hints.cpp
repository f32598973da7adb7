// SPDX-License-Identifier: MIT
#include "xep/xep0334_hints.hpp"

namespace epode::xep {

Hints Hints::of(const Stanza& message) {
    Hints hints;
    if (!message || message.is_error()) return hints;
    for (xml::Element child : message.root().children()) {
        if (child.ns() != ns) continue;
        if (child.name() == "no-permanent-store") hints.no_permanent_store = true;
        if (child.name() == "no-store") hints.no_store = true;
        if (child.name() == "no-copy") hints.no_copy = true;
        if (child.name() == "store") hints.store = true;
    }
    return hints;
}

void Hints::encode(xml::Builder& builder) const {
    if (no_permanent_store) builder.open("no-permanent-store", ns).close();
    if (no_store) builder.open("no-store", ns).close();
    if (no_copy) builder.open("no-copy", ns).close();
    if (store) builder.open("store", ns).close();
}

} // namespace epode::xep
