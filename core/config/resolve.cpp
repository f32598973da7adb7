// SPDX-License-Identifier: MIT
// From the document to the ServerConfig: which element may stand where, and what holds for which host.
#include "core/config/server_config.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>
#include <utility>

namespace epode::config {

namespace {

/// A module's element directly under <epode>.
struct ForAll {
    const Node* element;
    std::vector<OptionText> options;
};

class Resolver {
public:
    Resolver(const Schema& schema, const Files& files, Faults& faults)
        : schema_(schema), files_(files), faults_(faults) {}

    std::shared_ptr<ServerConfig> run(const Node& root);

private:
    void fault(const Position& at, std::string text) { faults_.emplace_back(at, std::move(text)); }
    /// Applies the element's attributes.
    void take(const Node& element, Settings& into);
    void nothing_inside(const Node& element);
    /// Whether it is the first of its kind here; if not, that is a fault.
    bool first(std::map<std::string, Position>& seen, const std::string& key, const Node& element,
               std::string_view what);
    void pair(const Node& element, const FilePath& certificate, const FilePath& key);

    void top(const Node& element);
    void module_for_all(const Node& element);
    void add_listener(const Node& element);
    void add_host(const Node& element);
    void host_modules(const Node& element, HostConfig& host);
    void host_module(const Node& element, HostConfig& host);
    void take_away(const Node& element, HostConfig& host);
    void required_options(const Node& element, const HostConfig& host);
    void unknown(const Node& element, std::string_view inside, const std::vector<std::string_view>& known);
    void standards(const Node& root);

    const Schema& schema_;
    const Files& files_;
    Faults& faults_;
    std::shared_ptr<ServerConfig> config_ = std::make_shared<ServerConfig>();
    std::map<std::string, Position> elements_, listeners_, hosts_;
    std::map<std::string, ForAll, std::less<>> for_all_;
};

std::shared_ptr<ServerConfig> Resolver::run(const Node& root) {
    if (root.name != "epode") {
        fault(root.at, fmt::format("the outermost element is <{}>, not <epode>", root.name));
        return config_;
    }
    take(root, config_->server);
    // Modules first: what holds for all hosts holds wherever it stands.
    for (const Node& element : root.children)
        if (schema_.find(element.name)) module_for_all(element);
    for (const Node& element : root.children)
        if (!schema_.find(element.name)) top(element);
    standards(root);
    return config_;
}

void Resolver::take(const Node& element, Settings& into) {
    for (const OptionText& option : options_of(element, into, files_, faults_))
        (void)into.apply(option.name, option.text); // was checked
    for (const SettingBase* setting : std::as_const(into).all())
        if (setting->required() && !element.find(setting->name()))
            fault(element.at, fmt::format("{}: {} is missing ({})", element.name, setting->name(), setting->kind()));
}

void Resolver::nothing_inside(const Node& element) {
    for (const Node& inner : element.children)
        fault(inner.at, fmt::format("{}: there is no element <{}> (nothing goes inside)", element.name, inner.name));
}

bool Resolver::first(std::map<std::string, Position>& seen, const std::string& key, const Node& element,
                     std::string_view what) {
    auto [place, fresh] = seen.try_emplace(key, element.at);
    if (!fresh) fault(element.at, fmt::format("{} is there twice (first at {})", what, place->second.text()));
    return fresh;
}

void Resolver::pair(const Node& element, const FilePath& certificate, const FilePath& key) {
    if (certificate.empty() == key.empty()) return;
    std::string_view there = certificate.empty() ? "key" : "certificate";
    std::string_view missing = certificate.empty() ? "certificate" : "key";
    fault(element.at, fmt::format("{}: {} is there, but {} is missing", element.name, there, missing));
}

void Resolver::top(const Node& element) {
    if (element.name == "listen") return add_listener(element);
    if (element.name == "host") return add_host(element);
    bool tls = element.name == "tls";
    if (!tls && element.name != "c2s") {
        auto known = schema_.names();
        for (std::string_view name : core_elements())
            if (name != "epode") known.push_back(name);
        return unknown(element, "epode", known);
    }
    if (!first(elements_, element.name, element, fmt::format("<{}>", element.name))) return;
    nothing_inside(element);
    if (!tls) return take(element, config_->c2s);
    take(element, config_->tls);
    pair(element, config_->tls.certificate, config_->tls.key);
}

void Resolver::unknown(const Node& element, std::string_view inside, const std::vector<std::string_view>& known) {
    fault(element.at, fmt::format("{}: there is no element <{}>{}", inside, element.name,
                                  did_you_mean(element.name, known, "<", ">")));
}

void Resolver::module_for_all(const Node& element) {
    if (!first(elements_, element.name, element, fmt::format("<{}>", element.name))) return;
    nothing_inside(element);
    auto options = options_of(element, *schema_.find(element.name)->settings, files_, faults_);
    for_all_.emplace(element.name, ForAll{&element, std::move(options)});
}

void Resolver::add_listener(const Node& element) {
    ListenOptions& listener = config_->listeners.emplace_back();
    nothing_inside(element);
    take(element, listener);
    if (listener.port.given() && *listener.port != 0)
        first(listeners_, fmt::format("{}:{}", *listener.address, *listener.port), element,
              fmt::format("listen: port {} of address {}", *listener.port, *listener.address));
    bool stream = *listener.type == ListenType::c2s || *listener.type == ListenType::s2s;
    if (!stream && *listener.tls == ListenTls::starttls)
        fault(element.find("tls")->at,
              fmt::format("listen: tls=\"starttls\" does not go with type=\"{}\" (try direct or none)",
                          listener.type.text()));
}

void Resolver::add_host(const Node& element) {
    HostConfig& host = config_->hosts.emplace_back();
    host.at = element.at;
    take(element, host.options);
    pair(element, host.options.certificate, host.options.key);
    if (!host.domain().empty())
        first(hosts_, std::string(host.domain()), element, fmt::format("host {}", host.domain()));
    host_modules(element, host);
    take_away(element, host);
    required_options(element, host);
}

void Resolver::host_modules(const Node& element, HostConfig& host) {
    for (const KnownModule& module : schema_.modules())
        if (module.on_by_default) host.modules[module.name];
    for (const auto& [name, common] : for_all_) host.modules[name] = common.options;
    std::map<std::string, Position> seen;
    for (const Node& inner : element.children) {
        if (schema_.find(inner.name)) {
            if (first(seen, inner.name, inner, fmt::format("{}: <{}>", element.name, inner.name)))
                host_module(inner, host);
        } else if (std::ranges::find(core_elements(), inner.name) != core_elements().end()) {
            fault(inner.at, fmt::format("host: <{0}> does not go inside (put it next to <host>)", inner.name));
        } else {
            unknown(inner, element.name, schema_.names());
        }
    }
}

void Resolver::host_module(const Node& element, HostConfig& host) {
    nothing_inside(element);
    std::vector<OptionText>& options = host.modules[element.name];
    for (OptionText& own : options_of(element, *schema_.find(element.name)->settings, files_, faults_)) {
        auto common = std::ranges::find(options, own.name, &OptionText::name);
        if (common == options.end())
            options.push_back(std::move(own));
        else
            *common = std::move(own);
    }
}

void Resolver::take_away(const Node& element, HostConfig& host) {
    const Attribute* without = element.find("without");
    for (const std::string& name : *host.options.without) {
        bool own = std::ranges::find(element.children, name, &Node::name) != element.children.end();
        if (!schema_.find(name))
            fault(without->at, fmt::format("host: without has \"{}\", which is no module{}", name,
                                           did_you_mean(name, schema_.names(), "\"", "\"")));
        else if (own)
            fault(without->at, fmt::format("host: without has \"{0}\", but there is a <{0}> inside", name));
        host.modules.erase(name);
    }
}

/// A module's required option may be given for all hosts, so it is looked for when everything is put together.
void Resolver::required_options(const Node& element, const HostConfig& host) {
    for (const auto& [name, options] : host.modules) {
        auto own = std::ranges::find(element.children, name, &Node::name);
        auto common = for_all_.find(name);
        bool has_own = own != element.children.end();
        for (const SettingBase* setting : schema_.find(name)->settings->all()) {
            bool there = (has_own && own->find(setting->name())) ||
                         (common != for_all_.end() && common->second.element->find(setting->name()));
            if (setting->required() && !there)
                fault(has_own ? own->at : element.at,
                      fmt::format("{}: {} is missing ({})", name, setting->name(), setting->kind()));
        }
    }
}

void Resolver::standards(const Node& root) {
    if (!config_->server.data.given())
        config_->server.data.set(FilePath(relative_to(root.at.folder(), config_->server.data->text)));
    if (config_->listeners.empty()) {
        config_->listeners.emplace_back().port.set(5222);
        ListenOptions& direct = config_->listeners.emplace_back();
        direct.port.set(5223);
        direct.tls.set(ListenTls::direct);
    }
    if (!config_->hosts.empty()) return;
    Node host("host", root.at);
    host.attributes.emplace_back("name", "localhost", root.at);
    add_host(host);
}

/// By file (the main one first), line and column.
void sort(Faults& faults, const std::string& main) {
    auto place = [&](const Fault& fault) {
        std::string_view file = fault.at.file ? std::string_view(*fault.at.file) : std::string_view();
        return std::tuple(file != main, file, fault.at.line, fault.at.column);
    };
    std::ranges::stable_sort(faults, {}, place);
}

} // namespace

Loaded load(const std::string& file, const Schema& schema, const Files& files) {
    Faults faults;
    auto document = read_document(files, file, faults);
    std::shared_ptr<ServerConfig> config;
    if (document) config = Resolver(schema, files, faults).run(*document);
    if (faults.empty()) return config;
    sort(faults, relative_to("", file));
    return std::unexpected(std::move(faults));
}

Loaded standard(const std::string& data, const Schema& schema) {
    Faults faults;
    Node root("epode", Position(std::make_shared<const std::string>("(built in)"), 1, 1));
    root.attributes.emplace_back("data", data, Position());
    auto config = Resolver(schema, Disk(), faults).run(root);
    if (!faults.empty()) return std::unexpected(std::move(faults));
    return config;
}

} // namespace epode::config
