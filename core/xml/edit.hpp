// SPDX-License-Identifier: MIT
// To pugixml and back, for those who must edit deep inside a payload or write a file for people. Not for the path of
// every stanza: it is some twenty times as dear as a Builder.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/element.hpp"
#include "core/xml/parser.hpp"

#include <pugixml.hpp>

namespace epode::xml {

/// A copy of `element` as a pugixml document, with its own xmlns on the root; empty for the null element.
pugi::xml_document edit(Element element);

/// The Document that `node` and what is below it say. Namespaces are ordinary xmlns attributes in pugixml, so one that
/// `node` would inherit from above is not seen. Fails where the names or the nesting are not XML, and beyond `limits`.
Result<Ref<Document>> freeze(const pugi::xml_node& node, const Limits& limits = Limits());

} // namespace epode::xml
