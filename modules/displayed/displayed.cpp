// SPDX-License-Identifier: MIT
// XEP-0490, "server assist": a client puts into a message to somebody up to where it has shown the chat; that is taken
// out before anybody else sees it and published in PEP for the account's other devices.
#include "core/module.hpp"
#include "core/service/pep.hpp"
#include "core/store/turns.hpp"
#include "xep/xep0490_mds.hpp"

#include <memory>

namespace epode {
namespace {

namespace pubsub = xep::pubsub;

bool is_displayed(xml::Element child) { return child.is(xep::Displayed::name, xep::Displayed::ns); }

/// As the clients themselves configure the node (section "Sending displayed").
xep::Form options() {
    xep::Form form(xep::Form::Type::submit, pubsub::options_form);
    form.add(xep::FormField("pubsub#persist_items", "true")).add(xep::FormField("pubsub#max_items", "max"));
    form.add(xep::FormField("pubsub#send_last_published_item", "never"));
    form.add(xep::FormField("pubsub#access_model", "whitelist"));
    return form;
}

class Displayed : public Module {
public:
    explicit Displayed(Host& on) : Module(on) {
        feature(Scope::account, std::string(xep::Displayed::assist));
        this->on(phase::amend, &Displayed::take_out);
    }

private:
    void take_out(Passage& passage) {
        if (!passage.outgoing() || !passage.stanza.is_message()) return;
        const auto said = passage.stanza.root().child(xep::Displayed::name, xep::Displayed::ns);
        if (!said) return;
        pubsub::Publish publish;
        publish.node = std::string(xep::Displayed::ns);
        publish.items.emplace_back(std::string(passage.stanza.to().text()), xml::Fragment(said));
        start(tell(host.active(passage.account.bare()), std::move(publish), passage.receipt()));
        passage.stanza = passage.stanza.without_children(is_displayed);
    }

    /// `receipt` keeps the sender's acknowledgement back until it is durable.
    Task<> tell(std::shared_ptr<Account> account, pubsub::Publish publish, Ref<Receipt> receipt) {
        const auto turn = co_await turns_.take(*account); // a second one finds the node that the first one makes
        if (!pep_) co_return;
        if (!pep_->readers(*account, xep::Displayed::ns)) publish.options = options();
        pubsub::Request request(std::move(publish));
        const auto refused = co_await pep_->ask(account, std::move(request));
        if (refused)
            log.info("what a client has displayed could not be published",
                     {{"account", account->bare().text()}, {"condition", epode::name(refused->condition)}});
        receipt = {};
    }

    Use<PepService> pep_{*this};
    Turns turns_;
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Displayed, .summary = "tells a user's devices what another one has displayed",
             .xeps = {{490, "1.0.1"}}, .depends = {"pep"})
