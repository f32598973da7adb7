// SPDX-License-Identifier: MIT
// Refuses messages of this host's users that hold one of certain words. The configuration names the words; an
// administrator changes them at run time, until the server starts again.
#include "core/module.hpp"

namespace epode {
namespace {

class Wordfilter : public Module {
public:
    explicit Wordfilter(Host& host) : Module(host) {
        on(phase::admit, &Wordfilter::look);
        every(1h, &Wordfilter::report);
        command("wordfilter-set", "Set the words that are refused", Role::admin, &Wordfilter::set,
                {{"words", "Words", Param::Type::text, false, "between spaces; none lets everything through"}});
    }

    std::string save() override { return words_.text(); }
    void restore(std::string words) override { use(std::move(words)); }

private:
    /// Before a message of one of our users goes anywhere.
    Verdict look(const Passage& passage) {
        if (!passage.outgoing() || !passage.stanza.is_message()) return Verdict::pass();
        const auto body = passage.stanza.root().child_text("body");
        for (const std::string& word : *words_)
            if (body.view().contains(word)) return refuse(*passage.session);
        return Verdict::pass();
    }

    Verdict refuse(Session& session) {
        ++refused_;
        if (++refusals_.of(session) >= *patience_)
            session.close("policy-violation", "too many words that are not said here");
        return Verdict::refuse(StanzaError(Condition::policy_violation, "this word is not said here"));
    }

    Task<CommandResult> set(CommandCall call) {
        std::string words(call.argument("words"));
        co_await everywhere(&Wordfilter::use, words);
        co_return CommandResult(words.empty() ? "everything is let through" : "refused from now on: " + words);
    }

    void use(std::string words) {
        if (auto applied = words_.apply(words); !applied) log.warn("the words stay", {{"why", applied.error().text}});
    }

    void report() {
        if (refused_.value() > 0) log.info("messages refused since the start", {{"count", refused_.value()}});
    }

    Setting<std::vector<std::string>> words_{*this, "words", {}, {.help = "messages with one of them are refused"}};
    Setting<unsigned> patience_{*this, "patience", 10, {.min = 1, .help = "the refusal that ends a session"}};
    PerSession<unsigned> refusals_{*this, "refusals"};
    Counter refused_{*this, "refused", "messages that were refused"};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Wordfilter, .summary = "refuses messages that hold certain words")
