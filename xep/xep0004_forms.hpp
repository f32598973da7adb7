// SPDX-License-Identifier: MIT
// XEP-0004: data forms, asked (form), answered (submit, cancel) and told (result, with tables). A processor builds a
// form, and `accept` holds a submission against it, so that what comes out is checked and only contains what was asked
// for.
#pragma once

#include "core/base/result.hpp"
#include "core/xml/builder.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace epode::xep {

/// Section 3.3. `text_single` is what an unknown type counts as.
enum class FieldType : std::uint8_t {
    text_single,
    text_multi,
    text_private,
    boolean,
    fixed,
    hidden,
    jid_single,
    jid_multi,
    list_single,
    list_multi,
};
std::string_view name(FieldType type) noexcept; ///< "text-single"

struct FormOption {
    std::string label, value;

    FormOption(std::string shown, std::string given) : label(std::move(shown)), value(std::move(given)) {}
    bool operator==(const FormOption&) const = default;
};

struct FormField {
    std::string var, label, desc;
    std::optional<FieldType> type; ///< submissions and results may leave it out
    bool required = false;
    std::vector<std::string> values;
    std::vector<FormOption> options;

    FormField() = default;
    /// A plain answer or result.
    FormField(std::string variable, std::string value) : var(std::move(variable)), values{std::move(value)} {}
    FormField(std::string variable, std::vector<std::string> all) : var(std::move(variable)), values(std::move(all)) {}
    // Two literals in braces would otherwise pass for a string's begin and end.
    FormField(std::string variable, std::initializer_list<std::string> all) : var(std::move(variable)), values(all) {}
    /// A question.
    FormField(FieldType kind, std::string variable, std::string shown = {})
        : var(std::move(variable)), label(std::move(shown)), type(kind) {}

    FormField must() && {
        required = true;
        return std::move(*this);
    }
    FormField value(std::string text) && {
        values.push_back(std::move(text));
        return std::move(*this);
    }
    FormField described(std::string text) && {
        desc = std::move(text);
        return std::move(*this);
    }
    FormField option(std::string shown, std::string given) && {
        options.emplace_back(std::move(shown), std::move(given));
        return std::move(*this);
    }

    FieldType kind() const noexcept { return type.value_or(FieldType::text_single); }
    bool multiple() const noexcept; ///< may have more than one value
    /// The first value, "" where there is none.
    std::string_view text() const noexcept {
        return values.empty() ? std::string_view() : std::string_view(values.front());
    }
    /// All values as lines (text-multi, section 3.3).
    std::string lines() const;
    /// xs:boolean; null for anything but 0, 1, true, false.
    std::optional<bool> boolean() const noexcept;
    void encode(xml::Builder& builder) const;
    bool operator==(const FormField&) const = default;
};

class Form {
public:
    static constexpr std::string_view ns = "jabber:x:data";
    static constexpr std::string_view name = "x";
    enum class Type : std::uint8_t { form, submit, cancel, result };

    Form() = default;
    explicit Form(Type kind) : type(kind) {}
    /// With the hidden FORM_TYPE field of XEP-0068.
    Form(Type kind, std::string_view form_type);

    Type type = Type::form;
    std::string title;
    std::vector<std::string> instructions;
    std::vector<FormField> fields;
    std::vector<FormField> reported;           ///< a table's columns
    std::vector<std::vector<FormField>> items; ///< its rows

    Form& add(FormField field) {
        fields.push_back(std::move(field));
        return *this;
    }
    const FormField* find(std::string_view var) const noexcept;
    /// First value of a field, "" where it is absent.
    std::string_view text(std::string_view var) const noexcept;
    /// Value of a FORM_TYPE field (which must be hidden, or untyped in a submission); "" where there is none.
    std::string_view form_type() const noexcept;

    /// A missing type counts as "form"; an unknown one, a second field of one name and a field without a name (unless
    /// fixed) are errors. What the specification does not know is left out.
    static Result<Form> decode(xml::Element element);
    /// The form among the children of a payload: null where there is none.
    static Result<std::optional<Form>> inside(xml::Element parent);
    void encode(xml::Builder& builder) const;
    bool operator==(const Form&) const = default;
};

/// Holds a submission against the form that was offered (sections 3.2, 4): fields nobody asked for are dropped, the
/// rest get the offered type. The error is the text of a not-acceptable: a required field is empty, a boolean is none,
/// a JID is none (JIDs come out prepared and once each), an option was not offered, a single field has several values.
/// Booleans come out as "true" and "false". Fields that were not submitted stay out: whoever applies the form keeps
/// their present values.
Result<Form> accept(const Form& offered, const Form& submitted);

} // namespace epode::xep
