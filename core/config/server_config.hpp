// SPDX-License-Identifier: MIT
// ServerConfig: what the configuration says, ready for use. The core's own elements are declared here, each as a struct
// of settings, as modules declare theirs; the values are read from them (`config->c2s.max_stanza`). A loaded
// configuration is immutable and shared by all shards; a reload makes a new one.
#pragma once

#include "core/config/schema.hpp"
#include "core/config/setting.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace epode::config {

/// How many shards there are; 0 stands for "auto", one per processor.
struct ShardCount {
    unsigned count = 0;
    bool operator==(const ShardCount&) const = default;
};

enum class ListenType : std::uint8_t { c2s, s2s, component, http };
constexpr auto setting_names(ListenType) {
    using enum ListenType;
    return std::to_array<Named<ListenType>>({{"c2s", c2s}, {"s2s", s2s}, {"component", component}, {"http", http}});
}

enum class ListenTls : std::uint8_t { automatic, starttls, direct, none };
constexpr auto setting_names(ListenTls) {
    using enum ListenTls;
    return std::to_array<Named<ListenTls>>(
        {{"auto", automatic}, {"starttls", starttls}, {"direct", direct}, {"none", none}});
}

/// What happens when a client asks for a resource that is taken (RFC 6120 7.7.2.2).
enum class ResourceConflict : std::uint8_t { replace, refuse, rename };
constexpr auto setting_names(ResourceConflict) {
    using enum ResourceConflict;
    return std::to_array<Named<ResourceConflict>>({{"replace", replace}, {"refuse", refuse}, {"rename", rename}});
}

template <> struct TextOf<ShardCount> {
    static std::string kind() { return "auto or a number, up to 1024"; }
    static Result<ShardCount> parse(std::string_view text);
    static std::string print(ShardCount value) { return value.count == 0 ? "auto" : std::to_string(value.count); }
};

Result<> check_levels(const std::string& levels);
Result<> check_host_name(const Jid& name);
Result<> check_admins(const std::vector<Jid>& admins);

/// <epode>
struct ServerOptions : Settings {
    Setting<FilePath> data{*this,
                           "data",
                           FilePath("data"),
                           {.help = "the folder of everything that is kept", .restart = Needs::server_restart}};
    Setting<ByteSize> data_limit{
        *this,
        "data-limit",
        ByteSize{0},
        {.help = "how much may be kept; beyond it only removing goes on. 0: what the disk holds",
         .restart = Needs::server_restart}};
    Setting<ShardCount> shards{
        *this,
        "shards",
        {},
        {.help = "threads among which the accounts are divided", .restart = Needs::server_restart}};
    Setting<std::string> log{*this,
                             "log",
                             "info",
                             {.help = "level (trace, debug, info, warn, error, off), then levels of single areas: "
                                      "\"info, tls=debug\"",
                              .check = check_levels}};
    Setting<FilePath> log_file{
        *this,
        "log-file",
        {},
        {.help = "where log lines go; standard error if empty", .restart = Needs::server_restart}};
    Setting<FilePath> control{
        *this,
        "control",
        {},
        {.help = "the socket for the administrator's tool; epode.sock in the data folder if empty",
         .restart = Needs::server_restart}};
    Setting<Duration> turn{
        *this,
        "turn",
        1ms,
        {.min = 100us, .max = 100ms, .help = "how long a shard does one kind of work before the next"}};
    Setting<Duration> shutdown{*this,
                               "shutdown-timeout",
                               10s,
                               {.max = 10min, .help = "how long a stopping server waits for streams to close"}};
};

/// <listen>
struct ListenOptions : Settings {
    Setting<ListenType> type{
        *this,
        "type",
        ListenType::c2s,
        {.help = "who connects: clients, servers, components, browsers", .restart = Needs::server_restart}};
    Setting<std::string> address{
        *this, "address", "*", {.help = "an address of this machine, or * for all", .restart = Needs::server_restart}};
    Setting<std::uint16_t> port{
        *this,
        "port",
        5222,
        {.help = "the port; 0 for any that is free", .restart = Needs::server_restart, .required = true}};
    Setting<ListenTls> tls{*this,
                           "tls",
                           ListenTls::automatic,
                           {.help =
                                "when encryption begins; auto is starttls for c2s and s2s, direct for http, none for "
                                "component",
                            .restart = Needs::server_restart}};
    Setting<bool> required{*this, "required", true, {.help = "whether nobody may log in or talk before starttls"}};

    /// `tls` with "auto" decided.
    ListenTls mode() const noexcept;
    /// "c2s *:5222", for logs and paths of changes.
    std::string label() const;
};

/// <tls>: for all hosts that have no certificate of their own. Without any the server makes one and signs it itself.
struct TlsOptions : Settings {
    Setting<FilePath> certificate{*this, "certificate", {}, {.help = "a PEM file with the chain, the host's first"}};
    Setting<FilePath> key{*this, "key", {}, {.help = "a PEM file with the private key"}};
};

/// <c2s>: what one client, account or address may use up.
struct C2sOptions : Settings {
    Setting<ByteSize> max_stanza_before_login{
        *this,
        "max-stanza-before-login",
        64_KiB,
        {.min = ByteSize{10000}, .max = 1_MiB, .help = "largest stanza of a client that has not logged in"}};
    Setting<ByteSize> max_stanza{
        *this,
        "max-stanza",
        512_KiB,
        {.min = ByteSize{10000}, .max = 64_MiB, .help = "largest stanza of a client that has logged in"}};
    Setting<unsigned> max_depth{
        *this, "max-depth", 64, {.min = 8, .max = 1024, .help = "elements inside one another in a stanza"}};
    Setting<unsigned> max_attributes{
        *this, "max-attributes", 64, {.min = 16, .max = 4096, .help = "attributes of one element"}};
    Setting<Duration> negotiation_timeout{
        *this,
        "negotiation-timeout",
        60s,
        {.min = 1s, .max = 60min, .help = "how long a connection may take to log in"}};
    Setting<Duration> idle_timeout{
        *this, "idle-timeout", 24h, {.min = 60s, .help = "how long a session may be silent before it is ended"}};
    Setting<Duration> stall_timeout{
        *this,
        "stall-timeout",
        60s,
        {.min = 10s, .help = "how long a client may read nothing of what waits for it before its session is ended"}};
    Setting<unsigned> max_sessions{
        *this, "max-sessions", 32, {.min = 1, .max = 10000, .help = "sessions of one account at a time"}};
    Setting<unsigned> max_outbox_stanzas{
        *this,
        "max-outbox-stanzas",
        10000,
        {.min = 100, .help = "stanzas that wait for one client; more end its session"}};
    Setting<ByteSize> max_outbox{
        *this, "max-outbox", 8_MiB, {.min = 1_MiB, .help = "bytes that wait for one client; more end its session"}};
    Setting<Duration> resume_timeout{
        *this,
        "resume-timeout",
        10min,
        {.max = 7 * 24h, .help = "how long a session waits for its client after its stream has gone; 0s: not at all"}};
    Setting<unsigned> max_detached{
        *this, "max-detached", 8, {.min = 1, .max = 10000, .help = "sessions of one account that wait so at a time"}};
    Setting<Duration> ack_timeout{
        *this,
        "ack-timeout",
        60s,
        {.min = 5s, .help = "how long a client that can resume may be silent when it is asked what it has received"}};
    Setting<unsigned> max_connections_per_address{
        *this,
        "max-connections-per-address",
        1024,
        {.min = 1, .help = "connections from one IPv4 address or IPv6 /64 at a time"}};
    Setting<unsigned> scram_rounds{
        *this,
        "scram-rounds",
        10000,
        {.min = 4096, .max = 10'000'000, .help = "rounds of key derivation for passwords that are set from now on"}};
    Setting<ResourceConflict> conflict{
        *this,
        "conflict",
        ResourceConflict::replace,
        {.help = "a client asks for a resource that is taken: end the old session, refuse the new one, or give it "
                 "another resource"}};
    Setting<Duration> token_lifetime{
        *this,
        "token-lifetime",
        30 * 24h,
        {.max = 3650 * 24h,
         .help = "how long a device's token lets it in without a password (XEP-0484); 0s: there are no tokens"}};
    Setting<Duration> token_renewal{
        *this, "token-renewal", 24h, {.help = "how old a token grows before its device is given the next one"}};
    Setting<unsigned> max_devices{
        *this,
        "max-devices",
        16,
        {.min = 1, .max = 1000, .help = "devices of an account that have tokens; one more ends the most silent one's"}};
};

/// <host>
struct HostOptions : Settings {
    Setting<Jid> name{*this, "name", {}, {.help = "the domain", .required = true, .check = check_host_name}};
    Setting<std::vector<std::string>> without{*this, "without", {}, {.help = "modules this host does not have"}};
    Setting<std::vector<Jid>> admins{*this, "admins", {}, {.help = "who may administer it", .check = check_admins}};
    Setting<FilePath> certificate{
        *this, "certificate", {}, {.help = "a PEM file with the chain, if not that of <tls>"}};
    Setting<FilePath> key{*this, "key", {}, {.help = "a PEM file with the private key"}};
};

struct HostConfig {
    HostOptions options;
    Position at;
    /// The host's modules, and of each the options that are given (for all hosts or here); the rest are defaults.
    std::map<std::string, std::vector<OptionText>, std::less<>> modules;

    std::string_view domain() const noexcept { return options.name->text(); }
};

/// A pair for TLS and the hosts it serves. Empty paths: the server makes a pair of its own.
struct Identity {
    std::vector<std::string> names;
    std::string certificate;
    std::string key;

    Identity(std::vector<std::string> hosts, std::string certificate_file, std::string key_file)
        : names(std::move(hosts)), certificate(std::move(certificate_file)), key(std::move(key_file)) {}
};

struct ServerConfig {
    ServerOptions server;
    TlsOptions tls;
    C2sOptions c2s;
    std::deque<ListenOptions> listeners; // deques, since settings do not move
    std::deque<HostConfig> hosts;

    const HostConfig* host(std::string_view domain) const noexcept;
    std::string control_socket() const;
    /// That of <tls> first (with the hosts that have none of their own, if any), then the hosts'.
    std::vector<Identity> identities() const;
};

/// What came of loading: a configuration, or what is wrong with it (in the order of the files' lines).
using Loaded = std::expected<std::shared_ptr<const ServerConfig>, Faults>;

/// Reads, checks and resolves the file and what it includes. Without a <listen> clients are served on 5222 and 5223
/// (direct TLS); without a <host> it is localhost.
Loaded load(const std::string& file, const Schema& schema, const Files& files);
/// What a server without a file runs with: localhost, every stable module, data in the given folder.
Loaded standard(const std::string& data, const Schema& schema);

} // namespace epode::config
