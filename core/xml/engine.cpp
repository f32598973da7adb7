// SPDX-License-Identifier: MIT
// The feeding half of the engine: slices, limits on what is read, stopping, parking, starting again.
#include "core/xml/engine.hpp"

#include <algorithm>
#include <new>
#include <utility>

#ifndef EPODE_HAVE_REPARSE_DEFERRAL
// Not in the library that we were linked with, but an upgrade may bring it, switched on.
extern "C" __attribute__((weak)) XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled);
#endif

namespace epode::xml {

namespace {

constexpr std::size_t slice_size = 1024;

XML_Parser make_expat(ParserMemory& memory) {
    XML_Parser expat = memory.make_parser(name_separator);
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

} // namespace

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
    const auto status = parse(rest, false);
    return after_parse(status, rest.size());
}

XML_Status Engine::parse(std::string_view bytes, bool last) {
    const ParserMemory::InUse in_use(memory_);
    parsing_ = true;
    const auto status = XML_Parse(expat_, bytes.data(), static_cast<int>(bytes.size()), last ? XML_TRUE : XML_FALSE);
    parsing_ = false;
    return status;
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
    expat_ = make_expat(memory_);
    set_handlers();
    fed_ = base_ = 0;
    if (depth_ == 0 || standalone_) return;
    fed_ = base_ = header_.size();
    replaying_ = true;
    const ParserMemory::InUse in_use(memory_);
    const auto status = XML_Parse(expat_, header_.data(), static_cast<int>(header_.size()), XML_FALSE);
    replaying_ = false;
    if (status == XML_STATUS_OK) return;
    drop();
    throw std::bad_alloc(); // it was accepted once
}

void Engine::drop() noexcept {
    if (expat_ != nullptr) memory_.free_parser(std::exchange(expat_, nullptr));
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
    const auto status = parse({}, true);
    after_parse(status, 0);
    return fault_ == ParseFault::none;
}

void Engine::stop() noexcept {
    if (!parsing_) return;
    stopped_ = true;
    if (next_unread() < fed_) XML_StopParser(expat_, XML_TRUE); // or nothing is left, and expat may live
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

} // namespace epode::xml
