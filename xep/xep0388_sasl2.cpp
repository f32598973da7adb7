// SPDX-License-Identifier: MIT
#include "xep/xep0388_sasl2.hpp"

#include "core/base/base64.hpp"

namespace epode::xep::sasl2 {

namespace {

constexpr std::string_view blanks = " \t\r\n";

/// The specification's own examples stand on lines of their own.
std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

Result<Bytes, Condition> decode_data(xml::Element element) {
    const xml::Text text = element.text();
    auto bytes = base64::decode(trimmed(text));
    if (!bytes) return std::unexpected(Condition::incorrect_encoding);
    return std::move(*bytes);
}

/// At most so many bytes, and no half character at the end.
std::string cut(std::string_view text) {
    if (text.size() <= longest_text) return std::string(text);
    std::size_t end = longest_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end));
}

Result<UserAgent, Condition> decode_agent(xml::Element element) {
    UserAgent agent;
    agent.id = element.attr("id").str();
    if (agent.id.size() > longest_id) return std::unexpected(Condition::malformed_request);
    agent.software = cut(element.child_text("software"));
    agent.device = cut(element.child_text("device"));
    return agent;
}

} // namespace

Result<Authenticate, Condition> Authenticate::decode(xml::Element element) {
    Authenticate read;
    read.mechanism = element.attr("mechanism").str();
    if (read.mechanism.empty()) return std::unexpected(Condition::invalid_mechanism);
    if (const auto initial = element.child("initial-response", ns)) {
        auto data = decode_data(initial);
        if (!data) return std::unexpected(data.error());
        read.initial = std::move(*data);
    }
    if (const auto given = element.child("user-agent", ns)) {
        auto agent = decode_agent(given);
        if (!agent) return std::unexpected(agent.error());
        read.agent = std::move(*agent);
    }
    return read;
}

void Authenticate::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("mechanism", mechanism);
    if (initial) builder.leaf("initial-response", base64::encode(*initial));
    if (agent != UserAgent()) {
        builder.open("user-agent").attr_if("id", agent.id);
        if (!agent.software.empty()) builder.leaf("software", agent.software);
        if (!agent.device.empty()) builder.leaf("device", agent.device);
        builder.close();
    }
    builder.close();
}

Result<Next> Next::decode(xml::Element element) {
    Next read;
    read.task = element.attr("task").str();
    if (read.task.empty()) return fail("next names a task");
    return read;
}

void Next::encode(xml::Builder& builder) const { builder.open(name, ns).attr("task", task).close(); }

Result<Bytes, Condition> decode_response(xml::Element response) { return decode_data(response); }

void write_challenge(xml::Builder& out, BytesView data) { out.leaf("challenge", ns, base64::encode(data)); }

void write_failure(xml::Builder& out, Condition condition, std::string_view text, xml::Element detail) {
    out.open("failure", ns).open(sasl::name(condition), sasl::ns).close();
    out.append(detail);
    if (!text.empty()) out.open("text").attr("lang", "en", xml::xml_ns).text(text).close();
    out.close();
}

void write_additional_data(xml::Builder& out, BytesView data) {
    if (!data.empty()) out.leaf("additional-data", ns, base64::encode(data));
}

void write_continue(xml::Builder& out, BytesView data, std::string_view task) {
    out.open("continue", ns);
    write_additional_data(out, data);
    out.open("tasks", ns).leaf("task", task).close();
    out.close();
}

} // namespace epode::xep::sasl2
