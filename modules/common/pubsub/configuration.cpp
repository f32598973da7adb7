// SPDX-License-Identifier: MIT
#include "modules/common/pubsub/configuration.hpp"

#include <array>
#include <charconv>
#include <span>
#include <string_view>

namespace epode::pubsub {

namespace {

using xep::FieldType;
using xep::Form;
using xep::FormField;

struct Word {
    std::string_view text, label;
};
constexpr std::array<Word, 5> access_words = {
    Word{"open", "Everybody may read"}, Word{"presence", "Who sees the owner's presence"},
    Word{"roster", "Contacts in certain groups"}, Word{"whitelist", "Only members"},
    Word{"authorize", "Subscribers whom an owner lets in"}};
constexpr std::array<Word, 3> publish_words = {Word{"publishers", "Publishers"}, Word{"subscribers", "Subscribers"},
                                               Word{"open", "Everybody"}};
constexpr std::array<Word, 3> last_words = {
    Word{"never", "Never"}, Word{"on_sub", "To new subscribers"},
    Word{"on_sub_and_presence", "To new subscribers, and when one comes online"}};

std::string text(bool value) { return value ? "true" : "false"; }

/// One field, there and back. `write` fills the values of the form's field; `read` takes what was submitted and says
/// whether it can be used.
struct Field {
    std::string_view var;
    FieldType type;
    std::string_view label;
    std::span<const Word> words;
    void (*write)(const Configuration&, const Bounds&, std::vector<std::string>& values);
    bool (*read)(Configuration&, const Bounds&, const FormField& given);
};

template <std::string Configuration::* Member> constexpr Field line(std::string_view var, std::string_view label) {
    return {var,
            FieldType::text_single,
            label,
            {},
            [](const Configuration& from, const Bounds&, std::vector<std::string>& values) {
                values.push_back(from.*Member);
            },
            [](Configuration& to, const Bounds&, const FormField& given) {
                to.*Member = given.text();
                return true;
            }};
}

template <bool Configuration::* Member> constexpr Field flag(std::string_view var, std::string_view label) {
    return {var,
            FieldType::boolean,
            label,
            {},
            [](const Configuration& from, const Bounds&, std::vector<std::string>& values) {
                values.push_back(text(from.*Member));
            },
            [](Configuration& to, const Bounds&, const FormField& given) {
                const auto value = given.boolean();
                if (value) to.*Member = *value;
                return value.has_value();
            }};
}

/// A choice among words; the value is the word's place.
template <auto Member, const auto& Words> constexpr Field choice(std::string_view var, std::string_view label) {
    using Value = std::remove_cvref_t<decltype(Configuration().*Member)>;
    return {var,
            FieldType::list_single,
            label,
            Words,
            [](const Configuration& from, const Bounds&, std::vector<std::string>& values) {
                values.emplace_back(Words.at(static_cast<std::size_t>(from.*Member)).text);
            },
            [](Configuration& to, const Bounds&, const FormField& given) {
                for (std::size_t i = 0; i < Words.size(); ++i) {
                    if (Words.at(i).text != given.text()) continue;
                    to.*Member = static_cast<Value>(i);
                    return true;
                }
                return false;
            }};
}

/// What cannot be chosen here: it is told, and taken as long as it is the same.
template <const auto& Words> constexpr Field fixed(std::string_view var, std::string_view label) {
    return {var,
            FieldType::list_single,
            label,
            Words,
            [](const Configuration&, const Bounds&, std::vector<std::string>& values) {
                values.emplace_back(Words[0].text);
            },
            [](Configuration&, const Bounds&, const FormField& given) { return given.text() == Words[0].text; }};
}

template <bool Value> constexpr Field fixed_flag(std::string_view var, std::string_view label) {
    return {
        var,
        FieldType::boolean,
        label,
        {},
        [](const Configuration&, const Bounds&, std::vector<std::string>& values) { values.push_back(text(Value)); },
        [](Configuration&, const Bounds&, const FormField& given) { return given.boolean() == Value; }};
}

void write_groups(const Configuration& from, const Bounds&, std::vector<std::string>& values) { values = from.groups; }
bool read_groups(Configuration& to, const Bounds&, const FormField& given) {
    to.groups = given.values;
    return true;
}

void write_most(const Configuration& from, const Bounds&, std::vector<std::string>& values) {
    values.push_back(from.max_items == 0 ? "max" : std::to_string(from.max_items));
}
bool read_most(Configuration& to, const Bounds& bounds, const FormField& given) {
    const auto value = given.text();
    if (value == "max") {
        to.max_items = 0;
        return true;
    }
    std::uint64_t most = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), most);
    if (fault != std::errc() || end != value.data() + value.size() || most == 0 || most > bounds.items) return false;
    to.max_items = most == bounds.items ? 0 : most;
    return true;
}

void write_bytes(const Configuration&, const Bounds& bounds, std::vector<std::string>& values) {
    values.push_back(std::to_string(bounds.bytes));
}
bool read_bytes(Configuration&, const Bounds& bounds, const FormField& given) {
    return given.text() == std::to_string(bounds.bytes);
}

constexpr std::array<Word, 1> leaf_words = {Word{"leaf", "A node with items"}};
constexpr std::array<Word, 1> headline_words = {Word{"headline", "Messages of type headline"}};
constexpr std::array<Word, 1> max_words = {Word{"max", "Never"}};
constexpr std::array<Word, 1> full_words = {Word{"discard-oldest", "The oldest item goes"}};

constexpr Field field_table[] = {
    line<&Configuration::title>("pubsub#title", "A name for people"),
    line<&Configuration::description>("pubsub#description", "A description"),
    line<&Configuration::type>("pubsub#type", "The payloads' namespace"),
    choice<&Configuration::access, access_words>("pubsub#access_model", "Who may subscribe and read"),
    Field{"pubsub#roster_groups_allowed",
          FieldType::text_multi,
          "Groups whose members may read",
          {},
          write_groups,
          read_groups},
    choice<&Configuration::publish_model, publish_words>("pubsub#publish_model", "Who may publish"),
    Field{"pubsub#max_items", FieldType::text_single, "How many items are kept", {}, write_most, read_most},
    flag<&Configuration::persist>("pubsub#persist_items", "Items are kept"),
    choice<&Configuration::send_last, last_words>("pubsub#send_last_published_item",
                                                  "When the last item is sent by itself"),
    flag<&Configuration::payloads>("pubsub#deliver_payloads", "Notifications hold the payload"),
    flag<&Configuration::notify>("pubsub#deliver_notifications", "Subscribers are notified"),
    flag<&Configuration::notify_retract>("pubsub#notify_retract", "Subscribers hear of items that are taken back"),
    flag<&Configuration::notify_delete>("pubsub#notify_delete", "Subscribers hear that the node is deleted"),
    flag<&Configuration::notify_config>("pubsub#notify_config", "Subscribers hear that the configuration has changed"),
    Field{"pubsub#max_payload_size", FieldType::text_single, "Largest payload in bytes", {}, write_bytes, read_bytes},
    fixed<leaf_words>("pubsub#node_type", "Kind of node"),
    fixed<headline_words>("pubsub#notification_type", "Style of notifications"),
    fixed<max_words>("pubsub#item_expire", "Items expire after"),
    fixed<full_words>("pubsub#publish_node_full", "When the node is full"),
    fixed_flag<true>("pubsub#subscribe", "Subscriptions are allowed"),
    fixed_flag<false>("pubsub#purge_offline", "Items go when their publisher goes offline"),
    fixed_flag<false>("pubsub#tempsub", "Subscriptions end with the subscriber's presence"),
    fixed_flag<false>("pubsub#notify_sub", "Owners hear of new subscribers"),
    fixed_flag<false>("pubsub#presence_based_delivery", "Explicit subscribers are notified only when available"),
};

const Field* find(std::string_view var) {
    for (const Field& field : field_table)
        if (field.var == var) return &field;
    return nullptr;
}

bool is_for_contacts(const Word& word) { return word.text == "presence" || word.text == "roster"; }

FormField question(const Field& field, const Configuration& configuration, const Bounds& bounds) {
    FormField asked(field.type, std::string(field.var), std::string(field.label));
    for (const Word& word : field.words)
        if (bounds.contacts || !is_for_contacts(word))
            asked.options.emplace_back(std::string(word.label), std::string(word.text));
    field.write(configuration, bounds, asked.values);
    return asked;
}

Result<Configuration> applied(const Configuration& before, const Form& form, const Bounds& bounds, bool strict) {
    Configuration after = before;
    for (const FormField& given : form.fields) {
        if (given.var == "FORM_TYPE") continue;
        const Field* field = find(given.var);
        if (!field) {
            if (strict) return fail(given.var + " is not known here");
            continue;
        }
        if (!field->read(after, bounds, given))
            return fail(given.var + " cannot be " + (given.text().empty() ? "empty" : std::string(given.text())));
    }
    if (!bounds.contacts && (after.access == Access::presence || after.access == Access::roster))
        return fail("pubsub#access_model cannot be for contacts: nobody has them here");
    return after;
}

} // namespace

Form form_of(const Configuration& configuration, Form::Type type, const Bounds& bounds) {
    Form form(type, xep::pubsub::config_form);
    for (const Field& field : field_table) form.add(question(field, configuration, bounds));
    return form;
}

Form metadata_of(const Node& node, const Bounds& bounds) {
    Form form(Form::Type::result, xep::pubsub::metadata_form);
    for (const char* var : {"pubsub#title", "pubsub#description", "pubsub#type", "pubsub#access_model",
                            "pubsub#publish_model", "pubsub#max_items", "pubsub#max_payload_size"}) {
        auto field = question(*find(var), node.configuration, bounds);
        field.options.clear();
        form.add(std::move(field));
    }
    return form;
}

Result<Configuration> changed(const Configuration& before, const Form& form, const Bounds& bounds) {
    return applied(before, form, bounds, false);
}

Result<Configuration> with_options(const Configuration& before, const Form& options, const Bounds& bounds) {
    return applied(before, options, bounds, true);
}

} // namespace epode::pubsub
