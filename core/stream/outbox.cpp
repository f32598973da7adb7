// SPDX-License-Identifier: MIT
#include "core/stream/outbox.hpp"

#include <algorithm>

namespace epode {

namespace {
/// Nobody else has it or keeps it.
bool lost_with_stream(const OutboxEntry& entry) noexcept {
    if (!entry.recover || entry.cookie || !entry.stanza) return false;
    return !entry.copies || (entry.copies->sole() && !entry.copies->confirmed());
}
} // namespace

void Outbox::push(OutboxEntry entry) {
    bytes_ += entry.size();
    waiting_.push_back(std::move(entry));
}

void Outbox::gather(std::string& out, std::size_t enough) const {
    const auto start = out.size();
    for (std::size_t i = 0; i < waiting_.size() && out.size() - start < enough; ++i) {
        const auto& entry = waiting_[i];
        const auto begin = out.size();
        if (entry.raw)
            out.append(*entry.raw);
        else
            entry.stanza.write(out);
        if (i == 0 && offset_ > 0) out.erase(begin, offset_);
    }
}

void Outbox::written(std::size_t count) {
    position_ += count;
    while (count > 0 && !waiting_.empty()) {
        const auto size = waiting_.front().size();
        const auto left = size - offset_;
        if (count < left) {
            offset_ += count;
            return;
        }
        count -= left;
        offset_ = 0;
        bytes_ -= size;
        auto& entry = waiting_.front();
        if (!holds_ || !entry.counted) entry.receipt = nullptr;
        if (entry.counted || entry.recover || entry.cookie) {
            entry.position = position_ - count;
            sent_.push_back(std::move(entry));
        }
        waiting_.drop_front();
    }
}

void Outbox::confirm(OutboxEntry& entry, std::vector<std::uint64_t>& cookies) {
    if (entry.cookie) cookies.push_back(entry.cookie);
    if (entry.copies) entry.copies->confirm();
}

bool Outbox::confirm(std::uint32_t count, std::vector<std::uint64_t>& cookies, std::vector<std::uint32_t>* rows) {
    while (count > 0) {
        // Entries from before XEP-0198 was enabled are confirmed with the first one after them.
        if (sent_.empty()) return false;
        auto& entry = sent_.front();
        confirm(entry, cookies);
        if (rows && entry.kept) rows->push_back(entry.number);
        if (entry.counted) --count;
        sent_.drop_front();
    }
    sent_.trim();
    return true;
}

void Outbox::confirm_bytes(std::uint64_t position, std::vector<std::uint64_t>& cookies) {
    while (!sent_.empty() && !sent_.front().counted && sent_.front().position <= position) {
        confirm(sent_.front(), cookies);
        sent_.drop_front();
    }
    sent_.trim();
}

std::vector<OutboxEntry> Outbox::withdraw(std::size_t frozen, bool gone) {
    std::vector<OutboxEntry> out;
    while (!sent_.empty()) {
        auto entry = sent_.pop_front();
        if (lost_with_stream(entry)) out.push_back(std::move(entry));
    }
    const std::size_t fixed = gone ? 0 : offset_ + frozen;
    std::size_t passed = 0;
    Ring<OutboxEntry> kept;
    while (!waiting_.empty()) {
        auto entry = waiting_.pop_front();
        const auto size = entry.size();
        if (passed < fixed || !(entry.recover || entry.cookie)) {
            kept.push_back(std::move(entry));
        } else {
            bytes_ -= size;
            if (lost_with_stream(entry)) out.push_back(std::move(entry));
        }
        passed += size;
    }
    waiting_ = std::move(kept);
    trim();
    return out;
}

std::string Outbox::rest(std::size_t frozen) const {
    std::string bytes;
    if (offset_ > 0 || frozen > 0) gather(bytes, std::max<std::size_t>(frozen, 1));
    return bytes;
}

void Outbox::detach() {
    Ring<OutboxEntry> kept;
    bytes_ = offset_ = 0;
    while (!waiting_.empty()) {
        auto entry = waiting_.pop_front();
        if (!entry.stanza) continue;
        if (!holds_) entry.receipt = nullptr;
        bytes_ += entry.size();
        kept.push_back(std::move(entry));
    }
    waiting_ = std::move(kept);
}

std::vector<OutboxEntry> Outbox::take(std::vector<std::uint64_t>& cookies) {
    std::vector<OutboxEntry> out;
    out.reserve(stanzas());
    while (!sent_.empty()) {
        auto entry = sent_.pop_front();
        if (entry.counted && entry.stanza)
            out.push_back(std::move(entry));
        else if (!entry.counted)
            confirm(entry, cookies);
    }
    while (!waiting_.empty()) out.push_back(waiting_.pop_front());
    bytes_ = offset_ = 0;
    position_ = 0;
    trim();
    return out;
}

std::vector<OutboxEntry> Outbox::take_all() {
    std::vector<OutboxEntry> out;
    out.reserve(stanzas());
    while (!sent_.empty()) out.push_back(sent_.pop_front());
    while (!waiting_.empty()) out.push_back(waiting_.pop_front());
    bytes_ = offset_ = 0;
    return out;
}

void Outbox::replace(std::size_t place, Stanza stanza) {
    auto& entry = waiting_[place];
    bytes_ -= entry.size();
    entry.stanza = std::move(stanza);
    bytes_ += entry.size();
}

} // namespace epode
