// SPDX-License-Identifier: MIT
#include "core/control/tool/manual.hpp"

#include "core/control/tool/commands.hpp"

namespace epode::control::tool {

namespace {

constexpr std::string_view beginning = R"(.TH EPODECTL 1 "" "Epode )" EPODE_VERSION R"(" "Administration"
.SH NAME
epodectl \- look after a running Epode server
.SH SYNOPSIS
.B epodectl
.RI [ OPTION ...]
.I COMMAND
.RI [ ARGUMENT ...]
.SH DESCRIPTION
.B epodectl
asks a running Epode XMPP server to do something, over a socket that only root and the server's own user may use, and prints
its answer. Nothing works without a server but
.B completion
and
.BR manual .
.PP
A password is never an argument. It is asked for at the terminal without being shown, or taken from a file.
)";

constexpr std::string_view ending = R"(.SH ENVIRONMENT
.TP
.B EPODE_SOCKET
The control socket, unless
.B \-\-socket
names one.
.TP
.B EPODE_DATA
The server's data folder, as for
.BR contrib/run ;
the socket in it is looked for first.
.SH FILES
Where neither
.B \-\-socket
nor
.B EPODE_SOCKET
says where, a server is looked for at
.I data/epode.sock
(only if that is the user's own),
.I /var/lib/epode/epode.sock
and
.IR /run/epode/epode.sock .
.SH EXIT STATUS
.TP
.B 0
It is done.
.TP
.B 1
The server refused, and has said why.
.TP
.B 2
The command line is wrong, or no password could be had.
.TP
.B 3
No server answered.
.SH EXAMPLES
.nf
epodectl status
epodectl accounts add juliet@example.org
epodectl accounts add romeo@example.org \-\-password\-file \- < secret
epodectl sessions list example.org \-\-json | jq '.rows | length'
epodectl log set info tls=debug
.fi
)";

/// Hyphens and quotes as they are typed.
std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '-')
            safe += "\\-";
        else if (c == '\\')
            safe += "\\e";
        else if (c == '\'')
            safe += "\\(aq";
        else
            safe += c;
    }
    return safe;
}

std::string sentence(std::string_view text) {
    auto whole = escaped(text);
    if (!whole.empty() && whole[0] >= 'a' && whole[0] <= 'z') whole[0] = static_cast<char>(whole[0] - 'a' + 'A');
    return whole + ".\n";
}

std::string item(std::string_view name, std::string_view text) {
    return ".TP\n.B " + escaped(name) + "\n" + sentence(text);
}

std::string commands() {
    std::string text = ".SH COMMANDS\n";
    for (const auto* entry : all_commands()) {
        text += item(signature(*entry), entry->help);
        for (const auto& parameter : entry->parameters)
            if (!parameter.name.empty())
                text += ".br\n.I " + escaped(parameter.name) + "\n\\(en " + escaped(parameter.help) + "\n";
    }
    return text;
}

std::string option_items() {
    std::string text = ".SH OPTIONS\n";
    for (const auto& option : options()) {
        std::string where;
        for (const auto* entry : all_commands())
            if (option.of != Option::Of::all && takes(*entry, option))
                where += (where.empty() ? " (with " : ", ") + std::string(entry->words);
        const auto name = std::string(option.name) + (option.value.empty() ? "" : " ") + std::string(option.value);
        text += item(name, std::string(option.help) + where + (where.empty() ? "" : ")"));
    }
    return text;
}

} // namespace

std::string manual() { return std::string(beginning) + option_items() + commands() + std::string(ending); }

} // namespace epode::control::tool
