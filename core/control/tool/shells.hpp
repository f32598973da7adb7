// SPDX-License-Identifier: MIT
// The completion scripts without what the catalogue fills in: @name@ stands for it. All three do the same: join the
// words that are no options, and look at them to know what may follow.
#pragma once

#include <string_view>

namespace epode::control::tool::shells {

inline constexpr std::string_view bash = R"(# bash completion for epodectl

_epodectl() {
    local current=${COMP_WORDS[COMP_CWORD]} given=() offered='' i
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    @options with a file@)
        compopt -o default
        return
        ;;
    @options with another value@) return ;;
    esac
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case ${COMP_WORDS[i]} in
        @options with a value@) ((++i)) ;;
        -*) ;;
        *) given+=("${COMP_WORDS[i]}") ;;
        esac
    done
    if [[ $current == -* ]]; then
        offered='@options of all@ '
        case "${given[*]}" in
@options of some@        esac
    else
        case "${given[*]}" in
@words@        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
}

complete -F _epodectl epodectl
)";

inline constexpr std::string_view zsh = R"(#compdef epodectl

_epodectl() {
    local -a given offered
    local -i i
    case $words[CURRENT-1] in
    @options with a file@)
        _files
        return
        ;;
    @options with another value@) return 1 ;;
    esac
    for ((i = 2; i < CURRENT; ++i)); do
        case $words[i] in
        @options with a value@) ((++i)) ;;
        -*) ;;
        *) given+=("$words[i]") ;;
        esac
    done
    if [[ $words[CURRENT] == -* ]]; then
        offered=(@options of all@)
        case "$given" in
@options of some@        esac
        _describe -o option offered
    else
        case "$given" in
@words@        esac
        _describe command offered
    fi
}

if [ "$funcstack[1]" = _epodectl ]; then
    _epodectl "$@"
else
    compdef _epodectl epodectl
fi
)";

inline constexpr std::string_view fish = R"(# fish completion for epodectl

function __epodectl_given
    set -l given
    set -l skip 0
    set -l tokens (commandline -opc)
    set -e tokens[1]
    for token in $tokens
        if test $skip = 1
            set skip 0
            continue
        end
        switch $token
            case @options with a value@
                set skip 1
            case '-*'
            case '*'
                set -a given $token
        end
    end
    echo "$given"
end

function __epodectl_offers
    switch (__epodectl_given)
@words@    end
end

complete -c epodectl -f
complete -c epodectl -a '(__epodectl_offers)'
@options of all@@options of some@)";

} // namespace epode::control::tool::shells
