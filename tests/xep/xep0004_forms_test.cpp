// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0004_forms.hpp"

using namespace epode;
using namespace epode::test;
using xep::FieldType;
using xep::Form;
using xep::FormField;

namespace {

Form form(std::string_view text) {
    const auto fragment = parsed(text);
    return Form::decode(fragment).value();
}

/// Some of the form of XEP-0004, example 2.
Form bot() {
    Form offered(Form::Type::form, "jabber:bot");
    offered.add(FormField(FieldType::fixed, "", "").value("Section 1: Bot Info"));
    offered.add(FormField(FieldType::text_single, "botname", "The name of your bot"));
    offered.add(FormField(FieldType::text_multi, "description"));
    offered.add(FormField(FieldType::boolean, "public", "Public bot?").must());
    offered.add(FormField(FieldType::list_multi, "features").option("News", "news").option("Search", "search"));
    offered.add(FormField(FieldType::list_single, "maxsubs").option("10", "10").option("None", "none").value("10"));
    offered.add(FormField(FieldType::jid_multi, "invitelist"));
    return offered;
}

Form answer(std::initializer_list<FormField> fields) {
    Form submitted(Form::Type::submit);
    for (const FormField& field : fields) submitted.add(field);
    return submitted;
}

std::string refused(std::initializer_list<FormField> fields) {
    auto taken = xep::accept(bot(), answer(fields));
    return taken ? "" : taken.error().text;
}

} // namespace

TEST_CASE("forms come back as they went") {
    const char* text =
        GENERATE("<x xmlns='jabber:x:data' type='cancel'/>",
                 "<x xmlns='jabber:x:data' "
                 "type='form'><title>Bot</title><instructions>Fill</instructions><instructions>out</instructions>"
                 "<field var='FORM_TYPE' type='hidden'><value>jabber:bot</value></field><field "
                 "type='fixed'><value>One</value></field>"
                 "<field var='public' type='boolean' label='Public?'><desc>For all</desc><required/></field>"
                 "<field var='max' type='list-single'><value>20</value><option label='10'><value>10</value></option>"
                 "<option><value>20</value></option></field></x>",
                 "<x xmlns='jabber:x:data' type='submit'><field var='botname'><value>The &lt;Bot&gt;</value></field>"
                 "<field var='description' type='text-multi'><value>a</value><value/><value>c</value></field></x>",
                 "<x xmlns='jabber:x:data' type='result'><reported><field var='name' type='text-single' "
                 "label='Name'/></reported>"
                 "<item><field var='name'><value>httpd</value></field></item><item><field "
                 "var='name'><value/></field></item></x>");
    CHECK(recoded<Form>(text) == canonical(text));
}

TEST_CASE("what a form says is read") {
    const auto read =
        form("<x xmlns='jabber:x:data'><field var='a' type='no-such-type'><value>1</value><value>2</value>"
             "<o xmlns='x'><value xmlns='jabber:x:data'>3</value></o></field><other xmlns='x'/></x>");
    CHECK(read.type == Form::Type::form);
    REQUIRE(read.find("a"));
    CHECK(read.find("a")->kind() == FieldType::text_single); // 3.3: what is not understood
    CHECK(read.find("a")->values == std::vector<std::string>{"1", "2"});
    CHECK(read.find("a")->lines() == "1\n2");
    CHECK(read.text("a") == "1");
    CHECK(read.text("b").empty());
    CHECK(read.find("b") == nullptr);
}

TEST_CASE("broken forms are refused") {
    const char* text = GENERATE("<x xmlns='jabber:x:data' type='error'/>", "<y xmlns='jabber:x:data'/>",
                                "<x xmlns='jabber:x:other'/>", "<x xmlns='jabber:x:data'><field type='boolean'/></x>",
                                "<x xmlns='jabber:x:data'><field var='a'/><field var='a'/></x>",
                                "<x xmlns='jabber:x:data'><item><field/></item></x>");
    CHECK_FALSE(accepted<Form>(text));
}

TEST_CASE("a FORM_TYPE is hidden") {
    CHECK(
        form("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>t</value></field></x>")
            .form_type() == "t");
    CHECK(form("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>t</value></field></x>")
              .form_type() == "t");
    CHECK(form("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>t</value></field></x>")
              .form_type()
              .empty());
    CHECK(form("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' "
               "type='text-single'><value>t</value></field></x>")
              .form_type()
              .empty());
    CHECK(Form(Form::Type::submit, "jabber:bot").form_type() == "jabber:bot");
}

TEST_CASE("a form is found inside its wrapper") {
    const auto with = parsed("<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'/></query>");
    const auto without = parsed("<query xmlns='jabber:iq:search'><x xmlns='other'/></query>");
    const auto broken = parsed("<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='odd'/></query>");
    CHECK(Form::inside(with)->value().type == Form::Type::submit);
    CHECK_FALSE(Form::inside(without).value());
    CHECK_FALSE(Form::inside(broken));
}

TEST_CASE("booleans in all four spellings") {
    const auto value = [](const char* text) { return FormField("b", text).boolean(); };
    CHECK(value("1") == true);
    CHECK(value("true") == true);
    CHECK(value("0") == false);
    CHECK(value("false") == false);
    CHECK(value("yes") == std::nullopt);
    CHECK(FormField().boolean() == std::nullopt);
}

TEST_CASE("a good submission is taken, typed and prepared") {
    const auto taken =
        xep::accept(bot(), answer({FormField("public", "1"), FormField("botname", "Joogle"), FormField("unknown", "x"),
                                   FormField("features", {"search", "news"}),
                                   FormField("invitelist", {"Juliet@Capulet.com", "juliet@capulet.com"})}));
    REQUIRE(taken);
    CHECK(taken->text("public") == "true");
    CHECK(taken->find("public")->kind() == FieldType::boolean);
    CHECK(taken->find("unknown") == nullptr);
    CHECK(taken->find("description") == nullptr); // 3.5: keeps its value
    CHECK(taken->find("invitelist")->values == std::vector<std::string>{"juliet@capulet.com"});
    CHECK(taken->find("features")->values.size() == 2);
}

TEST_CASE("a bad submission is refused by name") {
    CHECK(refused({}) == "Public bot? is required");
    CHECK(refused({FormField("public", "")}) == "Public bot? is required");
    CHECK(refused({FormField("public", "maybe")}) == "Public bot? must be true or false");
    CHECK(refused({FormField("public", "1"), FormField("maxsubs", "11")}) == "maxsubs: 11 was not offered");
    CHECK(refused({FormField("public", "1"), FormField("botname", {"a", "b"})}) ==
          "The name of your bot takes one value");
    CHECK(refused({FormField("public", "1"), FormField("invitelist", "@@")}) == "invitelist: @@ is not an address");
    CHECK(refused({FormField("public", "0"), FormField("invitelist", "")}).empty());
}
