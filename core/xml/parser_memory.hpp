// SPDX-License-Identifier: MIT
// ParserMemory: what one expat allocates, in one block that goes away with it. Expat takes some forty pieces for 11 KB;
// scattered among what a connection keeps for good, they left holes when it was parked that no page could be given back
// for. A block is pages of its own: parked, it costs nothing, and making expat again costs no malloc. Private to
// core/xml.
#pragma once

#include <cstddef>
#include <utility>

struct XML_ParserStruct;

namespace epode::xml {

class ParserMemory {
public:
    ParserMemory() = default;
    ParserMemory(const ParserMemory&) = delete;
    ParserMemory& operator=(const ParserMemory&) = delete;
    ~ParserMemory() { give_back(); }

    /// An expat for namespaces, in a block of its own; null where there is no memory.
    XML_ParserStruct* make_parser(char separator);
    void free_parser(XML_ParserStruct* parser) noexcept;

    /// Expat's functions for memory know nothing of the parser they are called for. So whoever calls expat says whose
    /// memory is meant, on this thread, as long as this lives. They nest: a handler may parse something else.
    class InUse {
    public:
        explicit InUse(ParserMemory& memory) noexcept : former_(std::exchange(current, &memory)) {}
        ~InUse() { current = former_; }
        InUse(const InUse&) = delete;
        InUse& operator=(const InUse&) = delete;

    private:
        ParserMemory* former_;
    };

private:
    struct Calls; ///< what expat calls

    void* allocate(std::size_t size) noexcept;
    void free(void* piece) noexcept;
    bool holds(const void* piece) const noexcept;
    void give_back() noexcept;

    static thread_local ParserMemory* current;
    std::byte* block_ = nullptr; ///< null: everything is malloc's
    std::size_t used_ = 0;
};

} // namespace epode::xml
