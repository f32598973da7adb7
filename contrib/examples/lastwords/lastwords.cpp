// SPDX-License-Identifier: MIT
// Keeps the last message between a user and each of his contacts, and tells it to him when a client asks.
//
//     <iq type='get' id='1'><last xmlns='urn:example:lastwords' with='juliet@example.org'/></iq>
#include "core/module.hpp"
#include "xep/xep0082_datetime.hpp"

namespace epode {
namespace {

/// Question and answer of the protocol, and what is stored.
struct LastWords {
    static constexpr std::string_view ns = "urn:example:lastwords";
    static constexpr std::string_view name = "last";

    Jid with, from;
    std::string body;
    WallTime when{};

    static Result<LastWords> decode(xml::Element element) {
        auto with = Jid::parse(element.attr("with"));
        if (!with) return fail("with: " + with.error().text);
        LastWords asked;
        asked.with = with->bare();
        return asked;
    }
    void encode(xml::Builder& builder) const {
        builder.open(name, ns).attr("with", with.text()).attr("from", from.text());
        builder.attr("stamp", xep::format_datetime(when)).text(body).close();
    }
    void fields(auto& f) { f(with, from, body, when); }
};

class Lastwords : public Module {
public:
    explicit Lastwords(Host& host) : Module(host) {
        feature(Scope::account, LastWords::ns);
        on(phase::store, &Lastwords::keep);
        on_get(&Lastwords::tell);
    }

private:
    /// Both halves come here: the sender's with his account, the recipient's with his.
    void keep(Passage& passage) {
        const Stanza& stanza = passage.stanza;
        const auto body = stanza.root().child_text("body");
        if (!stanza.is_message() || stanza.is_error() || body.empty()) return;
        LastWords words;
        words.with = (passage.outgoing() ? stanza.to() : stanza.from()).bare();
        words.from = stanza.from().bare();
        words.body = body.str();
        words.when = host.wall();
        words_.put(passage.batch(), passage.account, words.with.text(), words);
    }

    Task<Reply> tell(Iq iq, LastWords asked) {
        auto words = co_await words_.get(iq.account(), std::string(asked.with.text()));
        if (!words) co_return error(Condition::item_not_found, "nothing was said yet");
        co_return result(*words);
    }

    Store<LastWords> words_{*this, "lastwords"};
};

} // namespace
} // namespace epode

EPODE_MODULE(epode::Lastwords, .summary = "keeps the last message of each conversation", .depends = {"disco"})
