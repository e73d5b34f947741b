#!/bin/sh
# Installs what the tests need beside Rust, under target/test-env. Quiet, and quick when nothing is to do.
# Each kind of thing is a function; `tests/setup.sh python` runs one of them, no argument runs all.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
env_dir="${CARGO_TARGET_DIR:-$root/target}/test-env"

# Python packages in a virtual environment; remade when the list of versions changes.
python() {
    wanted="$root/tests/python-requirements.txt"
    if cmp -s "$wanted" "$env_dir/python/installed.txt"; then
        return
    fi
    mkdir -p "$env_dir"
    # The list is copied last, so that an interrupted run is started over.
    rm -rf "$env_dir/python"
    python3 -m venv "$env_dir/python"
    "$env_dir/python/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$env_dir/python/installed.txt"
}

# npm packages that migrated programs import; the versions are pinned by tests/package-lock.json.
node() {
    wanted="$root/tests/package-lock.json"
    if cmp -s "$wanted" "$env_dir/node/installed.json"; then
        return
    fi
    rm -rf "$env_dir/node"
    mkdir -p "$env_dir/node"
    cp "$root/tests/package.json" "$wanted" "$env_dir/node/"
    npm ci --silent --no-audit --no-fund --prefix "$env_dir/node"
    cp "$wanted" "$env_dir/node/installed.json"
}

# Jars from Maven Central: AWS's caching client, compilers and a formatter, each with what it needs in a folder.
jvm() {
    wanted="$root/tests/jvm-pom.xml"
    if cmp -s "$wanted" "$env_dir/jvm/installed.xml"; then
        return
    fi
    rm -rf "$env_dir/jvm"
    for profile in sdk format kotlin scala scala2; do
        mvn --batch-mode --quiet --file "$wanted" --activate-profiles "$profile" \
            org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
            -DoutputDirectory="$env_dir/jvm/$profile"
    done
    cp "$wanted" "$env_dir/jvm/installed.xml"
}

# Programs from Debian, where they are missing and may be installed.
programs() {
    missing=
    for program in dash jq shellcheck zsh; do
        command -v "$program" >/dev/null || missing="$missing $program"
    done
    # Ruby comes with the core of AWS's SDK.
    command -v php >/dev/null || missing="$missing php-cli"
    command -v mcs >/dev/null && command -v mono >/dev/null ||
        missing="$missing mono-mcs mono-runtime libmono-system-web-extensions4.0-cil"
    ruby -e 'require "aws-sdk-core"' 2>/dev/null || missing="$missing ruby ruby-aws-sdk-core"
    if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        # A new machine's list of packages is old or empty.
        apt-get update >/dev/null
        # shellcheck disable=SC2086 # a list of words
        apt-get install -y --no-install-recommends $missing >/dev/null
    fi
}

# Go modules that migrated programs import, downloaded and compiled once; the versions are pinned by tests/go.
go_modules() {
    wanted="$root/tests/go/go.sum"
    if cmp -s "$wanted" "$env_dir/go/installed.sum"; then
        return
    fi
    mkdir -p "$env_dir/go"
    (
        cd "$root/tests/go"
        export GOMODCACHE="$env_dir/go/modules" GOCACHE="$env_dir/go/cache" GOPATH="$env_dir/go/path"
        export GOFLAGS="-modcacherw -buildvcs=false" GOTOOLCHAIN=local
        go mod download
        go build -o "$env_dir/go/sample" .
    )
    cp "$wanted" "$env_dir/go/installed.sum"
}

# Crates that migrated programs use, compiled once; the versions are pinned by tests/cargo.
crates() {
    wanted="$root/tests/cargo/Cargo.lock"
    if cmp -s "$wanted" "$env_dir/cargo/installed.lock"; then
        return
    fi
    mkdir -p "$env_dir/cargo"
    # Where Cargo keeps what it downloaded, for programs that are run without this environment.
    printf 'CARGO_HOME=%s\nRUSTUP_HOME=%s\n' "${CARGO_HOME:-$HOME/.cargo}" "${RUSTUP_HOME:-$HOME/.rustup}" \
        >"$env_dir/cargo/homes"
    CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 cargo build --quiet --locked --manifest-path "$root/tests/cargo/Cargo.toml" \
        --target-dir "$env_dir/cargo/target"
    cp "$wanted" "$env_dir/cargo/installed.lock"
}

if [ $# -eq 0 ]; then
    set -- programs python node go_modules jvm crates
fi
for part in "$@"; do
    "$part"
done
