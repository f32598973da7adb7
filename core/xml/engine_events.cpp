// SPDX-License-Identifier: MIT
// The listening half of the engine: what expat reports, limits on what is written, what XMPP restricts (RFC 6120
// section 11).
#include "core/xml/engine.hpp"

#include <algorithm>
#include <utility>

namespace epode::xml {

namespace {

constexpr std::size_t renew_after = 64 * 1024;

/// Default namespaces of streams between servers and with components: their stanzas are jabber:client's to us.
constexpr std::string_view stream_namespaces[] = {"jabber:server", "jabber:component:accept"};

/// The one of them that `ns` is, "" for any other.
std::string_view mapped(std::string_view ns) noexcept {
    for (std::string_view known : stream_namespaces)
        if (ns == known) return known;
    return {};
}

bool is_utf8_name(std::string_view encoding) noexcept {
    constexpr std::string_view name = "utf-8";
    return std::ranges::equal(encoding, name, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

} // namespace

// ---- faults -------------------------------------------------------------------------------------

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

// ---- what expat reports -------------------------------------------------------------------------

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
        if (!fits(ExpandedName(*at).local.size() <= limits_.name, "a name's bytes")) return false;
    }
    return fits(count <= limits_.attributes, "attributes of one element");
}

void Engine::on_start(const char* qualified, const char** attributes) {
    const ExpandedName name(qualified);
    if (depth_ == 0 && !fits(declarations_ <= limits_.declarations, "namespaces declared in the stream header")) return;
    if (!fits(name.local.size() <= limits_.name, "a name's bytes") || !attributes_fit(attributes)) return;
    if (depth_ == 0)
        open_stream(name, attributes);
    else
        open_element(name, attributes);
}

void Engine::open_stream(const ExpandedName& name, const char** attributes) {
    StreamHeader header;
    header.name = name.local;
    header.ns = name.ns;
    header.default_ns = std::exchange(default_ns_, {});
    mapped_ = mapped(header.default_ns); // what is not the stream's content namespace is no stanza: RFC 6120 4.8.4
    for (const char** at = attributes; *at != nullptr; at += 2) {
        const ExpandedName attribute(at[0]);
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

void Engine::open_element(const ExpandedName& name, const char** attributes) {
    if (!fits(depth_ <= limits_.depth, "elements inside one another")) return;
    if (name.ns == xml_ns) return refuse(ParseFault::invalid_xml, "an element in the namespace of xml:");
    const bool root = depth_++ == 1;
    if (root) {
        builder_.set_limit(limits_.stanza);
        has_from_ = has_to_ = false;
        if (standalone_) mapped_ = mapped(name.ns);
    }
    builder_.open(name.local, !mapped_.empty() && name.ns == mapped_ ? client_ns : name.ns);
    write_attributes(attributes, root && !standalone_);
    fits(!builder_.overflowed(), "one element's bytes as they are written");
}

void Engine::write_attributes(const char** attributes, bool stanza) {
    bool has_lang = false;
    for (const char** at = attributes; *at != nullptr; at += 2) {
        const ExpandedName name(at[0]);
        if (stanza && take_address(name, at[1])) continue;
        has_lang = has_lang || (name.local == "lang" && name.ns == xml_ns);
        builder_.attr(name.local, at[1], name.ns);
    }
    // RFC 6120 4.7.4. Only stanzas travel on; <auth/> and the like do not.
    if (stanza && !has_lang && !lang_.empty() && builder_.in_client_ns()) builder_.attr("lang", lang_, xml_ns);
}

bool Engine::take_address(const ExpandedName& name, const char* value) {
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

} // namespace epode::xml
