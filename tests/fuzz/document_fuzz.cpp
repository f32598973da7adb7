// SPDX-License-Identifier: MIT
// Canonical bytes from outside and XML from outside: parse(canonical(x)) = x, canonical is idempotent, from_canonical
// agrees.
#include "tests/fuzz/xml_laws.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace epode::xml;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (auto document = from_canonical(bytes)) {
        require(document->bytes() == bytes);
        keep_laws(document);
        // Names, UTF-8 and duplicates are not from_canonical's business: where expat accepts, it must agree.
        if (auto again = by_expat(Element::root(document).str())) require_same(document, again);
    }
    if (auto document = by_expat(bytes)) {
        keep_laws(document);
        keep_parse_law(document);
    }
    return 0;
}
