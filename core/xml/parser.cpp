// SPDX-License-Identifier: MIT
// The engine around expat. expat is given at most 1 KB at a time (its buffer grows to its largest feed and never
// shrinks), is thrown away whenever nothing is half read and it is asked to stop, park or has seen 64 KB (it keeps
// every element and attribute name it ever met), and is made again from the stream header's own bytes.
#include "core/xml/parser.hpp"

#include <algorithm>
#include <exception>
#include <expat.h>
#include <new>

#ifndef EPODE_HAVE_REPARSE_DEFERRAL
// Not in the library that we were linked with, but an upgrade may bring it, switched on.
extern "C" __attribute__((weak)) XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled);
#endif

namespace epode::xml {

namespace {

constexpr std::size_t slice_size = 1024;
constexpr std::size_t renew_after = 64 * 1024;
constexpr char separator = '\1'; // between namespace and name; XML cannot hold it, so no input can forge one

/// Default namespaces of streams between servers and with components: their stanzas are jabber:client's to us.
constexpr std::string_view stream_namespaces[] = {"jabber:server", "jabber:component:accept"};

struct Name {
    std::string_view ns, local;

    explicit Name(std::string_view both) noexcept {
        const auto at = both.find(separator);
        if (at != std::string_view::npos) ns = both.substr(0, at);
        local = at == std::string_view::npos ? both : both.substr(at + 1);
    }
};

bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool is_utf8_name(std::string_view encoding) noexcept {
    constexpr std::string_view name = "utf-8";
    return std::ranges::equal(encoding, name, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

XML_Parser make_expat() {
    XML_Parser expat = XML_ParserCreateNS("UTF-8", separator);
    if (expat == nullptr) throw std::bad_alloc();
#ifdef EPODE_HAVE_REPARSE_DEFERRAL
    XML_SetReparseDeferralEnabled(expat, XML_FALSE);
#else
    if (&XML_SetReparseDeferralEnabled != nullptr) XML_SetReparseDeferralEnabled(expat, XML_FALSE);
#endif
    return expat;
}

ParseFault fault_of(XML_Error error) noexcept {
    switch (error) {
    case XML_ERROR_UNDEFINED_ENTITY:
    case XML_ERROR_RECURSIVE_ENTITY_REF:
    case XML_ERROR_ASYNC_ENTITY:
    case XML_ERROR_BINARY_ENTITY_REF:
    case XML_ERROR_EXTERNAL_ENTITY_HANDLING:
    case XML_ERROR_PARAM_ENTITY_REF:
        return ParseFault::restricted_xml;
    case XML_ERROR_UNKNOWN_ENCODING:
    case XML_ERROR_INCORRECT_ENCODING:
        return ParseFault::unsupported_encoding;
    default:
        return ParseFault::not_well_formed; // unbound prefixes too: RFC 6120 4.9.3.13
    }
}

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
    void open_stream(const Name& name, const char** attributes);
    void open_element(const Name& name, const char** attributes);
    bool take_address(const Name& name, const char* value);
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
    XML_Parser expat_ = nullptr;
    std::string_view mapped_; // the stream namespace that stands for jabber:client in this stanza; "" for none
    Builder builder_;
    std::string header_; // the stream header's own bytes
    std::string default_ns_;
    std::string from_, to_;
    std::string lang_;
    std::string fault_text_;
    std::exception_ptr thrown_;
};

// ---- feeding
// -----------------------------------------------------------------------------------------------------------

std::size_t Engine::feed(std::string_view bytes) {
    std::size_t used = 0;
    stopped_ = false;
    while (used < bytes.size() && fault_ == ParseFault::none && !stopped_) used += feed_slice(bytes.substr(used));
    return used;
}

/// Gives expat what one slice and the stanza's limit allow. Returns how much was used: less when a handler stopped.
std::size_t Engine::feed_slice(std::string_view rest) {
    if (ended_) return rest.size();
    if (depth_ == 0 && fed_ == 0 && is_space(rest.front())) return 1;
    if (depth_ == 0 && !begins_well(rest)) return 0;
    if (expat_ == nullptr) make();
    const std::size_t held = fed_ - base_;
    if (!fits(held < limits_.stanza, "one element's bytes")) return 0;
    rest = rest.substr(0, std::min(slice_size, limits_.stanza - held));
    if (depth_ == 0) header_.append(rest);
    fed_ += rest.size();
    parsing_ = true;
    const auto status = XML_Parse(expat_, rest.data(), static_cast<int>(rest.size()), XML_FALSE);
    parsing_ = false;
    return after_parse(status, rest.size());
}

std::size_t Engine::after_parse(XML_Status status, std::size_t given) {
    std::size_t used = given;
    if (status == XML_STATUS_SUSPENDED) {
        used = given - (fed_ - next_unread());
        drop();
    } else if (status == XML_STATUS_ERROR) {
        const XML_Error error = XML_GetErrorCode(expat_);
        if (error == XML_ERROR_NO_MEMORY) throw std::bad_alloc();
        if (fault_ == ParseFault::none) {
            const bool ours = thrown_ != nullptr;
            refuse(fault_of(error), ours ? "the receiver of the elements failed" : XML_ErrorString(error));
        }
        used = given - std::min(given, half_token());
    } else {
        fits(half_token() <= limits_.tag, "one tag's bytes");
    }
    if (restart_) reset();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    return used;
}

/// Looks at the first two bytes of a document: whether they can be those of XML in UTF-8 (RFC 6120 11.6). expat alone
/// would wait for the end of a word, and call UTF-16 not well-formed.
bool Engine::begins_well(std::string_view rest) {
    if (fed_ > 1) return true;
    const char first = fed_ == 0 ? rest[0] : '<';
    const bool wide = fed_ == 1 ? rest[0] == '\0' : rest.size() > 1 && rest[1] == '\0';
    if (first == '\0' || first == '\xFE' || first == '\xFF' || (first == '<' && wide))
        refuse(ParseFault::unsupported_encoding, "only UTF-8 is understood");
    else if (first != '<' && first != '\xEF')
        refuse(ParseFault::not_well_formed, "a document begins with <");
    return fault_ == ParseFault::none;
}

std::size_t Engine::next_unread() const noexcept {
    return static_cast<std::size_t>(XML_GetCurrentByteIndex(expat_) + XML_GetCurrentByteCount(expat_));
}

/// How many bytes of an unfinished tag expat holds.
std::size_t Engine::half_token() const noexcept {
    if (expat_ == nullptr) return 0;
    const auto index = XML_GetCurrentByteIndex(expat_);
    return index < 0 ? fed_ : fed_ - static_cast<std::size_t>(index);
}

/// Makes expat and, in the middle of a stream, shows it the header again.
void Engine::make() {
    expat_ = make_expat();
    set_handlers();
    fed_ = base_ = 0;
    if (depth_ == 0 || standalone_) return;
    fed_ = base_ = header_.size();
    replaying_ = true;
    const auto status = XML_Parse(expat_, header_.data(), static_cast<int>(header_.size()), XML_FALSE);
    replaying_ = false;
    if (status == XML_STATUS_OK) return;
    drop();
    throw std::bad_alloc(); // it was accepted once
}

void Engine::drop() noexcept {
    if (expat_ != nullptr) XML_ParserFree(expat_);
    expat_ = nullptr;
    fed_ = base_ = 0;
    from_ = std::string();
    to_ = std::string();
}

bool Engine::park() {
    if (parked()) return true;
    if (depth_ != 1 || fault_ != ParseFault::none || parsing_ || half_token() != 0) return false;
    drop();
    return true;
}

/// The end of a standalone element's bytes. Returns whether they were complete.
bool Engine::finish() {
    if (fault_ != ParseFault::none) return false;
    if (expat_ == nullptr) make();
    parsing_ = true;
    const auto status = XML_Parse(expat_, "", 0, XML_TRUE);
    parsing_ = false;
    after_parse(status, 0);
    return fault_ == ParseFault::none;
}

void Engine::stop() noexcept {
    if (!parsing_) return;
    stopped_ = true;
    XML_StopParser(expat_, XML_TRUE);
}

void Engine::restart() {
    if (!parsing_) return reset();
    restart_ = true;
    stop();
}

void Engine::reset() {
    drop();
    builder_.clear();
    header_.clear();
    default_ns_.clear();
    lang_.clear();
    fault_text_.clear();
    fault_ = ParseFault::none;
    depth_ = standalone_ ? 1 : 0;
    declarations_ = 0;
    restart_ = ended_ = false;
}

std::string Engine::where() const {
    if (expat_ == nullptr) return {};
    return " (line " + std::to_string(XML_GetCurrentLineNumber(expat_)) + ", column " +
           std::to_string(XML_GetCurrentColumnNumber(expat_) + 1) + ")";
}

// ---- faults
// ------------------------------------------------------------------------------------------------------------

void Engine::refuse(ParseFault fault, std::string text) {
    if (fault_ != ParseFault::none) return;
    fault_ = fault;
    fault_text_ = std::move(text);
    builder_.clear();
    if (parsing_) XML_StopParser(expat_, XML_FALSE);
}

bool Engine::fits(bool condition, const char* what) {
    if (!condition) refuse(ParseFault::policy_violation, std::string("over the limit: ") + what);
    return condition;
}

// ---- what expat reports
// ------------------------------------------------------------------------------------------------

/// Nothing may be thrown through expat, and after a fault it still reports the rest of its token.
template <typename Act> void Engine::guarded(void* self, Act act) noexcept {
    auto& engine = *static_cast<Engine*>(self);
    if (engine.replaying_ || engine.fault_ != ParseFault::none || engine.thrown_) return;
    try {
        act(engine);
    } catch (...) {
        engine.thrown_ = std::current_exception();
        XML_StopParser(engine.expat_, XML_FALSE);
    }
}

void Engine::set_handlers() noexcept {
    XML_SetUserData(expat_, this);
    XML_SetElementHandler(
        expat_,
        [](void* self, const char* name, const char** attributes) {
            guarded(self, [=](Engine& engine) { engine.on_start(name, attributes); });
        },
        [](void* self, const char*) { guarded(self, [](Engine& engine) { engine.on_end(); }); });
    XML_SetCharacterDataHandler(expat_, [](void* self, const char* text, int size) {
        guarded(self, [=](Engine& engine) { engine.on_text({text, static_cast<std::size_t>(size)}); });
    });
    XML_SetStartNamespaceDeclHandler(expat_, [](void* self, const char* prefix, const char* uri) {
        guarded(self, [=](Engine& engine) { engine.on_declaration(prefix, uri); });
    });
    XML_SetCommentHandler(expat_, [](void* self, const char*) {
        guarded(self, [](Engine& engine) { engine.refuse(ParseFault::restricted_xml, "a comment"); });
    });
    XML_SetProcessingInstructionHandler(expat_, [](void* self, const char*, const char*) {
        guarded(self, [](Engine& engine) { engine.refuse(ParseFault::restricted_xml, "a processing instruction"); });
    });
    XML_SetStartDoctypeDeclHandler(expat_, [](void* self, const char*, const char*, const char*, int) {
        guarded(self, [](Engine& engine) { engine.refuse(ParseFault::restricted_xml, "a document type declaration"); });
    });
    XML_SetXmlDeclHandler(expat_, [](void* self, const char*, const char* encoding, int) {
        if (encoding == nullptr || is_utf8_name(encoding)) return;
        guarded(self,
                [](Engine& engine) { engine.refuse(ParseFault::unsupported_encoding, "only UTF-8 is understood"); });
    });
}

void Engine::on_declaration(const char* prefix, const char* uri) {
    ++declarations_;
    const std::string_view name = prefix ? prefix : "", ns = uri ? uri : "";
    if (!fits(name.size() <= limits_.name, "a prefix's bytes") || !fits(ns.size() <= limits_.ns, "a namespace's bytes"))
        return;
    if (depth_ == 0 && prefix == nullptr) default_ns_ = ns;
}

bool Engine::attributes_fit(const char** attributes) {
    std::size_t count = std::exchange(declarations_, 0);
    for (const char** at = attributes; *at != nullptr; at += 2) {
        if (!fits(++count <= limits_.attributes, "attributes of one element")) return false;
        if (!fits(Name(*at).local.size() <= limits_.name, "a name's bytes")) return false;
    }
    return fits(count <= limits_.attributes, "attributes of one element");
}

void Engine::on_start(const char* qualified, const char** attributes) {
    const Name name(qualified);
    if (depth_ == 0 && !fits(declarations_ <= limits_.declarations, "namespaces declared in the stream header")) return;
    if (!fits(name.local.size() <= limits_.name, "a name's bytes") || !attributes_fit(attributes)) return;
    if (depth_ == 0)
        open_stream(name, attributes);
    else
        open_element(name, attributes);
}

void Engine::open_stream(const Name& name, const char** attributes) {
    StreamHeader header;
    header.name = name.local;
    header.ns = name.ns;
    header.default_ns = std::exchange(default_ns_, {});
    for (const char** at = attributes; *at != nullptr; at += 2) {
        const Name attribute(at[0]);
        std::string* field = nullptr;
        if (attribute.ns == xml_ns) {
            if (attribute.local == "lang") field = &header.lang;
        } else if (attribute.ns.empty()) {
            if (attribute.local == "from")
                field = &header.from;
            else if (attribute.local == "to")
                field = &header.to;
            else if (attribute.local == "id")
                field = &header.id;
            else if (attribute.local == "version")
                field = &header.version;
        }
        if (field) *field = at[1];
    }
    base_ = next_unread();
    const auto begin = static_cast<std::size_t>(XML_GetCurrentByteIndex(expat_));
    header_ = header_.substr(begin, base_ - begin); // a new string: the old one's room goes back
    depth_ = 1;
    sink_->on_header(header);
}

void Engine::open_element(const Name& name, const char** attributes) {
    if (!fits(depth_ <= limits_.depth, "elements inside one another")) return;
    if (name.ns == xml_ns) return refuse(ParseFault::invalid_xml, "an element in the namespace of xml:");
    const bool root = depth_++ == 1;
    if (root) {
        builder_.set_limit(limits_.stanza);
        has_from_ = has_to_ = false;
        mapped_ = {};
        for (std::string_view ns : stream_namespaces)
            if (name.ns == ns) mapped_ = ns;
    }
    builder_.open(name.local, !mapped_.empty() && name.ns == mapped_ ? client_ns : name.ns);
    write_attributes(attributes, root && !standalone_);
    fits(!builder_.overflowed(), "one element's bytes as they are written");
}

void Engine::write_attributes(const char** attributes, bool stanza) {
    bool has_lang = false;
    for (const char** at = attributes; *at != nullptr; at += 2) {
        const Name name(at[0]);
        if (stanza && take_address(name, at[1])) continue;
        has_lang = has_lang || (name.local == "lang" && name.ns == xml_ns);
        builder_.attr(name.local, at[1], name.ns);
    }
    // RFC 6120 4.7.4. Only stanzas travel on; <auth/> and the like do not.
    if (stanza && !has_lang && !lang_.empty() && builder_.in_client_ns()) builder_.attr("lang", lang_, xml_ns);
}

bool Engine::take_address(const Name& name, const char* value) {
    if (!name.ns.empty()) return false;
    if (name.local == "from") {
        from_ = value;
        return has_from_ = true;
    }
    if (name.local == "to") {
        to_ = value;
        return has_to_ = true;
    }
    return false;
}

void Engine::on_text(std::string_view text) {
    if (depth_ > 1) {
        builder_.text(text);
        fits(!builder_.overflowed(), "one element's bytes as they are written");
        return;
    }
    if (!std::ranges::all_of(text, is_space)) return refuse(ParseFault::invalid_xml, "text between stanzas");
    base_ = next_unread();
}

void Engine::on_end() {
    if (--depth_ == 0) {
        ended_ = true;
        sink_->on_end();
        XML_StopParser(expat_, XML_TRUE);
        return;
    }
    builder_.close();
    if (!fits(!builder_.overflowed(), "one element's bytes as they are written") || depth_ != 1) return;
    base_ = next_unread();
    sink_->on_element(builder_.finish(), has_from_ ? &from_ : nullptr, has_to_ ? &to_ : nullptr);
    if (fed_ - header_.size() > renew_after && !standalone_) XML_StopParser(expat_, XML_TRUE);
}

} // namespace

// ---- the public face
// ---------------------------------------------------------------------------------------------------

struct Parser::State : Engine {
    using Engine::Engine;
};

Parser::Parser(Sink& sink, Limits limits) : state_(std::make_unique<State>(sink, limits, false)) {}
Parser::~Parser() = default;
std::size_t Parser::feed(std::string_view bytes) { return state_->feed(bytes); }
void Parser::stop() noexcept { state_->stop(); }
ParseFault Parser::fault() const noexcept { return state_->fault(); }
const std::string& Parser::fault_text() const noexcept { return state_->fault_text(); }
void Parser::restart() { state_->restart(); }
void Parser::set_limits(Limits limits) noexcept { state_->set_limits(limits); }
void Parser::set_default_lang(std::string lang) { state_->set_lang(std::move(lang)); }
bool Parser::park() { return state_->park(); }
bool Parser::parked() const noexcept { return state_->parked(); }
bool Parser::mid_element() const noexcept { return state_->mid_element(); }
void Parser::set_sink(Sink& sink) noexcept { state_->set_sink(sink); }

Result<Ref<Document>> parse(std::string_view xml, const Limits& limits) {
    struct One final : Parser::Sink {
        Ref<Document> document;
        void on_header(const StreamHeader&) override {}
        void on_element(Ref<Document> whole, const std::string*, const std::string*) override {
            document = std::move(whole);
        }
        void on_end() override {}
    } one;
    Engine engine(one, limits, true);
    engine.feed(xml);
    if (!engine.finish()) return fail(engine.fault_text() + engine.where());
    return std::move(one.document);
}

} // namespace epode::xml
