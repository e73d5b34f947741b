#!/usr/bin/env python3
"""Compiles published crates after a migration of all their literals: usage: compiled_crates.py ARNIFY [--only NAME] [--keep DIR]

Few published crates hold many credentials, so a rule of this script's own reports each short string literal; what can be
rewritten is. `cargo check` of the library, its tests and its examples then has to find no error in a crate that had none before.
AWS's crates are taken from tests/cargo/stubs, whose functions have the same signatures, since they alone take minutes. A
`rust-version` is dropped: code of crates that promise an old Rust is not rewritten else. Prints one Markdown table row a crate.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from real_projects import copied, fetch_crate

CRATES = [
    ("attohttpc", "0.28.5"),
    ("aws-region", "0.25.5"),
    ("camino", "1.2.2"),
    ("email_address", "0.2.10"),
    ("fern", "0.7.1"),
    ("http", "1.4.0"),
    ("ignore", "0.4.35"),
    ("jsonwebtoken", "9.3.1"),
    ("pem", "3.0.6"),
    ("roff", "1.1.1"),
    ("rust-ini", "0.21.3"),
    ("semver", "1.0.28"),
    ("serde_urlencoded", "0.7.1"),
    ("tokio-postgres", "0.7.12"),
    ("url", "2.5.8"),
]

RULE = """
[[rules]]
id = "each-literal"
description = "A string literal"
kind = "secret"
severity = "low"
confidence = "high"
keywords = ['"']
regex = '''"([A-Za-z0-9_./: @-]{3,60})"'''
why = "To have many literals rewritten."
fix = "Nothing."
since = "0.1.0"
examples = ['''x = "abcdef"''']
[[rules.allowlists]]
stopwords = ["arn:aws", "it holds no text", "has no text under"]
"""

STUBS = pathlib.Path(__file__).resolve().parent / "cargo" / "stubs"


def prepare(name, version, folder):
    """A crate's folder, a package on its own that finds the stubs."""
    tree = copied(fetch_crate(name, version, folder), folder)
    manifest = tree / "Cargo.toml"
    text = re.sub(r"(?m)^rust-version.*\n", "", manifest.read_text())
    manifest.write_text(text if "\n[workspace]" in text else text + "\n[workspace]\n")
    (tree / "Cargo.toml.orig").unlink(missing_ok=True)
    (folder / ".cargo").mkdir()
    crates = "".join(f'{stub.name} = {{ path = "{stub}" }}\n' for stub in sorted(STUBS.iterdir()))
    (folder / ".cargo" / "config.toml").write_text("[patch.crates-io]\n" + crates)
    (folder / "rule.toml").write_text(RULE)
    return tree


def errors(tree, target):
    """What the compiler refuses, one line each; or why it did not come so far."""
    done = subprocess.run(
        ["cargo", "check", "--quiet", "--keep-going", "--message-format=short", "--lib", "--tests", "--examples"],
        cwd=tree, env=os.environ | {"CARGO_TARGET_DIR": target}, capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if ": error" in line]
    return lines or ([done.stderr.strip()] if done.returncode else [])


def migrate(arnify, name, version, folder, target):
    tree = prepare(name, version, folder)
    before = errors(tree, target)
    env = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    env.update(HOME=str(folder), ARNIFY_HOME=str(folder / "home"), ARNIFY_STORE="local")
    subprocess.run(
        [arnify, "apply", "--write", "-y", "--include-tests", "--rules", folder / "rule.toml", "--min-confidence", "low",
         "--no-ignore", "--on-conflict", "apart"], cwd=tree, env=env, check=True, capture_output=True)
    calls = sum(len(re.findall(r"secret(?:_field)?\((?:super::)*\w+_ARN", path.read_text(errors="replace"))) for path in tree.rglob("*.rs"))
    after = errors(tree, target)
    new = [] if before else after
    print(f"| {name} {version} | {calls} | {len(before)} → {len(after)} |", flush=True)
    return calls, new


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arnify")
    parser.add_argument("--only")
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    arnify = str(pathlib.Path(arguments.arnify).resolve())
    print("| crate | literals rewritten | compiler's errors, before → after |\n| --- | --- | --- |", flush=True)
    results = []
    with tempfile.TemporaryDirectory(prefix="arnify-crates-") as work:
        root = (arguments.keep or pathlib.Path(work)).resolve()
        for name, version in CRATES:
            if arguments.only in (None, name):
                folder = root / name
                folder.mkdir(parents=True)
                results.append(migrate(arnify, name, version, folder, str(root / "target")))
    broken = [line for _, new in results for line in new]
    print(f"\n{len(results)} crates, {sum(calls for calls, _ in results)} literals rewritten, {len(broken)} new errors")
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken or not results else 0


if __name__ == "__main__":
    sys.exit(main())
