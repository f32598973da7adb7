// SPDX-License-Identifier: MIT
// Writing the reference.
#include "core/config/reference.hpp"

#include "core/config/server_config.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace epode::config {

namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\t':
        case '\n':
        case '\r':
            out += fmt::format("&#{};", static_cast<int>(c));
            break;
        default:
            out += c;
        }
    }
    return out;
}

/// Two hyphens end a comment, so they are kept apart.
std::string in_comment(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '-' && out.ends_with('-')) out += ' ';
        out += c;
    }
    return out;
}

std::string_view when(Needs needs) {
    switch (needs) {
    case Needs::nothing:
        return "";
    case Needs::module_restart:
        return " A change restarts the module.";
    case Needs::server_restart:
        return " A change counts after a restart.";
    }
    return "";
}

/// What stands for an option that must be given.
std::string sample(std::string_view element, const SettingBase& setting) {
    if (element == "host" && setting.name() == "name") return "example.org";
    return setting.default_text();
}

class Writer {
public:
    void line(std::string_view text) { out_ += fmt::format("{:{}}{}\n", "", indent_, text); }
    void comment(const Settings& settings, std::string_view help);
    void tag(std::string_view name, const Settings& settings, std::string_view end);
    void element(std::string_view name, const Settings& settings, std::string_view help) {
        comment(settings, help);
        tag(name, settings, "/>");
    }
    void indent(int by) { indent_ += by; }
    std::string done() { return std::move(out_); }

private:
    std::string out_;
    int indent_ = 0;
};

void Writer::comment(const Settings& settings, std::string_view help) {
    std::string text = "<!-- " + in_comment(help);
    std::size_t width = 0;
    for (const SettingBase* setting : settings.all()) width = std::max(width, setting->name().size());
    for (const SettingBase* setting : settings.all()) {
        std::string_view must = setting->required() ? " Required." : "";
        text += in_comment(fmt::format("\n{:{}}{:<{}}  {} [{}].{}{}", "", indent_ + 5, setting->name(), width,
                                       setting->help(), setting->kind(), must, when(setting->needs())));
    }
    out_ += "\n";
    line(text + " -->");
}

void Writer::tag(std::string_view name, const Settings& settings, std::string_view end) {
    std::string text = fmt::format("<{}", name);
    for (const SettingBase* setting : settings.all()) {
        std::string option = fmt::format("{}=\"{}\"", setting->name(), escaped(sample(name, *setting)));
        std::size_t line_start = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n');
        bool fits = text.size() - line_start + option.size() + static_cast<std::size_t>(indent_) < 116;
        text += fits ? " " : fmt::format("\n{:{}}", "", indent_ + static_cast<int>(name.size()) + 2);
        text += option;
    }
    line(text + std::string(end));
}

constexpr std::string_view preface =
    "<!-- Every element and every option with its default and what it accepts. Written by the server from the "
    "options'\n"
    "     declarations; do not edit. A configuration needs only what differs: see epode.xml.\n"
    "     Modules that stand directly under <epode> are set for all hosts, those within a <host> for it alone. -->";

} // namespace

std::string reference(const Schema& schema) {
    Writer writer;
    writer.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    writer.line(preface);
    const ServerOptions server;
    writer.comment(server, "The server as a whole.");
    writer.tag("epode", server, ">");
    writer.indent(2);
    writer.element("listen", ListenOptions(),
                   "A port, once for each. Without any: c2s on 5222, and on 5223 with direct TLS.");
    writer.element("tls", TlsOptions(),
                   "The certificate of all hosts that have none of their own. Without any the server "
                   "makes one and signs it itself.");
    writer.element("c2s", C2sOptions(), "What one client, account or address may use up.");
    for (const KnownModule& module : schema.modules()) {
        std::string on = module.on_by_default ? "" : " Not on by default: the element adds it.";
        writer.element(module.name, *module.settings, fmt::format("{}: {}{}", module.name, module.help, on));
    }
    const HostOptions host;
    writer.element("host", host, "A domain, once for each; elements of modules go inside. Without any: localhost.");
    writer.indent(-2);
    writer.line("</epode>");
    return writer.done();
}

} // namespace epode::config
