#!/usr/bin/env python3
"""Migrates published projects and puts them back: usage: real_projects.py ARNIFY [--only NAME] [--keep DIR]

Each source archive is fetched from its registry (PyPI, npm, Maven Central, the Go proxy, crates.io) by that registry's own
client, unpacked, scanned, planned and migrated with `apply --write --include-tests` on a local vault of its own; the
project's files are checked by their own language (Python's compile, `node --check`, javac's parser, `gofmt -e`, rustfmt,
`ruby -c`, `bash -n`, a JSON and a YAML parser) before and after; `verify` resolves every reference; and `undo` has to restore
every byte. Prints one Markdown table row a project, and then why literals stayed. Exit code 1 when a promise is broken:
a file that no longer parses, a byte that is not restored, a reference that doesn't resolve.
"""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import yaml

PROJECTS = [
    ("pypi", "paramiko", "3.5.0"),
    ("pypi", "PyJWT", "2.10.1"),
    ("pypi", "python-jose", "3.3.0"),
    ("pypi", "oauthlib", "3.2.2"),
    ("pypi", "requests-oauthlib", "2.0.0"),
    ("pypi", "Authlib", "1.3.2"),
    ("pypi", "google-auth", "2.36.0"),
    ("pypi", "django-allauth", "65.3.0"),
    ("pypi", "celery", "5.4.0"),
    ("pypi", "pymongo", "4.10.1"),
    ("pypi", "twilio", "9.3.8"),
    ("pypi", "azure-storage-blob", "12.24.0"),
    ("npm", "keycloak-connect", "26.1.1"),
    ("npm", "oauth", "0.10.0"),
    ("npm", "pusher", "5.2.0"),
    ("npm", "parse-server", "7.4.0"),
    ("npm", "snowflake-sdk", "1.15.0"),
    ("npm", "sequelize", "6.37.5"),
    ("pypi", "motor", "3.6.0"),
    ("maven", "org.apache.shiro:shiro-core", "1.13.0"),
    ("maven", "com.auth0:java-jwt", "4.4.0"),
    ("maven", "org.eclipse.jetty:jetty-util", "9.4.56.v20240826"),
    ("go", "github.com/golang-jwt/jwt/v5", "v5.2.1"),
    ("go", "github.com/go-sql-driver/mysql", "v1.8.1"),
    ("go", "go.mongodb.org/mongo-driver", "v1.17.1"),
    ("go", "github.com/go-ldap/ldap/v3", "v3.4.8"),
    ("crates", "jsonwebtoken", "9.3.0"),
    ("crates", "mysql_common", "0.32.4"),
    ("crates", "pbkdf2", "0.12.2"),
    ("crates", "tokio-postgres", "0.7.12"),
    ("crates", "octocrab", "0.42.1"),
    ("crates", "lettre", "0.11.10"),
    ("crates", "aws-sigv4", "1.6.4"),
    ("crates", "aws-config", "1.13.0"),
    ("crates", "oauth2", "5.0.0"),
]

JAVA_PARSER = '''
import com.sun.source.util.JavacTask;
import java.nio.file.Path;
import java.util.*;
import javax.tools.*;

public class Parse {
    public static void main(String[] files) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var found = new DiagnosticCollector<JavaFileObject>();
        var manager = compiler.getStandardFileManager(found, null, null);
        var units = manager.getJavaFileObjects(files);
        ((JavacTask) compiler.getTask(null, manager, found, List.of("-proc:none"), null, units)).parse();
        for (var one : found.getDiagnostics())
            if (one.getKind() == Diagnostic.Kind.ERROR && one.getSource() != null)
                System.out.println(Path.of(one.getSource().toUri()));
    }
}
'''

# Checkers that take many files at once and name the bad ones in what they say; and those that take one.
ONE_BY_ONE = {
    ".js": ["node", "--check"], ".mjs": ["node", "--check"], ".cjs": ["node", "--check"],
    ".sh": ["bash", "-n"], ".bash": ["bash", "-n"], ".rb": ["ruby", "-c"],
    ".rs": ["rustfmt", "--edition", "2021", "--emit", "stdout", "--config", "skip_children=true"],
    ".go": ["gofmt", "-e"],
}


def fetch(registry, name, version, folder):
    """Downloads and unpacks a source archive; gives the folder that it made."""
    if registry == "pypi":
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:",
             "-d", folder, f"{name}=={version}"], check=True, stdout=subprocess.DEVNULL)
    elif registry == "npm":
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, f"{name}@{version}"],
                       check=True, stdout=subprocess.DEVNULL)
    elif registry == "maven":
        subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={name}:{version}:jar:sources",
                        f"-DoutputDirectory={folder}"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    else:
        return copied(fetch_go(name, version, folder) if registry == "go" else fetch_crate(name, version, folder), folder)
    archive = next(path for path in folder.iterdir() if path.is_file())
    target = folder / "source"
    if archive.suffix in (".zip", ".jar"):
        zipfile.ZipFile(archive).extractall(target)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
    return target


def fetch_go(name, version, folder):
    """Where the Go command unpacked a module."""
    (folder / "go.mod").write_text("module fetch\n")
    done = subprocess.run(["go", "mod", "download", "-json", f"{name}@{version}"], check=True, cwd=folder, capture_output=True, text=True)
    return pathlib.Path(json.loads(done.stdout)["Dir"])


def fetch_crate(name, version, folder):
    """Where cargo unpacked a crate."""
    work = folder / "fetch"
    (work / "src").mkdir(parents=True)
    (work / "src" / "lib.rs").write_text("")
    (work / "Cargo.toml").write_text(f'[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n{name} = "={version}"\n\n[workspace]\n')
    done = subprocess.run(["cargo", "metadata", "--quiet", "--format-version", "1"], check=True, cwd=work, capture_output=True, text=True)
    package = next(p for p in json.loads(done.stdout)["packages"] if p["name"] == name and p["version"] == version)
    return pathlib.Path(package["manifest_path"]).parent


def copied(source, folder):
    """A copy of a client's read-only cache that may be written."""
    target = folder / "source"
    shutil.copytree(source, target)
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    return target


def snapshot(tree):
    return {str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink()}


def broken(tree):
    """The files that their own language's parser refuses."""
    bad = java_broken(tree)
    for path in sorted(tree.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        name = str(path.relative_to(tree))
        try:
            if path.suffix == ".py":
                compile(path.read_bytes(), name, "exec", dont_inherit=True)
            elif path.suffix == ".json":
                json.loads(path.read_text("utf-8-sig"))
            elif path.suffix in (".yml", ".yaml"):
                list(yaml.compose_all(path.read_text("utf-8")))
            elif path.suffix in ONE_BY_ONE:
                if subprocess.run([*ONE_BY_ONE[path.suffix], path], capture_output=True).returncode:
                    bad.add(name)
        except (SyntaxError, ValueError, yaml.YAMLError, RecursionError):
            bad.add(name)
    return bad


def java_broken(tree):
    """The Java files that javac's own parser refuses."""
    files = sorted(str(path) for path in tree.rglob("*.java"))
    if not files:
        return set()
    with tempfile.TemporaryDirectory() as work:
        parser = pathlib.Path(work) / "Parse.java"
        parser.write_text(JAVA_PARSER)
        done = subprocess.run(["java", parser, *files], check=True, capture_output=True, text=True)
    return {str(pathlib.Path(line).relative_to(tree)) for line in done.stdout.splitlines()}


def reasons(plan):
    """Why findings stay, in few words, with their number."""
    counts = collections.Counter()
    for one in plan["plan"]["held_back"]:
        sentence = one["reason"].removeprefix("Left as it is: ").split(". ")[0]
        counts[sentence] += 1
    return counts


def migrate(arnify, registry, name, version, folder):
    tree = fetch(registry, name, version, folder)
    env = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    env.update(HOME=str(folder), ARNIFY_HOME=str(folder / "home"))

    def run(*arguments, codes=(0,)):
        done = subprocess.run([arnify, *arguments], cwd=tree, env=env, capture_output=True, text=True)
        if done.returncode not in codes:
            raise SystemExit(f"{name}: arnify {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
        return done.stdout

    before = snapshot(tree)
    broken_before = broken(tree)
    # Everything that the scanner so much as suspects, tests and examples too: this is about the rewriting.
    all_of_it = ["--min-confidence", "low", "--no-ignore"]
    findings = sum(1 for line in run("scan", "--format", "jsonl", *all_of_it, codes=(0, 1)).splitlines() if line)
    plan = json.loads(run("plan", "--include-tests", "--on-conflict", "apart", "--format", "json", *all_of_it))
    applied = json.loads(run("apply", "--write", "-y", "--include-tests", "--on-conflict", "apart", "--format", "json", *all_of_it))
    changed = sum(1 for path, digest in snapshot(tree).items() if before.get(path) != digest)
    broken_after = broken(tree)
    if applied["rewritten"]:
        run("verify")
    run("undo", "-y", codes=(0, 2) if not applied["rewritten"] else (0,))
    after = snapshot(tree)
    restored = after == before
    row = dict(project=f"{name} {version}", registry=registry, files=len(before), findings=findings,
               secrets=len(plan["plan"]["entries"]), rewritten=applied["rewritten"], manual=applied["left"],
               changed=changed, broken_before=len(broken_before), broken_new=sorted(broken_after - broken_before),
               restored=restored, reasons=reasons(plan))
    print(f"| {row['project']} ({registry}) | {row['files']} | {row['findings']} | {row['rewritten']} | {row['manual']} | "
          f"{row['changed']} | {row['broken_before']} → {len(broken_after)} | {'all' if restored else 'NOT ALL'} |", flush=True)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arnify")
    parser.add_argument("--only")
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    arnify = str(pathlib.Path(arguments.arnify).resolve())
    print("| project | files | findings | rewritten | left | files changed | files with syntax errors, before → after | bytes restored |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    rows = []
    for registry, name, version in PROJECTS:
        if arguments.only and arguments.only != name:
            continue
        folder = (arguments.keep / name) if arguments.keep else pathlib.Path(tempfile.mkdtemp(prefix="arnify-real-"))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            rows.append(migrate(arnify, registry, name, version, folder))
        finally:
            if not arguments.keep:
                shutil.rmtree(folder, ignore_errors=True)
    counts = sum((row["reasons"] for row in rows), collections.Counter())
    print("\n| literals | why they stay |\n| --- | --- |")
    for reason, count in counts.most_common():
        print(f"| {count} | {reason} |")
    bad = [row for row in rows if row["broken_new"] or not row["restored"]]
    for row in bad:
        print(f"BROKEN PROMISE: {row}", file=sys.stderr)
    print(f"\n{len(rows)} projects, {sum(r['rewritten'] for r in rows)} literals rewritten, "
          f"{sum(r['manual'] for r in rows)} left, {sum(len(r['broken_new']) for r in rows)} files broken")
    return 1 if bad or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
