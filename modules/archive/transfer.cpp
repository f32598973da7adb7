// SPDX-License-Identifier: MIT
#include "modules/archive/transfer.hpp"

#include "core/base/digest.hpp"
#include "core/net/pool.hpp"
#include "core/server.hpp"
#include "core/xml/parser.hpp"
#include "xep/xep0313_mam.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <unistd.h>
#include <utility>
#include <vector>

namespace epode::archive {

namespace {

/// An element's opening tag, with one attribute.
std::string opening(std::string_view name, std::string_view attribute, std::string_view value) {
    xml::Builder builder;
    builder.open(name, "urn:xmpp:pie:0").attr(attribute, value).close();
    const auto document = builder.finish();
    auto text = xml::Element::root(document).str();
    text.resize(text.size() - 2); // "/>"
    return text + ">\n";
}

OrderedId id_of(const xep::mam::Item& item) {
    if (const auto id = OrderedId::parse(item.id)) return *id;
    std::array<std::uint8_t, 16> bytes{};
    const auto start = OrderedId::at(item.message.delay->stamp);
    std::copy_n(start.bytes().begin(), 8, bytes.begin());
    const auto rest = sha256(item.id);
    std::copy_n(rest.begin(), 8, bytes.begin() + 8);
    return OrderedId(bytes);
}

Result<> failed(const std::string& path) { return fail(path + ": " + std::strerror(errno)); }

} // namespace

std::string file_begin(const Jid& account) {
    return "<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='urn:xmpp:pie:0'>\n" +
           opening("host", "jid", account.domain()) + opening("user", "name", account.local()) +
           "<archive xmlns='urn:xmpp:pie:0#mam'>\n";
}

std::string file_end() { return "</archive>\n</user>\n</host>\n</server-data>\n"; }

std::string line_of(const Entry& entry) {
    xep::mam::Item item;
    item.id = entry.id.text();
    item.message = xep::Forwarded(entry.value.message, xep::Delay(Jid(), entry.id.time()));
    xml::Builder builder;
    item.encode(builder);
    const auto document = builder.finish();
    std::string line;
    for (const char c : xml::Element::root(document).str()) {
        if (c == '\n')
            line.append("&#10;"); // means the same wherever text or an attribute may stand
        else
            line.push_back(c);
    }
    line.push_back('\n');
    return line;
}

Result<Entry> entry_of(std::string_view line, const Jid& account, WallTime now) {
    const auto document = xml::parse(line);
    if (!document) return std::unexpected(document.error());
    auto item = xep::mam::Item::decode(xml::Element::root(*document));
    if (!item) return std::unexpected(std::move(item).error());
    const Stanza& message = item->message.stanza;
    if (!message.is_message() || message.type() == "groupchat") return fail("no message between two people");
    if (!item->message.delay && !OrderedId::parse(item->id)) return fail("a message without a time");
    const auto id = id_of(*item);
    if (id.time() > now) return fail("a message from the future");
    const bool incoming = message.from() && message.from().bare() != account;
    Jid peer = incoming ? message.from() : message.to();
    if (!peer) peer = account;
    return Entry(id, Record(std::move(peer), message));
}

bool is_frame(std::string_view line) {
    const auto begin = std::min(line.find_first_not_of(" \t\r"), line.size());
    line.remove_prefix(begin);
    if (line.empty()) return true;
    for (const std::string_view known : {"<?xml ", "<server-data ", "<host ", "<user ", "<archive ", "</archive>",
                                         "</user>", "</host>", "</server-data>"})
        if (line.starts_with(known)) return true;
    return false;
}

// ---- Files --------------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t lines_at_once = 256;

Result<> append(const std::string& path, const std::string& text, bool fresh) {
    if (fresh) {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0) return failed(path);
        ::close(file);
    }
    std::ofstream out(path, std::ios::binary | std::ios::app);
    out << text;
    out.close();
    if (!out) return failed(path);
    return {};
}

Task<Result<>> append_on_pool(Host* host, std::string path, std::string text, bool fresh) {
    auto work = [path = std::move(path), text = std::move(text), fresh] { return append(path, text, fresh); };
    auto done = co_await host->server().pool().run(std::move(work));
    co_return done;
}

using File = std::shared_ptr<std::ifstream>;

Task<std::vector<std::string>> next_lines(Host* host, File in) {
    auto work = [in] {
        std::vector<std::string> lines;
        for (std::string line; lines.size() < lines_at_once && std::getline(*in, line);)
            lines.push_back(std::move(line));
        return lines;
    };
    auto lines = co_await host->server().pool().run(std::move(work));
    co_return lines;
}

} // namespace

Task<Transferred> write_file(Host* host, Book* book, Jid account, Owner owner, std::string path) {
    std::string text = file_begin(account);
    std::size_t written = 0;
    Stretch stretch;
    for (bool more = true, fresh = true; more; fresh = false) {
        const auto page = co_await book->read(owner, stretch, lines_at_once, false);
        for (const auto& entry : page.entries) text += line_of(entry);
        written += page.entries.size();
        more = page.more && !page.entries.empty();
        if (more)
            stretch.after = page.entries.back().id;
        else
            text += file_end();
        auto piece = std::exchange(text, {});
        const auto done = co_await append_on_pool(host, path, std::move(piece), fresh);
        if (!done) co_return Transferred(false, done.error().text);
    }
    co_return Transferred(true,
                          std::to_string(written) + " messages of " + std::string(account.text()) + " are in " + path);
}

Task<Transferred> read_file(Host* host, Book* book, Jid account, Owner owner, std::string path) {
    auto open = [path] { return std::make_shared<std::ifstream>(path, std::ios::binary); };
    const File in = co_await host->server().pool().run(std::move(open));
    if (!in->is_open()) co_return Transferred(false, failed(path).error().text);
    const auto turn = co_await book->take_turn(owner);
    co_await book->forget_derived(owner);
    std::size_t number = 0, added = 0;
    std::string wrong;
    for (bool more = true; more && wrong.empty();) {
        const auto lines = co_await next_lines(host, in);
        more = !lines.empty();
        std::vector<Entry> entries;
        for (const auto& line : lines) {
            ++number;
            if (is_frame(line)) continue;
            auto entry = entry_of(line, account, host->wall());
            if (!entry) {
                wrong = path + ":" + std::to_string(number) + ": " + entry.error().text;
                break;
            }
            entries.push_back(std::move(*entry));
        }
        added += entries.size();
        if (!entries.empty()) co_await book->add(owner, std::move(entries));
    }
    co_await book->derive_in_turn(owner);
    const auto told = std::to_string(added) + " messages were taken into the archive of " + std::string(account.text());
    co_return Transferred(wrong.empty(), wrong.empty() ? told : wrong + "; " + told);
}

} // namespace epode::archive
