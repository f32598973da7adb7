// SPDX-License-Identifier: MIT
// Engine: what stands behind Parser and parse(). expat is given at most 1 KB at a time (its buffer grows to its largest
// feed and never shrinks), is thrown away whenever nothing is half read and it is asked to stop, park or has seen 64 KB
// (it keeps every element and attribute name it ever met), and is made again from the stream header's own bytes.
// Internal to core/xml.
#pragma once

#include "core/xml/parser.hpp"
#include "core/xml/parser_memory.hpp"

#include <exception>
#include <expat.h>
#include <string>
#include <string_view>

namespace epode::xml {

/// Stands between namespace and name in what expat reports; XML cannot hold it, so no input can forge one.
inline constexpr char name_separator = '\1';

/// A name as expat reports it, taken apart.
struct ExpandedName {
    std::string_view ns, local;

    explicit ExpandedName(std::string_view both) noexcept {
        const auto at = both.find(name_separator);
        if (at != std::string_view::npos) ns = both.substr(0, at);
        local = at == std::string_view::npos ? both : both.substr(at + 1);
    }
};

inline bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

class Engine {
public:
    Engine(Parser::Sink& sink, Limits limits, bool standalone)
        : sink_(&sink), limits_(limits), standalone_(standalone), depth_(standalone ? 1 : 0) {}
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine() { drop(); }

    std::size_t feed(std::string_view bytes);
    bool finish();
    void stop() noexcept;
    void restart();
    bool park();
    bool parked() const noexcept { return expat_ == nullptr && depth_ == 1; }
    bool mid_element() const noexcept { return depth_ > 1 || (depth_ == 1 && half_token() != 0); }

    void set_sink(Parser::Sink& sink) noexcept { sink_ = &sink; }
    void set_limits(Limits limits) noexcept { limits_ = limits; }
    void set_lang(std::string lang) { lang_ = std::move(lang); }
    ParseFault fault() const noexcept { return fault_; }
    const std::string& fault_text() const noexcept { return fault_text_; }
    std::string where() const;

private:
    // Feeding.
    std::size_t feed_slice(std::string_view rest);
    bool begins_well(std::string_view rest);
    XML_Status parse(std::string_view bytes, bool last);
    std::size_t after_parse(XML_Status status, std::size_t given);
    std::size_t next_unread() const noexcept;
    std::size_t half_token() const noexcept;
    void make();
    void drop() noexcept;
    void reset();

    // What expat reports.
    void on_start(const char* name, const char** attributes);
    void on_end();
    void on_text(std::string_view text);
    void on_declaration(const char* prefix, const char* uri);
    void open_stream(const ExpandedName& name, const char** attributes);
    void open_element(const ExpandedName& name, const char** attributes);
    bool take_address(const ExpandedName& name, const char* value);
    void write_attributes(const char** attributes, bool stanza);
    bool attributes_fit(const char** attributes);
    bool fits(bool condition, const char* what);
    void refuse(ParseFault fault, std::string text);
    template <typename Act> static void guarded(void* self, Act act) noexcept;
    void set_handlers() noexcept;

    Parser::Sink* sink_;
    Limits limits_;
    const bool standalone_; // one element without a stream around it
    bool replaying_ = false, parsing_ = false, stopped_ = false, restart_ = false, ended_ = false;
    bool has_from_ = false, has_to_ = false;
    ParseFault fault_ = ParseFault::none;
    std::size_t depth_;
    std::size_t declarations_ = 0; // since the last opening tag
    std::size_t fed_ = 0;          // to this expat
    std::size_t base_ = 0;         // where the element at hand, or the white space before it, begins
    ParserMemory memory_;
    XML_Parser expat_ = nullptr;
    std::string_view mapped_; // the content namespace that stands for jabber:client on this stream; "" for none
    Builder builder_;
    std::string header_; // the stream header's own bytes
    std::string default_ns_;
    std::string from_, to_;
    std::string lang_;
    std::string fault_text_;
    std::exception_ptr thrown_;
};

} // namespace epode::xml
