// SPDX-License-Identifier: MIT
#include "xep/xep0115_caps.hpp"

#include "core/base/base64.hpp"
#include "core/base/digest.hpp"

#include <algorithm>
#include <vector>

namespace epode::xep::caps {
namespace {

void put(std::string& text, std::string_view factor, char end) {
    for (const char c : factor) {
        if (c == '<')
            text += "&lt;";
        else
            text += c;
    }
    text += end;
}

// std::string orders by unsigned octets, which is the i;octet collation that section 5.1 asks for.
void put_identities(std::string& text, std::vector<disco::Identity> identities) {
    std::ranges::sort(identities);
    for (const auto& identity : identities) {
        put(text, identity.category, '/');
        put(text, identity.type, '/');
        put(text, identity.lang, '/');
        put(text, identity.name, '<');
    }
}

void put_field(std::string& text, const FormField& field) {
    std::vector<std::string> values = field.values;
    std::ranges::sort(values);
    put(text, field.var, '<');
    for (const std::string& value : values) put(text, value, '<');
}

void put_form(std::string& text, const Form& form) {
    std::vector<const FormField*> fields;
    for (const FormField& field : form.fields)
        if (field.var != "FORM_TYPE") fields.push_back(&field);
    std::ranges::sort(fields, {}, [](const FormField* field) { return std::string_view(field->var); });
    put(text, form.form_type(), '<');
    for (const FormField* field : fields) put_field(text, *field);
}

/// Forms without a (hidden) FORM_TYPE count for nothing (5.4, 3.6).
std::vector<const Form*> counted(const std::vector<Form>& all) {
    std::vector<const Form*> forms;
    for (const Form& form : all)
        if (!form.form_type().empty()) forms.push_back(&form);
    std::ranges::sort(forms, {}, &Form::form_type);
    return forms;
}

template <typename T> bool has_doubles(std::vector<T> all) {
    std::ranges::sort(all);
    return std::ranges::adjacent_find(all) != all.end();
}

bool ill_formed(const disco::Info& info) {
    if (has_doubles(info.identities) || has_doubles(info.features)) return true;
    const auto forms = counted(info.forms);
    if (std::ranges::adjacent_find(forms, {}, &Form::form_type) != forms.end()) return true;
    return std::ranges::any_of(forms, [](const Form* form) {
        const auto& values = form->find("FORM_TYPE")->values;
        return std::ranges::any_of(values, [&](const std::string& value) { return value != values.front(); });
    });
}

} // namespace

Result<Caps> Caps::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("not entity capabilities");
    Caps caps(element.attr("hash").str(), element.attr("node").str(), element.attr("ver").str());
    if (caps.node.empty() || caps.ver.empty()) return fail("entity capabilities have a node and a ver");
    return caps;
}

void Caps::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("hash", hash).attr("node", node).attr("ver", ver).close();
}

std::string verification_text(const disco::Info& info) {
    std::string text;
    put_identities(text, info.identities);
    std::vector<std::string_view> features(info.features.begin(), info.features.end());
    std::ranges::sort(features);
    for (const auto feature : features) put(text, feature, '<');
    for (const Form* form : counted(info.forms)) put_form(text, *form);
    return text;
}

std::optional<std::string> verification(const disco::Info& info, std::string_view algorithm) {
    const auto hash = digest(algorithm, verification_text(info));
    if (!hash) return std::nullopt;
    return base64::encode(*hash);
}

Verdict verify(const Caps& caps, const disco::Info& answer) {
    const auto ver = verification(answer, caps.hash);
    if (!ver) return Verdict::unknown;
    if (ill_formed(answer)) return Verdict::ill_formed;
    return *ver == caps.ver ? Verdict::valid : Verdict::mismatch;
}

} // namespace epode::xep::caps
