# Completion of standpy(1) for bash. It needs nothing but bash.
# shellcheck shell=bash

# The words that begin with what stands there.
_standpy_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Files that a glob matches, and folders.
_standpy_files() {
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -X "!$1" -- "$2"; compgen -d -- "$2")
}

# Names of connections may have any characters.
_standpy_connections() {
    local name
    while IFS= read -r name; do
        [[ $name == "$1"* ]] && COMPREPLY+=("$(printf %q "$name")")
    done < <("${COMP_WORDS[0]}" --connections 2>/dev/null)
}

# The command that stands before the cursor; empty if there is none yet.
_standpy_command() {
    local word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        run | info | check)
            echo "$word"
            return
            ;;
        esac
    done
}

_standpy() {
    local word=$2 before=$3 connecting='--endpoint --token-file --connection --cacert --wait --help'
    COMPREPLY=()
    if [ "$word" = = ]; then
        word=
    elif [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $before in
    -c | --connection) _standpy_connections "$word" ;;
    --metadata) _standpy_files '*.json' "$word" ;;
    --input | --file | --object | --token-file | --cacert | -o | --output) _standpy_files '*' "$word" ;;
    --endpoint | --value | --macro | --timeout | --wait) ;;
    *)
        case $(_standpy_command):$word in
        :*) _standpy_words 'run info check --help --version' "$word" ;;
        run:-*)
            _standpy_words "$connecting --input --metadata --file --value --object --macro --keep \
                --timeout --output --json --raw" "$word"
            ;;
        *:-*) _standpy_words "$connecting" "$word" ;;
        run:*) _standpy_files '*.py' "$word" ;;
        esac
        ;;
    esac
}

complete -F _standpy standpy
