// SPDX-License-Identifier: MIT
// Parser: expat to Documents, with every limit enforced before memory is spent; parks when idle.
//
// One Parser per stream. Depth 0 is the stream header, depth 1 the stanzas. The root's own `from` and `to` do not go
// into the bytes (a Stanza carries them as JIDs); they are handed over beside the Document.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace epode::xml {

/// What one stream may cost. All in bytes unless said otherwise.
struct Limits {
    std::size_t stanza = 64 * 1024; ///< one top-level element, as read and as written canonically
    std::size_t depth = 64;         ///< elements inside one another, below the stream
    std::size_t attributes = 64;    ///< on one element
    std::size_t name = 256;         ///< an element's or attribute's name, or a prefix
    std::size_t ns = 1024;          ///< a namespace name
    std::size_t tag = 32 * 1024;   ///< one tag: bounds what a tag fed in tiny pieces can cost with reparse deferral off
    std::size_t declarations = 16; ///< xmlns declarations in the stream header

    Limits() = default;
};

/// Why a stream cannot go on; named after RFC 6120 section 4.9.3.
enum class ParseFault : std::uint8_t {
    none,
    not_well_formed,
    restricted_xml, ///< comment, processing instruction, DTD, entity (RFC 6120 11.1)
    unsupported_encoding,
    policy_violation, ///< a limit was passed; `fault_text` says which
    invalid_xml,
};

/// The attributes of `<stream:stream>`.
struct StreamHeader {
    std::string name, ns, default_ns; ///< root element: local name, its namespace, and the declared default namespace
    std::string from, to, id, version, lang;
};

class Parser {
public:
    struct Sink {
        virtual ~Sink() = default;
        virtual void on_header(const StreamHeader& header) = 0;
        /// One whole top-level element. `from` and `to` are the root's attributes as they came ("" and false when
        /// absent).
        virtual void on_element(Ref<Document> document, const std::string* from, const std::string* to) = 0;
        /// `</stream:stream>`.
        virtual void on_end() = 0;
    };

    Parser(Sink& sink, Limits limits);
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    /// Feeds bytes in slices of at most 1 KB. Returns how many bytes were consumed: fewer than given when a sink called
    /// `stop()` (the rest belongs to whoever goes on) or after a fault (see `fault`).
    std::size_t feed(std::string_view bytes);

    /// Called from inside a sink: stop after the element being reported. `feed` returns and may be called again later.
    void stop() noexcept;

    ParseFault fault() const noexcept;
    const std::string& fault_text() const noexcept;

    /// Forgets everything and expects a new stream header (RFC 6120 4.3.3).
    void restart();
    /// New limits from the next element on (they grow at login).
    void set_limits(Limits limits) noexcept;
    /// The xml:lang that stanzas without one inherit from the stream (RFC 6120 4.7.4); it is written onto their root.
    void set_default_lang(std::string lang);

    /// Frees expat's memory if nothing is pending (depth one, no half token); the next `feed` makes it again by
    /// replaying the header. Returns whether it parked.
    bool park();
    bool parked() const noexcept;
    /// Whether a stanza is half read.
    bool mid_element() const noexcept;
    /// A sink other than the first one (when a stream changes hands).
    void set_sink(Sink& sink) noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Parses one standalone element (config, tests, stored bytes from outside). The result keeps `from` and `to` in its
/// bytes. A fault's text says what is wrong.
Result<Ref<Document>> parse(std::string_view xml, const Limits& limits = Limits());

/// Rebuilds a Document from its own canonical bytes by one linear pass, without expat: for what comes out of storage.
/// nullptr when the bytes are not canonical.
Ref<Document> from_canonical(std::string_view bytes);

} // namespace epode::xml
