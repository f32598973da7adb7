// SPDX-License-Identifier: MIT
#include "tests/catch.hpp"
#include "tests/xep/codec.hpp"
#include "xep/xep0077_register.hpp"

using namespace epode;
using namespace epode::test;
using xep::Register;

namespace {
Register read(std::string_view children) {
    return *Register::decode(parsed("<query xmlns='jabber:iq:register'>" + std::string(children) + "</query>"));
}
} // namespace

TEST_CASE("the fields, one by one") {
    const auto set = read("<username>bill</username><password>Calliope</password><email>bard@shakespeare.lit</email>");
    CHECK(set.username == "bill");
    CHECK(set.password->view() == "Calliope");
    CHECK_FALSE(set.remove);
    CHECK_FALSE(set.form);
    CHECK_FALSE(read("").username);
    CHECK(read("<username/>").username == "");
    CHECK(read("<password/>").password->empty());
    CHECK_FALSE(read("<username xmlns='other'>bill</username>").username);
}

TEST_CASE("remove must stand alone to count as such") {
    CHECK(read("<remove/>").only_remove);
    CHECK(read("<remove/><username>bill</username>").remove);
    CHECK_FALSE(read("<remove/><username>bill</username>").only_remove);
}

TEST_CASE("a data form takes precedence") {
    const auto set =
        read("<username>old</username><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
             "<value>jabber:iq:register</value></field><field var='username'><value>juliet</value></field>"
             "<field var='password'><value>R0m30</value></field></x>");
    CHECK(set.form);
    CHECK(set.username == "juliet");
    CHECK(set.password->view() == "R0m30");
    const auto cancel = read("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' "
                             "type='hidden'><value>jabber:iq:register:cancel</value></field></x>");
    CHECK(cancel.only_remove);
    CHECK_FALSE(read("<username>bill</username><x xmlns='jabber:x:data' type='cancel'/>").username);
    CHECK_FALSE(
        accepted<Register>("<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='nonsense'/></query>"));
}

TEST_CASE("what a server answers") {
    Register blank;
    blank.instructions = "Choose.";
    blank.username.emplace();
    blank.password.emplace();
    CHECK(encoded(blank) ==
          canonical(
              "<query xmlns='jabber:iq:register'><instructions>Choose.</instructions><username/><password/></query>"));
    blank.form = true;
    const auto text = encoded(blank);
    CHECK(text.find("type='text-private'") != std::string::npos);
    CHECK(text.find("<value>jabber:iq:register</value>") != std::string::npos);
    Register now;
    now.registered = true;
    now.username = "juliet";
    CHECK(encoded(now) ==
          canonical("<query xmlns='jabber:iq:register'><registered/><username>juliet</username></query>"));
}
