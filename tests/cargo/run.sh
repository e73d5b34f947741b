#!/bin/sh
# Compiles the crate in the working directory with the crates that tests/setup.sh compiled, and runs it if it is a
# program. A file `main.rs` alone becomes a crate, as does a folder `src`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
built="$here/../../target/test-env/cargo"
# shellcheck disable=SC1091 # written by tests/setup.sh
. "$built/homes"
# Compiled alike, so that nothing is compiled again.
export CARGO_HOME RUSTUP_HOME CARGO_NET_OFFLINE=true CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0
export CARGO_TARGET_DIR="$built/target"

# A name of its own, so that programs of several tests can be compiled side by side.
name="sample_$$"
copy=$(mktemp -d)
clean() {
    rm -rf "$copy" "$CARGO_TARGET_DIR/debug/$name" "$CARGO_TARGET_DIR/debug/$name.d" \
        "$CARGO_TARGET_DIR/debug/deps/"*"$name"-* "$CARGO_TARGET_DIR/debug/.fingerprint/$name"-*
}
trap clean EXIT
if [ -f Cargo.toml ]; then
    cp Cargo.toml "$copy"
else
    cp "$here/Cargo.toml" "$copy"
fi
if [ -d src ]; then
    cp -R src "$copy"
else
    mkdir "$copy/src"
    cp main.rs "$copy/src"
fi
cp "$here/Cargo.lock" "$copy"
sed "s/^name = .*/name = \"$name\"/" "$copy/Cargo.toml" >"$copy/named.toml"
mv "$copy/named.toml" "$copy/Cargo.toml"
cargo build --quiet --manifest-path "$copy/Cargo.toml"
if [ -f "$copy/src/main.rs" ]; then
    "$CARGO_TARGET_DIR/debug/$name"
fi
