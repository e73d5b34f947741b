#!/bin/sh
# Runs every test; installs what they need first (packages of Python, npm, Maven, Go and Rust, under
# target/test-env).
# Arguments go to cargo test: `tests/run.sh canary` runs the tests whose names hold "canary".
set -eu
cd "$(dirname "$0")/.."

need() {
    missing=
    for program in "$@"; do
        command -v "$program" >/dev/null || missing="$missing $program"
    done
    if [ -n "$missing" ]; then
        echo "the tests need these programs, which are not installed:$missing" >&2
        exit 1
    fi
}

need cargo git python3 node npm java javac mvn go
sh tests/setup.sh
need bash dash jq mcs mono php ruby shellcheck zsh
exec cargo test --locked --no-fail-fast "$@"
