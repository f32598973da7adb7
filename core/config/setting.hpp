// SPDX-License-Identifier: MIT
// Setting<T>: an option of a module or of the core, declared once as a member with its default, bounds and sentence,
// and read like a T:
//
//     Setting<Duration> keep{*this, "keep", 30_days, {.min = 1_days, .help = "how long messages stay"}};
//
// Everything else (checks, suggestions, the reference, what a reload does) is made from that line. Settings collects
// them: a module is one. Not thread-safe: each instance belongs to its shard, which applies new texts between two
// stanzas.
#pragma once

#include "core/config/fault.hpp"
#include "core/config/value.hpp"

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace epode {

/// What must happen before a new value counts.
enum class Needs : std::uint8_t {
    nothing,        ///< the next read sees it
    module_restart, ///< the module is built again
    server_restart, ///< the process is started again
};

/// One option as the configuration gives it, checked and resolved: a secret's file is read, a path is put together.
struct OptionText {
    std::string name;
    std::string text;
    config::Position at;

    OptionText(std::string option, std::string value, config::Position where = {})
        : name(std::move(option)), text(std::move(value)), at(std::move(where)) {}
};

class SettingBase;

/// The settings of one owner, by name. Those that are declared later take their text from `given` at once, so that a
/// constructor's body already reads what the configuration says.
class Settings {
public:
    Settings() = default;
    explicit Settings(std::vector<OptionText> given) : given_(std::move(given)) {}
    Settings(const Settings&) = delete;
    Settings& operator=(const Settings&) = delete;

    /// In the order of declaration.
    std::span<const SettingBase* const> all() const noexcept { return all_; }
    const SettingBase* find(std::string_view name) const noexcept;
    SettingBase* find(std::string_view name) noexcept;

    /// Sets one option; on a fault it stays as it was, and the error completes `name="text" `.
    Result<> apply(std::string_view name, std::string_view text);
    /// Sets all options: those that are not in `texts` fall back to their defaults. All or nothing.
    Result<> assign(const std::vector<OptionText>& texts);

protected:
    ~Settings() = default;

private:
    friend class SettingBase;
    std::vector<SettingBase*> all_;
    std::vector<OptionText> given_;
};

/// What can be said of a setting without knowing its type.
class SettingBase {
public:
    enum class Form : std::uint8_t { plain, secret, path };

    SettingBase(const SettingBase&) = delete;
    SettingBase& operator=(const SettingBase&) = delete;
    virtual ~SettingBase();

    std::string_view name() const noexcept { return name_; }
    std::string_view help() const noexcept { return help_; }
    Needs needs() const noexcept { return needs_; }
    /// Whether the element must have it.
    bool required() const noexcept { return required_; }
    /// Whether the text was given (and not only the default stands).
    bool given() const noexcept { return given_; }

    /// Takes a new value. On a fault the old one stays, and the error completes `name="text" `.
    virtual Result<> apply(std::string_view text) = 0;
    virtual void reset() = 0;
    /// The text in its usual form ("7d" becomes "1w"), or why it is not accepted; changes nothing.
    virtual Result<std::string> canonical(std::string_view text) const = 0;
    /// The present value and the default as text. A secret's is the secret itself.
    virtual std::string text() const = 0;
    virtual std::string default_text() const = 0;
    /// "a duration, 1d or more"
    virtual std::string kind() const = 0;
    virtual Form form() const noexcept = 0;

protected:
    SettingBase(Settings& owner, std::string_view name, std::string_view help, Needs needs, bool required);
    /// Last in the constructor of the whole object: applies what the owner was given.
    void take_given();

    bool given_ = false;

private:
    Settings& owner_;
    std::string_view name_; // literals of whoever declares the setting, which therefore outlive it
    std::string_view help_;
    Needs needs_;
    bool required_;
};

/// What a Setting may add to name and default. `check` is a further condition; its error completes `name="text" `.
template <typename T> struct SettingOptions {
    using Bound = std::conditional_t<config::Ordered<T>, std::optional<T>, std::monostate>;

    Bound min{};
    Bound max{};
    std::string_view help{};
    Needs restart = Needs::nothing;
    bool required = false;
    Result<> (*check)(const T& value) = nullptr;
};

template <typename T> class Setting final : public SettingBase {
    using Text = config::TextOf<T>;

public:
    Setting(Settings& owner, std::string_view name, T standard, SettingOptions<T> options = {})
        : SettingBase(owner, name, options.help, options.restart, options.required), value_(standard),
          standard_(std::move(standard)), min_(options.min), max_(options.max), check_(options.check) {
        take_given();
    }

    operator const T&() const noexcept { return value_; }
    const T& operator*() const noexcept { return value_; }
    const T* operator->() const noexcept { return &value_; }

    /// For the core and tests: takes the value as it is, unchecked.
    void set(T value) {
        value_ = std::move(value);
        given_ = true;
    }

    Result<> apply(std::string_view text) override {
        auto value = read(text);
        if (!value) return std::unexpected(std::move(value).error());
        set(std::move(*value));
        return {};
    }
    void reset() override {
        value_ = standard_;
        given_ = false;
    }
    Result<std::string> canonical(std::string_view text) const override {
        auto value = read(text);
        if (!value) return std::unexpected(std::move(value).error());
        return Text::print(*value);
    }
    std::string text() const override { return Text::print(value_); }
    std::string default_text() const override { return Text::print(standard_); }
    std::string kind() const override { return Text::kind() + bounds(", "); }
    Form form() const noexcept override {
        if constexpr (std::same_as<T, Secret>) return Form::secret;
        if constexpr (std::same_as<T, FilePath>) return Form::path;
        return Form::plain;
    }

private:
    using Bound = typename SettingOptions<T>::Bound;

    Result<T> read(std::string_view text) const {
        if (text == default_text()) return standard_; // "" may stand for nothing, even where nothing has no text
        auto value = parse(text);
        if (!value) return value;
        if constexpr (config::Ordered<T>) {
            if (min_ && *value < *min_) return fail(std::string(config::below<T>()) + bounds(" (") + ")");
            if (max_ && *max_ < *value) return fail(std::string(config::above<T>()) + bounds(" (") + ")");
        }
        if (!check_) return value;
        auto checked = check_(*value);
        if (!checked) return std::unexpected(std::move(checked).error());
        return value;
    }

    Result<T> parse(std::string_view text) const {
        if constexpr (requires { Text::parse(text, standard_); })
            return Text::parse(text, standard_);
        else
            return Text::parse(text);
    }

    /// `lead` and "1d or more", "up to 100", "1 to 100"; "" without bounds.
    std::string bounds(std::string_view lead) const {
        std::string words;
        if constexpr (config::Ordered<T>) {
            if (min_ && max_)
                words = Text::print(*min_) + " to " + Text::print(*max_);
            else if (min_)
                words = Text::print(*min_) + " or more";
            else if (max_)
                words = "up to " + Text::print(*max_);
        }
        return words.empty() ? words : std::string(lead) + words;
    }

    T value_;
    T standard_;
    [[no_unique_address]] Bound min_;
    [[no_unique_address]] Bound max_;
    Result<> (*check_)(const T&);
};

} // namespace epode
