// SPDX-License-Identifier: MIT
// What settings do without knowing their type.
#include "core/config/setting.hpp"

#include <algorithm>
#include <cassert>

namespace epode {

SettingBase::SettingBase(Settings& owner, std::string_view name, std::string_view help, Needs needs, bool required)
    : owner_(owner), name_(name), help_(help), needs_(needs), required_(required) {
    assert(!owner.find(name) && "two settings of one owner have the same name");
    owner_.all_.push_back(this);
}

SettingBase::~SettingBase() { std::erase(owner_.all_, this); }

void SettingBase::take_given() {
    auto found = std::ranges::find(owner_.given_, name_, &OptionText::name);
    if (found == owner_.given_.end()) return;
    (void)apply(found->text); // was checked against the schema; should it not fit any more, the default stands
}

const SettingBase* Settings::find(std::string_view name) const noexcept {
    auto found = std::ranges::find(all_, name, &SettingBase::name);
    return found == all_.end() ? nullptr : *found;
}

SettingBase* Settings::find(std::string_view name) noexcept {
    return const_cast<SettingBase*>(std::as_const(*this).find(name));
}

Result<> Settings::apply(std::string_view name, std::string_view text) {
    SettingBase* setting = find(name);
    if (!setting) return fail("is not known");
    return setting->apply(text);
}

Result<> Settings::assign(const std::vector<OptionText>& texts) {
    for (const OptionText& option : texts) {
        const SettingBase* setting = std::as_const(*this).find(option.name);
        if (!setting) return fail(option.name + "=\"" + option.text + "\" is not known");
        auto checked = setting->canonical(option.text);
        if (!checked) return fail(option.name + "=\"" + option.text + "\" " + checked.error().text);
    }
    for (SettingBase* setting : all_) {
        auto given = std::ranges::find(texts, setting->name(), &OptionText::name);
        if (given == texts.end())
            setting->reset();
        else
            (void)setting->apply(given->text); // checked above
    }
    return {};
}

} // namespace epode
