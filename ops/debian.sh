# shellcheck shell=bash
# Sourced by scripts that need more than Rust and a C compiler.

# Installs a package of Debian when a command says that it is missing: the package, then the command. Elsewhere it says what to install.
debian() {
    local package=$1
    shift
    if "$@" >/dev/null 2>&1; then
        return
    fi
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
        printf '%s: %s is missing (Debian: apt-get install %s)\n' "$0" "$package" "$package" >&2
        return 1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package" >/dev/null \
        || { apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package" >/dev/null; }
}
