// SPDX-License-Identifier: MIT
// The public face of the engine: a stream's Parser, and parse() for one element by itself.
#include "core/xml/parser.hpp"

#include "core/xml/engine.hpp"

namespace epode::xml {

struct Parser::State : Engine {
    using Engine::Engine;
};

Parser::Parser(Sink& sink, Limits limits) : state_(std::make_unique<State>(sink, limits, false)) {}
Parser::~Parser() = default;
std::size_t Parser::feed(std::string_view bytes) { return state_->feed(bytes); }
void Parser::stop() noexcept { state_->stop(); }
ParseFault Parser::fault() const noexcept { return state_->fault(); }
const std::string& Parser::fault_text() const noexcept { return state_->fault_text(); }
void Parser::restart() { state_->restart(); }
void Parser::set_limits(Limits limits) noexcept { state_->set_limits(limits); }
void Parser::set_default_lang(std::string lang) { state_->set_lang(std::move(lang)); }
bool Parser::park() { return state_->park(); }
bool Parser::parked() const noexcept { return state_->parked(); }
bool Parser::mid_element() const noexcept { return state_->mid_element(); }
void Parser::set_sink(Sink& sink) noexcept { state_->set_sink(sink); }

Result<Ref<Document>> parse(std::string_view xml, const Limits& limits) {
    struct One final : Parser::Sink {
        Ref<Document> document;
        void on_header(const StreamHeader&) override {}
        void on_element(Ref<Document> whole, const std::string*, const std::string*) override {
            document = std::move(whole);
        }
        void on_end() override {}
    } one;
    Engine engine(one, limits, true);
    engine.feed(xml);
    if (!engine.finish()) return fail(engine.fault_text() + engine.where());
    return std::move(one.document);
}

} // namespace epode::xml
