// SPDX-License-Identifier: MIT
// Stored rows and what crosses a reload, from bytes that a broken disk or an older server may have left. Laws: they are
// refused or read; what was read is written and read the same; keys keep their row. The first byte says which kind.
#include "core/base/base64.hpp"
#include "core/base/codec.hpp"
#include "core/base/id.hpp"
#include "core/service/archive.hpp"
#include "core/service/roster.hpp"
#include "core/session/accounts.hpp"
#include "core/session/tokens.hpp"
#include "core/stanza.hpp"
#include "core/store/keys.hpp"
#include "modules/announce/motd.hpp"
#include "modules/archive/book.hpp"
#include "modules/archive/preferences.hpp"
#include "modules/archive/record.hpp"
#include "modules/blocking/entry.hpp"
#include "modules/common/pubsub/kept.hpp"
#include "modules/common/pubsub/node.hpp"
#include "modules/last/left.hpp"
#include "modules/muc/records.hpp"
#include "modules/offline/delivery.hpp"
#include "modules/offline/mailbox.hpp"
#include "modules/presence/directed.hpp"
#include "modules/register/recent.hpp"
#include "modules/roster/changes.hpp"
#include "modules/vcard/picture.hpp"
#include "xep/xep0049_private.hpp"
#include "xep/xep0054_vcard.hpp"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace epode;

void require(bool law) {
    if (!law) std::abort();
}

template <typename T> void row(std::string_view bytes) {
    const auto read = decode_value<T>(bytes);
    if (!read) return;
    const auto once = encode_value(*read);
    const auto again = decode_value<T>(once);
    require(again.has_value());
    require(encode_value(*again) == once);
}

void keys(std::string_view bytes) {
    const Owner owner(OwnerId{7});
    const auto cut = bytes.size() / 2;
    const auto key = bytes.substr(0, cut);
    const std::string value(bytes.substr(cut));
    const auto stored_key = store::row_key(owner, key);
    auto stored = store::row_value(key, value);
    const auto back = store::row(stored_key, stored);
    require(back && back->first == key && back->second == value);
    const auto found = store::row_value_of(key, stored);
    require(found && *found && **found == value);
    (void)store::row(bytes, value); // of a damaged key
    (void)store::row_value_of(key, std::string(bytes));
}

/// Times that no clock has said, too: none of them may count for ever.
void recent(std::string_view bytes) {
    row<registration::Recent>(bytes);
    auto read = decode_value<registration::Recent>(bytes);
    if (!read) return;
    const WallTime now(std::chrono::years(56));
    read->forget(now);
    for (const WallTime time : read->times) require(time <= now && time > now - std::chrono::hours(1));
}

/// However it was damaged, it can be asked and written again.
void lot(std::string_view bytes) {
    row<archive::Lot>(bytes);
    auto read = decode_value<archive::Lot>(bytes);
    if (!read) return;
    const auto all = read->postings();
    for (const auto& [word, place] : all) (void)read->with({word});
    (void)read->named(1);
    if (read->count() == 0) return;
    const auto first = read->id(0);
    require(read->without({first}).count() < read->count());
    read->forget(first);
    for (const auto& [word, place] : read->postings()) require(place != 0 || read->id(0) != first);
}

void texts(std::string_view bytes) {
    if (const auto decoded = base64::decode(bytes)) require(base64::encode(*decoded) == bytes);
    if (const auto id = OrderedId::parse(bytes)) require(OrderedId::parse(id->text()) == id);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 33) {
    case 0:
        row<AccountRecord>(bytes);
        break;
    case 1:
        row<Contact>(bytes);
        break;
    case 2:
        row<Stanza>(bytes);
        break;
    case 3:
        row<offline::Header>(bytes);
        break;
    case 4:
        row<offline::Delivery>(bytes);
        break;
    case 5:
        row<roster::Version>(bytes);
        break;
    case 6:
        row<roster::Removal>(bytes);
        break;
    case 7:
        row<xep::VCard>(bytes);
        break;
    case 8:
        row<xep::PrivateFragment>(bytes);
        break;
    case 9:
        row<std::map<std::uint64_t, std::string>>(bytes);
        break;
    case 10:
        row<std::vector<std::optional<WallTime>>>(bytes);
        break;
    case 11:
        keys(bytes);
        break;
    case 12:
        texts(bytes);
        break;
    case 13:
        row<presence::Directed>(bytes);
        break;
    case 14:
        row<announce::Motd>(bytes);
        break;
    case 15:
        row<last::Left>(bytes);
        break;
    case 16:
        recent(bytes);
        break;
    case 17:
        row<vcard::Picture>(bytes);
        break;
    case 18:
        row<blocking::Entry>(bytes);
        break;
    case 19:
        row<muc::Record>(bytes);
        break;
    case 20:
        row<muc::Affiliate>(bytes);
        break;
    case 21:
        row<muc::Kept>(bytes);
        break;
    case 22:
        row<archive::Record>(bytes);
        break;
    case 23:
        row<archive::Preferences>(bytes);
        break;
    case 24:
        row<archive::Conversation>(bytes);
        break;
    case 25:
        row<archive::Mark>(bytes);
        break;
    case 26:
        lot(bytes);
        break;
    case 28:
        row<archive::Followed>(bytes);
        break;
    case 27:
        row<ArchiveLimits>(bytes);
        break;
    case 29:
        row<pubsub::Node>(bytes);
        break;
    case 30:
        row<pubsub::Kept>(bytes);
        break;
    case 31:
        row<pubsub::Mark>(bytes);
        break;
    case 32:
        row<DeviceRecord>(bytes);
        break;
    }
    return 0;
}
