// SPDX-License-Identifier: MIT
// An archive as a file (XEP-0227 section 3.7), one message a line, so that it is written and read in small steps. All
// that touches the file blocks: on the pool.
#pragma once

#include "core/base/result.hpp"
#include "core/jid.hpp"
#include "modules/archive/book.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace epode::archive {

/// What stands before and behind the messages.
std::string file_begin(const Jid& account);
std::string file_end();
/// A message, a line.
std::string line_of(const Entry& entry);
/// The message of a line, as the archive of that account keeps it. Its id is the one that the line says where that is
/// one of this server's kind, else one made of its time and the id, the same each time. An error for what is no message
/// of two people, and for one from the future of `now`.
Result<Entry> entry_of(std::string_view line, const Jid& account, WallTime now);
/// A line that holds no message but is in its place.
bool is_frame(std::string_view line);

/// What a command says in the end; the first word of a failure is the file.
struct Transferred {
    bool ok = false;
    std::string text;

    Transferred() = default;
    Transferred(bool well, std::string sentence) : ok(well), text(std::move(sentence)) {}
};
/// Writes an archive into a new file that nobody else may read.
Task<Transferred> write_file(Host* host, Book* book, Jid account, Owner owner, std::string path);
/// Adds the messages of a file, each once, and derives everything behind the log again. Stops at a line it does not
/// understand; what was before that is in the archive.
Task<Transferred> read_file(Host* host, Book* book, Jid account, Owner owner, std::string path);

} // namespace epode::archive
