// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0478_limits.hpp"

using namespace epode;
using namespace epode::test;
using xep::StreamLimits;

TEST_CASE("limits of a stream") {
    for (const std::string_view text :
         {"<limits xmlns='urn:xmpp:stream-limits:0'/>",
          "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>",
          "<limits "
          "xmlns='urn:xmpp:stream-limits:0'><max-bytes>4294967295</max-bytes><idle-seconds>1800</idle-seconds></"
          "limits>"})
        CHECK(recoded<StreamLimits>(text) == canonical(text));
    for (const std::string_view text :
         {"<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>much</max-bytes></limits>",
          "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes/></limits>",
          "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>4294967296</max-bytes></limits>",
          "<limits xmlns='urn:xmpp:stream-limits:0'><idle-seconds>-1</idle-seconds></limits>",
          "<limits xmlns='urn:xmpp:stream-limits:0'><idle-seconds>1 </idle-seconds></limits>"})
        CHECK_FALSE(accepted<StreamLimits>(text));
}
