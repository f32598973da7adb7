// SPDX-License-Identifier: MIT
#include "xep/xep0433_channel_search.hpp"

#include <algorithm>
#include <initializer_list>

namespace epode::xep::channels {

namespace {

constexpr std::string_view error_ns = "urn:xmpp:channel-search:0:error";
constexpr std::size_t most_words = 10;

StanzaError refusal(Condition condition, std::string_view why, std::string text,
                    std::initializer_list<std::string_view> fields = {}) {
    xml::Builder builder;
    builder.open(why, error_ns);
    for (const auto field : fields) builder.leaf("var", field);
    return StanzaError(condition, ErrorType::modify, std::move(text)).with(xml::Fragment(builder.close().finish()));
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (words.size() < most_words) {
        const auto begin = text.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

} // namespace

Result<Search, StanzaError> Search::decode(xml::Element element) {
    Search search;
    const auto form = Form::inside(element);
    if (!form) return std::unexpected(StanzaError(Condition::bad_request, form.error().text));
    auto page = rsm::Request::inside(element);
    if (!page) return std::unexpected(StanzaError(Condition::bad_request, page.error().text));
    search.page = std::move(*page);
    if (!*form) {
        search.wants_form = true;
        return search;
    }
    const Form& asked = **form;
    if (asked.type != Form::Type::submit || asked.form_type() != params_form)
        return std::unexpected(StanzaError(Condition::bad_request, "this is another form"));
    const auto flag = [&](std::string_view var, bool& into) {
        const auto* field = asked.find(var);
        if (field && field->boolean()) into = *field->boolean();
    };
    bool all = false;
    flag("all", all);
    flag("sinname", search.in_name);
    flag("sindescription", search.in_description);
    flag("sinaddress", search.in_address);
    flag("sinaddr", search.in_address); // its name in the example
    const auto words = asked.text("q");
    if (all && !words.empty())
        return std::unexpected(refusal(Condition::bad_request, "conflicting-fields",
                                       "Cannot both return all results and search by keywords.", {"all", "q"}));
    if (!all && words.empty())
        return std::unexpected(refusal(Condition::bad_request, "no-search-conditions", "what is looked for?"));
    search.words = words_of(words);
    if (!all && (search.words.empty() || !(search.in_name || search.in_description || search.in_address)))
        return std::unexpected(refusal(Condition::bad_request, "invalid-search-terms", "there is no word to look for"));
    if (const auto* types = asked.find("types"); types && !types->values.empty())
        search.of_rooms = std::ranges::find(types->values, "xep-0045") != types->values.end();
    const auto key = asked.text("key");
    if (!key.empty() && key != by_address && key != channels::by_users)
        return std::unexpected(
            refusal(Condition::feature_not_implemented, "invalid-sort-key", "nothing is sorted by that"));
    search.by_users = key.empty() || key == channels::by_users; // as the form has it
    return search;
}

void Search::encode_form(xml::Builder& builder) {
    builder.open(name, ns);
    Form form(Form::Type::form, params_form);
    form.add(FormField(FieldType::text_single, "q", "Search for"));
    form.add(FormField(FieldType::boolean, "all", "Return all entries (ignore search terms)").value("false"));
    form.add(FormField(FieldType::boolean, "sinname", "Search in name").value("true"));
    form.add(FormField(FieldType::boolean, "sindescription", "Search in description").value("true"));
    form.add(FormField(FieldType::boolean, "sinaddress", "Search in address").value("true"));
    form.add(FormField(FieldType::list_multi, "types", "Service types")
                 .option("XEP-0045 Multi User Chats", "xep-0045")
                 .value("xep-0045"));
    form.add(FormField(FieldType::list_single, "key", "Sort results by")
                 .option("Number of online users", std::string(channels::by_users))
                 .option("Address", std::string(by_address))
                 .value(std::string(channels::by_users)));
    form.encode(builder);
    builder.close();
}

void Channel::encode(xml::Builder& builder) const {
    builder.open(name).attr("address", address.text()).leaf("name", title);
    if (!description.empty()) builder.leaf("description", description);
    if (!language.empty()) builder.leaf("language", language);
    builder.leaf("nusers", std::to_string(users)).leaf("service-type", "xep-0045");
    builder.leaf("is-open", open ? "true" : "false");
    builder.leaf("anonymity-mode", non_anonymous ? "{urn:xmpp:channel-search:0:anonymity}none" : "muc_semianonymous");
    builder.close();
}

} // namespace epode::xep::channels
