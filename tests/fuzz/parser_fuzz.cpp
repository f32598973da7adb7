// SPDX-License-Identifier: MIT
// Streams: whatever the cuts, the same is heard, and all of it keeps the laws.
#include "tests/fuzz/xml_laws.hpp"

#include <cstdint>
#include <vector>

namespace {

using namespace epode;
using namespace epode::xml;

struct Listener final : Parser::Sink {
    std::vector<std::string> heard;
    Parser* stopped = nullptr;

    void on_header(const StreamHeader& header) override {
        heard.push_back(header.name + '|' + header.ns + '|' + header.default_ns + '|' + header.to);
    }
    void on_element(Ref<Document> document, const std::string* from, const std::string* to) override {
        keep_laws(document);
        keep_parse_law(document);
        heard.push_back((from ? *from : "-") + '|' + (to ? *to : "-") + '|' + std::string(document->bytes()));
        if (stopped) stopped->stop();
    }
    void on_end() override { heard.emplace_back("end"); }
};

/// Feeds all, in steps of `step`; after each step parks when asked to, and at each element stops.
ParseFault play(std::string_view bytes, std::size_t step, bool rest, std::vector<std::string>& heard) {
    Listener listener;
    Limits limits;
    limits.depth = 8;
    limits.attributes = 8;
    Parser parser(listener, limits);
    if (rest) listener.stopped = &parser;
    for (std::string_view left = bytes; !left.empty() && parser.fault() == ParseFault::none;) {
        const auto used = parser.feed(left.substr(0, step));
        require(used <= left.size() && (used > 0 || parser.fault() != ParseFault::none));
        left.remove_prefix(used);
        if (rest) parser.park();
    }
    heard = std::move(listener.heard);
    return parser.fault();
}

/// Of two faults in one run of text expat finds its own first, and whether it saw both at once depends on the cut. That
/// the stream ends there does not.
bool alike(ParseFault one, ParseFault other) {
    if (one == other) return true;
    return one != ParseFault::none && other != ParseFault::none &&
           (one == ParseFault::not_well_formed || other == ParseFault::not_well_formed);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 4 != 0) // mostly behind a header
        bytes.insert(0, "<s:s xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>");
    std::vector<std::string> whole, single, odd;
    const auto fault = play(bytes, bytes.size() + 1, false, whole);
    require(alike(play(bytes, 1, false, single), fault) && single == whole);
    require(alike(play(bytes, 1 + data[0] / 4, true, odd), fault) && odd == whole);
    return 0;
}
