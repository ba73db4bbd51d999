# Read by the other scripts, not run: makes .venv with the locked dependencies. POSIX sh.
#
#   ensure_venv requirements.lock        what is needed to send letters
#   ensure_venv requirements-dev.lock    the same and what tests and linters need
#
# .venv/locked is a copy of the lock that .venv was made from. It is written last, so a .venv without it, or with
# another one, was interrupted or is out of date, and is made anew.

unset PYTHONHOME PYTHONPATH
# A pip that is told to install somewhere else would leave .venv empty.
unset PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV PIP_DRY_RUN

say() { printf '%s\n' "$*" >&2; }

find_python() {
    found_without_pip=
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
        found_without_pip=$candidate
    done
    if [ -n "$found_without_pip" ]; then
        say "broadcaster: $found_without_pip is here, but without its venv module."
        version=$("$found_without_pip" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "On Debian and Ubuntu: apt install python$version-venv   Then run this again."
    elif command -v python3 >/dev/null 2>&1; then
        say "broadcaster: Python 3.11 or newer is needed; python3 here is $(python3 -V 2>&1)."
        say "Install a newer one (python3.11, python3.12 or python3.13 are found beside it), then run this again."
    else
        say "broadcaster: Python 3.11 or newer is needed; there is no python3 here. Install it, then run this again."
    fi
    return 1
}

# Healthy: its Python runs, finds this checkout, and still is the Python that the packages were installed for.
healthy() {
    [ -f .venv/locked ] && [ -x .venv/bin/broadcaster ] || return 1
    .venv/bin/python -I -c '
import importlib.util, os, sys
found = importlib.util.find_spec("broadcaster")
there = found and found.origin and os.path.realpath(os.path.dirname(os.path.dirname(found.origin)))
sys.exit(not (there == os.path.realpath(os.getcwd()) and importlib.util.find_spec("sqlalchemy")))
' >/dev/null 2>&1
}

# Makes .venv/bin/broadcaster run this checkout. No build: nothing to download, and edits count at once.
link_checkout() {
    site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || return 1
    pwd -P >"$site/broadcaster-checkout.pth" || return 1
    cat >.venv/bin/broadcaster <<'COMMAND'
#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
exec "$here/python" -m broadcaster "$@"
COMMAND
    chmod +x .venv/bin/broadcaster
}

# $1: a lock file in the checkout, which is the working directory.
ensure_venv() {
    if healthy; then
        cmp -s "$1" .venv/locked && return 0
        # What tests need includes what runs.
        [ "$1" = requirements.lock ] && cmp -s requirements-dev.lock .venv/locked && return 0
    fi
    python=$(find_python) || return 1
    say "broadcaster: installing the locked dependencies into .venv (this once) ..."
    # From the smaller lock to the larger one nothing is taken away, so the .venv may stay.
    if healthy && cmp -s requirements.lock .venv/locked; then
        rm -f .venv/locked
    else
        "$python" -m venv --clear .venv || return 1
    fi
    if ! .venv/bin/python -m pip install -q -q --disable-pip-version-check --no-input --require-hashes -r "$1" >&2; then
        say "broadcaster: the dependencies could not be installed; the reason stands above. Most often the package index"
        say "cannot be reached: when it can, run this again. Nothing needs to be cleaned up."
        return 1
    fi
    link_checkout && cp "$1" .venv/locked
}
