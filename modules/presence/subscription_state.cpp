// SPDX-License-Identifier: MIT
#include "modules/presence/subscription_state.hpp"

#include <array>

namespace epode::presence {

namespace {

using enum State;

struct Row {
    bool pass;
    State next;
};
/// One row per state, in the order of A.1.
using Table = std::array<Row, state_count>;

constexpr bool must = true;
constexpr bool not_ = false; // MUST NOT or SHOULD NOT

constexpr Table out_subscribe{{{must, none_out},
                               {must, none_out},
                               {must, none_out_in},
                               {must, none_out_in},
                               {must, to},
                               {must, to_in},
                               {must, from_out},
                               {must, from_out},
                               {must, both}}};
constexpr Table out_unsubscribe{{{must, none},
                                 {must, none},
                                 {must, none_in},
                                 {must, none_in},
                                 {must, none},
                                 {must, none_in},
                                 {must, from},
                                 {must, from},
                                 {must, from}}};
constexpr Table out_subscribed{{{not_, none},
                                {not_, none_out},
                                {must, from},
                                {must, from_out},
                                {not_, to},
                                {must, both},
                                {not_, from},
                                {not_, from_out},
                                {not_, both}}};
constexpr Table out_unsubscribed{{{not_, none},
                                  {not_, none_out},
                                  {must, none},
                                  {must, none_out},
                                  {not_, to},
                                  {must, to},
                                  {must, none},
                                  {must, none_out},
                                  {must, to}}};

constexpr Table in_subscribe{{{must, none_in},
                              {must, none_out_in},
                              {not_, none_in},
                              {not_, none_out_in},
                              {must, to_in},
                              {not_, to_in},
                              {not_, from},
                              {not_, from_out},
                              {not_, both}}};
constexpr Table in_unsubscribe{{{not_, none},
                                {not_, none_out},
                                {must, none},
                                {must, none_out},
                                {not_, to},
                                {must, to},
                                {must, none},
                                {must, none_out},
                                {must, to}}};
constexpr Table in_subscribed{{{not_, none},
                               {must, to},
                               {not_, none_in},
                               {must, to_in},
                               {not_, to},
                               {not_, to_in},
                               {not_, from},
                               {must, both},
                               {not_, both}}};
constexpr Table in_unsubscribed{{{not_, none},
                                 {must, none},
                                 {not_, none_in},
                                 {must, none_in},
                                 {must, none},
                                 {must, none_in},
                                 {not_, from},
                                 {must, from},
                                 {must, from}}};

constexpr const Table& pick(Type type, const Table& subscribe, const Table& unsubscribe, const Table& subscribed,
                            const Table& unsubscribed) {
    switch (type) {
    case Type::subscribe:
        return subscribe;
    case Type::unsubscribe:
        return unsubscribe;
    case Type::subscribed:
        return subscribed;
    case Type::unsubscribed:
        break;
    }
    return unsubscribed;
}

constexpr bool pending_in(State state) { return state == none_in || state == none_out_in || state == to_in; }
constexpr bool subscribed_to_user(State state) { return state == from || state == from_out || state == both; }

/// What an approval makes of a state that is not "from" yet.
constexpr State approve(State state) {
    switch (state) {
    case none:
    case none_in:
        return from;
    case none_out:
    case none_out_in:
        return from_out;
    case to:
    case to_in:
        return both;
    default:
        return state;
    }
}

} // namespace

std::optional<Type> subscription_type(std::string_view type) noexcept {
    if (type == "subscribe") return Type::subscribe;
    if (type == "unsubscribe") return Type::unsubscribe;
    if (type == "subscribed") return Type::subscribed;
    if (type == "unsubscribed") return Type::unsubscribed;
    return std::nullopt;
}

Outcome outbound(Type type, State state) noexcept {
    const Row row =
        pick(type, out_subscribe, out_unsubscribe, out_subscribed, out_unsubscribed)[static_cast<std::size_t>(state)];
    Outcome outcome{row.next, row.pass};
    // 3.4.2: there is nothing to approve yet, so it is noted and the contact does not hear of it.
    if (type == Type::subscribed && !pending_in(state) && !subscribed_to_user(state))
        outcome.approval = Approval::grant;
    if (type == Type::unsubscribed) outcome.approval = Approval::cancel;
    return outcome;
}

Outcome inbound(Type type, State state, bool approved) noexcept {
    const Row row =
        pick(type, in_subscribe, in_unsubscribe, in_subscribed, in_unsubscribed)[static_cast<std::size_t>(state)];
    Outcome outcome{row.next, row.pass};
    if (type == Type::subscribe && subscribed_to_user(state)) {
        outcome.reply = Type::subscribed;
    } else if (type == Type::subscribe && approved) {
        outcome = {approve(state), false, Type::subscribed, Approval::cancel};
    } else if (type == Type::unsubscribe && row.pass) {
        outcome.reply = Type::unsubscribed;
    }
    return outcome;
}

State state_of(const Contact& contact) noexcept {
    switch (contact.subscription) {
    case Subscription::both:
        return both;
    case Subscription::from:
        return contact.ask ? from_out : from;
    case Subscription::to:
        return contact.pending_in ? to_in : to;
    case Subscription::none:
        break;
    }
    if (contact.ask) return contact.pending_in ? none_out_in : none_out;
    return contact.pending_in ? none_in : none;
}

void set_state(Contact& contact, State state) {
    contact.ask = state == none_out || state == none_out_in || state == from_out;
    contact.pending_in = pending_in(state);
    if (!contact.pending_in) contact.request.clear();
    if (state == both)
        contact.subscription = Subscription::both;
    else if (state == to || state == to_in)
        contact.subscription = Subscription::to;
    else if (state == from || state == from_out)
        contact.subscription = Subscription::from;
    else
        contact.subscription = Subscription::none;
    contact.listed = contact.listed || contact.ask || contact.subscription != Subscription::none;
}

} // namespace epode::presence
