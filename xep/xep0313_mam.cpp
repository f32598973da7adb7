// SPDX-License-Identifier: MIT
#include "xep/xep0313_mam.hpp"

#include "xep/xep0004_forms.hpp"
#include "xep/xep0082_datetime.hpp"

#include <algorithm>
#include <utility>

namespace epode::xep::mam {

namespace {

constexpr std::string_view validation_ns = "http://jabber.org/protocol/xdata-validate";

std::unexpected<StanzaError> bad(std::string text) {
    return std::unexpected(StanzaError(Condition::bad_request, std::move(text)));
}

using Read = std::expected<void, StanzaError>;

Read read_with(Query& query, const FormField& field) {
    auto jid = Jid::parse(field.text());
    if (!jid) return bad("'with' is no address");
    query.with = std::move(*jid);
    return {};
}

Read read_time(std::optional<WallTime>& time, const FormField& field) {
    time = parse_datetime(field.text());
    if (!time) return bad("'" + field.var + "' is no point in time (XEP-0082)");
    return {};
}

Read read(Query& query, const FormField& field) {
    if (field.var == "FORM_TYPE") return {};
    const bool empty = field.text().empty();
    if (field.var == "with") return empty ? Read() : read_with(query, field);
    if (field.var == "start") return empty ? Read() : read_time(query.start, field);
    if (field.var == "end") return empty ? Read() : read_time(query.end, field);
    if (field.var == "before-id") {
        if (!empty) query.before_id = field.text();
    } else if (field.var == "after-id") {
        if (!empty) query.after_id = field.text();
    } else if (field.var == "ids") {
        query.ids = field.values;
    } else if (field.var == fulltext_field) {
        query.text = field.text();
    } else if (field.var == "include-groupchat") {
        query.groupchat = field.boolean();
        if (!empty && !query.groupchat) return bad("'include-groupchat' is true or false");
    } else {
        return std::unexpected(
            StanzaError(Condition::feature_not_implemented, "'" + field.var + "' is no field of this archive's form"));
    }
    return {};
}

Read read(Query& query, const Form& form) {
    if (form.type != Form::Type::submit) return bad("the form is to be submitted");
    if (form.form_type() != ns) return bad("the form's FORM_TYPE is urn:xmpp:mam:2");
    for (const auto& field : form.fields)
        if (auto done = read(query, field); !done) return done;
    return {};
}

void add(Form& form, std::string_view var, const std::optional<std::string>& value) {
    if (value) form.add(FormField(std::string(var), *value));
}

Form form_of(const Query& query) {
    Form form(Form::Type::submit, ns);
    if (query.with) form.add(FormField("with", std::string(query.with.text())));
    if (query.start) form.add(FormField("start", format_datetime(*query.start)));
    if (query.end) form.add(FormField("end", format_datetime(*query.end)));
    add(form, "before-id", query.before_id);
    add(form, "after-id", query.after_id);
    if (!query.ids.empty()) form.add(FormField("ids", query.ids));
    if (!query.text.empty()) form.add(FormField(std::string(fulltext_field), query.text));
    if (query.groupchat) form.add(FormField("include-groupchat", std::string(*query.groupchat ? "true" : "false")));
    return form;
}

Result<Metadata::End> end_of(xml::Element element) {
    Metadata::End end;
    end.id = element.attr("id").str();
    const auto time = parse_datetime(element.attr("timestamp").str());
    if (end.id.empty() || !time) return fail("an end of an archive has an id and a timestamp");
    end.time = *time;
    return end;
}

void write(xml::Builder& builder, std::string_view name, const Metadata::End& end) {
    builder.open(name).attr("id", end.id).attr("timestamp", format_datetime(end.time)).close();
}

Result<std::vector<Jid>> jids(xml::Element list) {
    std::vector<Jid> all;
    for (xml::Element child : list.children()) {
        if (!child.is("jid", ns)) continue;
        auto jid = Jid::parse(child.text().str());
        if (!jid) return fail("<jid/> holds no address");
        if (std::ranges::find(all, *jid) == all.end()) all.push_back(std::move(*jid));
    }
    return all;
}

void write(xml::Builder& builder, std::string_view name, const std::vector<Jid>& all) {
    builder.open(name);
    for (const Jid& jid : all) builder.leaf("jid", jid.text());
    builder.close();
}

std::optional<Preferences::Default> default_of(std::string_view text) {
    for (const auto which : {Preferences::Default::always, Preferences::Default::never, Preferences::Default::roster})
        if (mam::name(which) == text) return which;
    return std::nullopt;
}

} // namespace

// ---- Query --------------------------------------------------------------------------------------------------------

std::expected<Query, StanzaError> Query::decode(xml::Element element) {
    if (!element.is(name, ns)) return bad("this is no query of urn:xmpp:mam:2");
    Query query;
    query.id = element.attr("queryid").str();
    query.node = element.attr("node").str();
    auto form = Form::inside(element);
    if (!form) return bad(form.error().text);
    if (*form)
        if (auto done = read(query, **form); !done) return std::unexpected(std::move(done.error()));
    auto page = rsm::Request::inside(element);
    if (!page) return bad(page.error().text);
    query.page = std::move(*page);
    query.flip = static_cast<bool>(element.child("flip-page", ns));
    return query;
}

void Query::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("queryid", id).attr_if("node", node);
    const Form form = form_of(*this);
    if (form.fields.size() > 1) form.encode(builder);
    if (page != rsm::Request()) page.encode(builder);
    if (flip) builder.open("flip-page").close();
    builder.close();
}

void QueryForm::encode(xml::Builder& builder) const {
    builder.open(Query::name, ns).open(Form::name, Form::ns).attr("type", "form");
    builder.open("field").attr("type", "hidden").attr("var", "FORM_TYPE").leaf("value", ns).close();
    const auto field = [&builder](std::string_view type, std::string_view var) {
        builder.open("field").attr("type", type).attr("var", var);
    };
    field("jid-single", "with");
    builder.close();
    for (const auto* var : {"start", "end", "before-id", "after-id"}) {
        field("text-single", var);
        builder.close();
    }
    // Open to any value: the archive does not list all of its ids (4.1.5, XEP-0122).
    field("list-multi", "ids");
    builder.open("validate", validation_ns).attr("datatype", "xs:string").open("open").close().close().close();
    field("boolean", "include-groupchat");
    builder.close();
    field("text-single", fulltext_field);
    builder.close().close().close();
}

// ---- Answers ------------------------------------------------------------------------------------------------------

Result<Item> Item::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no result of an archive");
    Item item;
    item.query = element.attr("queryid").str();
    item.id = element.attr("id").str();
    if (item.id.empty()) return fail("a result has an id");
    auto message = Forwarded::decode(element.child(Forwarded::name, Forwarded::ns));
    if (!message) return std::unexpected(std::move(message).error());
    item.message = std::move(*message);
    return item;
}

void Item::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr_if("queryid", query).attr("id", id);
    message.encode(builder);
    builder.close();
}

Result<Fin> Fin::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no end of an archive's answer");
    Fin fin;
    const auto complete = element.attr("complete");
    fin.complete = complete == "true" || complete == "1";
    auto page = rsm::Page::decode(element.child(rsm::Page::name, rsm::Page::ns));
    if (!page) return std::unexpected(std::move(page).error());
    fin.page = std::move(*page);
    return fin;
}

void Fin::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (complete) builder.attr("complete", "true");
    page.encode(builder);
    builder.close();
}

Result<Metadata> Metadata::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("this is no metadata of an archive");
    Metadata metadata;
    const auto start = element.child("start", ns), end = element.child("end", ns);
    if (!start && !end) return metadata;
    auto first = end_of(start), last = end_of(end);
    if (!first) return std::unexpected(std::move(first).error());
    if (!last) return std::unexpected(std::move(last).error());
    metadata.start = std::move(*first);
    metadata.end = std::move(*last);
    return metadata;
}

void Metadata::encode(xml::Builder& builder) const {
    builder.open(name, ns);
    if (start && end) {
        write(builder, "start", *start);
        write(builder, "end", *end);
    }
    builder.close();
}

// ---- Preferences --------------------------------------------------------------------------------------------------

std::string_view name(Preferences::Default which) noexcept {
    switch (which) {
    case Preferences::Default::always:
        return "always";
    case Preferences::Default::never:
        return "never";
    case Preferences::Default::roster:
        break;
    }
    return "roster";
}

Result<Preferences> Preferences::decode(xml::Element element) {
    if (!element.is(name, ns)) return fail("these are no preferences of an archive");
    Preferences preferences;
    const auto otherwise = element.attr("default");
    if (const auto known = default_of(otherwise))
        preferences.otherwise = *known;
    else if (element.first() || !otherwise.str().empty()) // a get has neither
        return fail("default is always, never or roster");
    auto always = jids(element.child("always", ns)), never = jids(element.child("never", ns));
    if (!always) return std::unexpected(std::move(always).error());
    if (!never) return std::unexpected(std::move(never).error());
    preferences.always = std::move(*always);
    preferences.never = std::move(*never);
    return preferences;
}

void Preferences::encode(xml::Builder& builder) const {
    builder.open(name, ns).attr("default", mam::name(otherwise));
    write(builder, "always", always);
    write(builder, "never", never);
    builder.close();
}

} // namespace epode::xep::mam
