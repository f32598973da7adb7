// SPDX-License-Identifier: MIT
// RFC 6121 Appendix A, every row of tables 2 to 9 as the document prints them.
#include "modules/presence/subscription_state.hpp"
#include "tests/catch.hpp"

#include <array>
#include <string>
#include <string_view>

using namespace epode;
using namespace epode::presence;

namespace {

constexpr std::array<std::string_view, state_count> names{"None",
                                                          "None + Pending Out",
                                                          "None + Pending In",
                                                          "None + Pending Out+In",
                                                          "To",
                                                          "To + Pending In",
                                                          "From",
                                                          "From + Pending Out",
                                                          "Both"};

State state(std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return static_cast<State>(i);
    FAIL("no state is called " << name);
    return State::none;
}

struct Row {
    std::string_view before;
    std::string_view pass;  ///< MUST, M.N. or S.N.
    std::string_view after; ///< "" is "no state change", "pre-approval" and "cancel" are the footnotes
};
using Table = std::array<Row, state_count>;

void check_outbound(Type type, const Table& table) {
    for (const Row& row : table) {
        INFO("outbound " << static_cast<int>(type) << " in " << row.before);
        const Outcome outcome = outbound(type, state(row.before));
        CHECK(outcome.pass == (row.pass == "MUST"));
        const bool stays = row.after.empty() || row.after == "pre-approval";
        CHECK(outcome.next == state(stays ? row.before : row.after));
        CHECK((outcome.approval == Approval::grant) == (row.after == "pre-approval"));
        CHECK_FALSE(outcome.reply);
    }
}

void check_inbound(Type type, const Table& table, std::optional<Type> reply_in_footnote) {
    for (const Row& row : table) {
        INFO("inbound " << static_cast<int>(type) << " in " << row.before);
        const Outcome outcome = inbound(type, state(row.before), false);
        CHECK(outcome.pass == row.pass.starts_with("MUST"));
        CHECK(outcome.next == state(row.after.empty() ? row.before : row.after));
        CHECK(outcome.reply == (row.pass.ends_with('*') ? reply_in_footnote : std::nullopt));
        CHECK(outcome.approval == Approval::keep);
    }
}

} // namespace

TEST_CASE("table 2: outbound subscribe") {
    check_outbound(Type::subscribe, {{{"None", "MUST", "None + Pending Out"},
                                      {"None + Pending Out", "MUST", ""},
                                      {"None + Pending In", "MUST", "None + Pending Out+In"},
                                      {"None + Pending Out+In", "MUST", ""},
                                      {"To", "MUST", ""},
                                      {"To + Pending In", "MUST", ""},
                                      {"From", "MUST", "From + Pending Out"},
                                      {"From + Pending Out", "MUST", ""},
                                      {"Both", "MUST", ""}}});
}

TEST_CASE("table 3: outbound unsubscribe") {
    check_outbound(Type::unsubscribe, {{{"None", "MUST", ""},
                                        {"None + Pending Out", "MUST", "None"},
                                        {"None + Pending In", "MUST", ""},
                                        {"None + Pending Out+In", "MUST", "None + Pending In"},
                                        {"To", "MUST", "None"},
                                        {"To + Pending In", "MUST", "None + Pending In"},
                                        {"From", "MUST", ""},
                                        {"From + Pending Out", "MUST", "From"},
                                        {"Both", "MUST", "From"}}});
}

TEST_CASE("table 4: outbound subscribed") {
    check_outbound(Type::subscribed, {{{"None", "M.N.", "pre-approval"},
                                       {"None + Pending Out", "M.N.", "pre-approval"},
                                       {"None + Pending In", "MUST", "From"},
                                       {"None + Pending Out+In", "MUST", "From + Pending Out"},
                                       {"To", "M.N.", "pre-approval"},
                                       {"To + Pending In", "MUST", "Both"},
                                       {"From", "M.N.", ""},
                                       {"From + Pending Out", "M.N.", ""},
                                       {"Both", "M.N.", ""}}});
}

TEST_CASE("table 5: outbound unsubscribed") {
    check_outbound(Type::unsubscribed, {{{"None", "S.N.", ""},
                                         {"None + Pending Out", "S.N.", ""},
                                         {"None + Pending In", "MUST", "None"},
                                         {"None + Pending Out+In", "MUST", "None + Pending Out"},
                                         {"To", "S.N.", ""},
                                         {"To + Pending In", "MUST", "To"},
                                         {"From", "MUST", "None"},
                                         {"From + Pending Out", "MUST", "None + Pending Out"},
                                         {"Both", "MUST", "To"}}});
    for (int i = 0; i < state_count; ++i)
        CHECK(outbound(Type::unsubscribed, static_cast<State>(i)).approval == Approval::cancel);
}

TEST_CASE("table 6: inbound subscribe") {
    check_inbound(Type::subscribe,
                  {{{"None", "MUST", "None + Pending In"},
                    {"None + Pending Out", "MUST", "None + Pending Out+In"},
                    {"None + Pending In", "S.N.", ""},
                    {"None + Pending Out+In", "S.N.", ""},
                    {"To", "MUST", "To + Pending In"},
                    {"To + Pending In", "S.N.", ""},
                    {"From", "S.N.*", ""},
                    {"From + Pending Out", "S.N.*", ""},
                    {"Both", "S.N.*", ""}}},
                  Type::subscribed);
}

TEST_CASE("table 6, footnote 1: a pre-approved request is answered and used up") {
    const auto check = [](std::string_view before, std::string_view after) {
        INFO(before);
        const Outcome outcome = inbound(Type::subscribe, state(before), true);
        CHECK_FALSE(outcome.pass);
        CHECK(outcome.reply == Type::subscribed);
        CHECK(outcome.next == state(after));
        CHECK(outcome.approval == Approval::cancel);
    };
    check("None", "From");
    check("None + Pending Out", "From + Pending Out");
    check("To", "Both");
    CHECK(inbound(Type::unsubscribe, State::none, true).approval == Approval::keep);
    CHECK(inbound(Type::unsubscribed, State::to, true).approval == Approval::keep);
}

TEST_CASE("table 7: inbound unsubscribe") {
    check_inbound(Type::unsubscribe,
                  {{{"None", "S.N.", ""},
                    {"None + Pending Out", "S.N.", ""},
                    {"None + Pending In", "MUST*", "None"},
                    {"None + Pending Out+In", "MUST*", "None + Pending Out"},
                    {"To", "S.N.", ""},
                    {"To + Pending In", "MUST*", "To"},
                    {"From", "MUST*", "None"},
                    {"From + Pending Out", "MUST*", "None + Pending Out"},
                    {"Both", "MUST*", "To"}}},
                  Type::unsubscribed);
}

TEST_CASE("table 8: inbound subscribed") {
    check_inbound(Type::subscribed,
                  {{{"None", "S.N.", ""},
                    {"None + Pending Out", "MUST", "To"},
                    {"None + Pending In", "S.N.", ""},
                    {"None + Pending Out+In", "MUST", "To + Pending In"},
                    {"To", "S.N.", ""},
                    {"To + Pending In", "S.N.", ""},
                    {"From", "S.N.", ""},
                    {"From + Pending Out", "MUST", "Both"},
                    {"Both", "S.N.", ""}}},
                  std::nullopt);
}

TEST_CASE("table 9: inbound unsubscribed") {
    check_inbound(Type::unsubscribed,
                  {{{"None", "S.N.", ""},
                    {"None + Pending Out", "MUST", "None"},
                    {"None + Pending In", "S.N.", ""},
                    {"None + Pending Out+In", "MUST", "None + Pending In"},
                    {"To", "MUST", "None"},
                    {"To + Pending In", "MUST", "None + Pending In"},
                    {"From", "S.N.", ""},
                    {"From + Pending Out", "MUST", "From"},
                    {"Both", "MUST", "From"}}},
                  std::nullopt);
}

TEST_CASE("a contact's fields and its state are two ways to say the same") {
    for (int i = 0; i < state_count; ++i) {
        INFO(names[static_cast<std::size_t>(i)]);
        Contact contact;
        set_state(contact, static_cast<State>(i));
        CHECK(state_of(contact) == static_cast<State>(i));
        // A mere request from outside makes no roster item; everything else but "None" does (3.1.3, A.1).
        CHECK(contact.listed == (i != 0 && static_cast<State>(i) != State::none_in));
    }
}

TEST_CASE("a state without a pending request forgets the request") {
    Contact contact;
    set_state(contact, State::none_in);
    contact.request = "<presence/>";
    set_state(contact, State::none_out_in);
    CHECK(contact.request == "<presence/>");
    set_state(contact, State::from_out);
    CHECK(contact.request.empty());
    contact.listed = true;
    set_state(contact, State::none);
    CHECK(contact.listed);
}

TEST_CASE("only the four types manage subscriptions") {
    CHECK(subscription_type("subscribe") == Type::subscribe);
    CHECK(subscription_type("unsubscribe") == Type::unsubscribe);
    CHECK(subscription_type("subscribed") == Type::subscribed);
    CHECK(subscription_type("unsubscribed") == Type::unsubscribed);
    for (const char* other : {"", "probe", "error", "unavailable", "Subscribe"}) CHECK_FALSE(subscription_type(other));
}
