// SPDX-License-Identifier: MIT
#include "core/specs.hpp"

#include "core/module/registry.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

namespace epode {

namespace {

/// What the core itself implements. The version of an RFC is its sections.
constexpr Spec core_rfcs[] = {
    {4616, "", complete, "PLAIN, over TLS only"},
    {5802, "", complete, "SCRAM-SHA-1, with -PLUS"},
    {5929, "3, 4", partial, "tls-unique (TLS 1.2), tls-server-end-point"},
    {6120, "4 to 10", partial, "clients; no other servers yet"},
    {6121, "8", complete, "what is sent to whom"},
    {7590, "", complete, "TLS 1.2 and 1.3 only"},
    {7622, "", complete, "with PRECIS (RFC 8264, 8265)"},
    {7677, "", complete, "SCRAM-SHA-256, with -PLUS"},
    {9266, "", complete, "tls-exporter"},
};
constexpr Spec core_xeps[] = {
    {86, "1.0", complete, "the old codes on errors; 406 for policy-violation, which is younger"},
    {198, "1.6.3", partial, "resumption while the server runs"},
    {368, "1.1.0", complete, "direct TLS with ALPN"},
    {386, "1.1.0", complete, ""},
    {388, "1.0.4", complete, ""},
    {440, "1.0.0", complete, ""},
    {474, "0.5.0", complete, ""},
    {480, "0.2.0", complete, "for SCRAM"},
    {484, "0.2.0", partial, "no TLS early data"},
    {509, "0.2.0", complete, ""},
    {515, "0.1.0", complete, ""},
};

struct Title {
    int number;
    std::string_view text;
};
constexpr Title rfc_titles[] = {
    {3921, "XMPP: Instant Messaging and Presence, of 2004"},
    {4616, "The PLAIN SASL Mechanism"},
    {5802, "SCRAM"},
    {5929, "Channel Bindings for TLS"},
    {6120, "XMPP: Core"},
    {6121, "XMPP: Instant Messaging and Presence"},
    {7395, "XMPP Subprotocol for WebSocket"},
    {7590, "Use of TLS in XMPP"},
    {7622, "XMPP: Address Format"},
    {7677, "SCRAM-SHA-256"},
    {9266, "Channel Bindings for TLS 1.3"},
};
constexpr Title xep_titles[] = {
    {4, "Data Forms"},
    {12, "Last Activity"},
    {13, "Flexible Offline Message Retrieval"},
    {16, "Privacy Lists"},
    {30, "Service Discovery"},
    {33, "Extended Stanza Addressing"},
    {45, "Multi-User Chat"},
    {48, "Bookmarks"},
    {49, "Private XML Storage"},
    {50, "Ad-Hoc Commands"},
    {54, "vcard-temp"},
    {55, "Jabber Search"},
    {59, "Result Set Management"},
    {60, "Publish-Subscribe"},
    {66, "Out of Band Data"},
    {68, "Field Standardization for Data Forms"},
    {77, "In-Band Registration"},
    {79, "Advanced Message Processing"},
    {82, "XMPP Date and Time Profiles"},
    {84, "User Avatar"},
    {85, "Chat State Notifications"},
    {86, "Error Condition Mappings"},
    {92, "Software Version"},
    {106, "JID Escaping"},
    {114, "Jabber Component Protocol"},
    {115, "Entity Capabilities"},
    {122, "Data Forms Validation"},
    {124, "Bidirectional-streams Over Synchronous HTTP (BOSH)"},
    {128, "Service Discovery Extensions"},
    {131, "Stanza Headers and Internet Metadata"},
    {133, "Service Administration"},
    {141, "Data Forms Layout"},
    {145, "Annotations"},
    {153, "vCard-Based Avatars"},
    {156, "Discovering Alternative XMPP Connection Methods"},
    {157, "Contact Addresses for XMPP Services"},
    {158, "CAPTCHA Forms"},
    {160, "Best Practices for Handling Offline Messages"},
    {163, "Personal Eventing Protocol"},
    {170, "Recommended Order of Stream Feature Negotiation"},
    {172, "User Nickname"},
    {175, "Best Practices for Use of SASL ANONYMOUS"},
    {178, "Best Practices for Use of SASL EXTERNAL with Certificates"},
    {184, "Message Delivery Receipts"},
    {185, "Dialback Key Generation and Validation"},
    {191, "Blocking Command"},
    {198, "Stream Management"},
    {199, "XMPP Ping"},
    {202, "Entity Time"},
    {203, "Delayed Delivery"},
    {206, "XMPP Over BOSH"},
    {215, "External Service Discovery"},
    {220, "Server Dialback"},
    {222, "Persistent Storage of Public Data via PubSub"},
    {223, "Persistent Storage of Private Data via PubSub"},
    {227, "Portable Import/Export Format for XMPP-IM Servers"},
    {237, "Roster Versioning"},
    {249, "Direct MUC Invitations"},
    {280, "Message Carbons"},
    {286, "Mobile Considerations on LTE Networks"},
    {288, "Bidirectional Server-to-Server Connections"},
    {297, "Stanza Forwarding"},
    {308, "Last Message Correction"},
    {313, "Message Archive Management"},
    {317, "Hats"},
    {333, "Displayed Markers"},
    {334, "Message Processing Hints"},
    {352, "Client State Indication"},
    {353, "Jingle Message Initiation"},
    {357, "Push Notifications"},
    {359, "Unique and Stable Stanza IDs"},
    {363, "HTTP File Upload"},
    {368, "SRV records for XMPP over TLS"},
    {377, "Blocking Command Reports"},
    {380, "Explicit Message Encryption"},
    {384, "OMEMO Encryption"},
    {386, "Bind 2"},
    {388, "Extensible SASL Profile"},
    {389, "Extensible In-Band Registration"},
    {390, "Entity Capabilities 2.0"},
    {392, "Consistent Color Generation"},
    {393, "Message Styling"},
    {398, "User Avatar to vCard-Based Avatars Conversion"},
    {401, "Ad-hoc Account Invitation Generation"},
    {402, "PEP Native Bookmarks"},
    {410, "MUC Self-Ping (Schrödinger's Chat)"},
    {411, "Bookmarks Conversion"},
    {421, "Occupant identifiers for semi-anonymous MUCs"},
    {424, "Message Retraction"},
    {425, "Moderated Message Retraction"},
    {426, "Character counting in message bodies"},
    {428, "Fallback Indication"},
    {430, "Inbox"},
    {431, "Full Text Search in MAM"},
    {433, "Extended Channel Search"},
    {440, "SASL Channel-Binding Type Capability"},
    {441, "Message Archive Management Preferences"},
    {442, "Pubsub Message Archive Management"},
    {444, "Message Reactions"},
    {452, "MUC Mention Notifications"},
    {455, "Service Outage Status"},
    {461, "Message Replies"},
    {462, "PubSub Type Filtering"},
    {463, "MUC Affiliations Versioning"},
    {474, "SASL SCRAM Downgrade Protection"},
    {478, "Stream Limits Advertisement"},
    {480, "SASL Upgrade Tasks"},
    {484, "Fast Authentication Streamlining Tokens"},
    {486, "MUC Avatars"},
    {488, "MUC Token Invite"},
    {490, "Message Displayed Synchronization"},
    {492, "Chat notification settings"},
    {493, "OAuth Client Login"},
    {500, "MUC Slow Mode"},
    {502, "MUC Activity Indicator"},
    {509, "Initial Authentication Pipelining"},
    {515, "TLS Channel-Binding Downgrade Protection"},
};

template <std::size_t Size> std::string_view title(const Title (&titles)[Size], int number) {
    const auto found = std::ranges::find(titles, number, &Title::number);
    return found == std::end(titles) ? std::string_view() : found->text;
}

struct Row {
    int number;
    Spec spec;
    std::string owner;
};

template <std::size_t Size> void collect(std::vector<Row>& rows, const Spec (&specs)[Size], std::string_view owner) {
    for (const auto& spec : specs)
        if (spec.number) rows.push_back({spec.number, spec, std::string(owner)});
}

std::string digits(int number) {
    auto text = std::to_string(number);
    return text.size() < 4 ? std::string(4 - text.size(), '0') + text : text;
}

std::string line(std::string_view link, std::string_view text, std::string_view name, const Row& row) {
    std::string out = "| [" + std::string(text) + "](" + std::string(link) + ") | " + std::string(name) + " | " +
                      std::string(row.spec.version) + " | ";
    out += row.spec.coverage == complete ? "yes" : "partly";
    if (!row.spec.note.empty()) out += ": " + std::string(row.spec.note);
    return out + " | " + row.owner + " |\n";
}

void sort(std::vector<Row>& rows) {
    std::ranges::stable_sort(rows, {},
                             [](const Row& row) { return std::tuple(row.number, row.owner != "core", row.owner); });
}

} // namespace

std::string specs_table(const ModuleRegistry& modules) {
    std::vector<Row> rfcs;
    std::vector<Row> xeps;
    collect(rfcs, core_rfcs, "core");
    collect(xeps, core_xeps, "core");
    for (const auto& [name, known] : modules.known()) {
        collect(rfcs, known.manifest().rfcs, name);
        collect(xeps, known.manifest().xeps, name);
    }
    sort(rfcs);
    sort(xeps);
    std::string out = "| RFC | title | sections | implemented | by |\n|---|---|---|---|---|\n";
    for (const auto& row : rfcs)
        out += line("https://www.rfc-editor.org/rfc/rfc" + std::to_string(row.number),
                    "RFC " + std::to_string(row.number), title(rfc_titles, row.number), row);
    out += "\n| XEP | title | version | implemented | by |\n|---|---|---|---|---|\n";
    for (const auto& row : xeps)
        out += line("https://xmpp.org/extensions/xep-" + digits(row.number) + ".html", "XEP-" + digits(row.number),
                    title(xep_titles, row.number), row);
    return out;
}

} // namespace epode
