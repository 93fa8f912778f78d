# shellcheck shell=bash
# Functions of quickstart and check: report, install packages, build. Sourced from the top folder.

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Runs a command silently; shows what it printed only if it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# Names of one section of buildconf/packages, one line each.
packages_of() {
    sed -n "/^\[$1\]/,/^\[/p" buildconf/packages | sed 's/#.*//; /^\[/d; /^ *$/d'
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The first of several names that this Debian has.
choose_package() {
    local name
    for name in "$@"; do
        [ $# -gt 1 ] || break
        case $(apt-cache policy "$name" 2>/dev/null) in
        *'Candidate: (none)'*) ;;
        *'Candidate: '*)
            echo "$name"
            return
            ;;
        esac
    done
    echo "$1"
}

# Installs what is missing of the named sections.
install_packages() {
    local section names missing=()
    for section in "$@"; do
        while read -r -a names; do
            is_installed "$(choose_package "${names[@]}")" || missing+=("${names[*]}")
        done < <(packages_of "$section")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    [ "$(id -u)" = 0 ] || fail "these packages are missing, and only root can install them: ${missing[*]}"
    command -v apt-get >/dev/null || fail "this is not Debian; install the packages that buildconf/packages lists"
    echo "Installing ${#missing[@]} packages ..."
    export DEBIAN_FRONTEND=noninteractive
    quietly apt-get update || fail "apt-get update failed"
    local chosen=()
    for names in "${missing[@]}"; do
        # shellcheck disable=SC2086
        chosen+=("$(choose_package $names)")
    done
    quietly apt-get install -y --no-install-recommends "${chosen[@]}" ||
        fail "apt-get install failed"
}

# build_in FOLDER [meson options]: configures once, then compiles.
build_in() {
    local folder=$1
    shift
    if [ ! -f "$folder/build.ninja" ]; then
        quietly meson setup "$folder" "$@" || return 1
    fi
    quietly meson compile -C "$folder"
}
