#!/usr/bin/env python3
"""Fetches the packages of packages.txt, as they are published, and unpacks each into a folder of its own: a tree to measure on.

    benches/packages.py FOLDER

They take some 4.5 GB in 300,000 files. The registries are those that pip and npm are configured for. What is there already is
not fetched again.
"""

import base64
import concurrent.futures
import hashlib
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request

LIST = pathlib.Path(__file__).with_name("packages.txt")


def configured(*command, otherwise):
    """What a package manager is configured for."""
    if not shutil.which(command[0]):
        return otherwise
    answer = subprocess.run(command, capture_output=True, text=True)
    return (answer.stdout.strip() or otherwise).rstrip("/")


def fetched(address, accept="*/*"):
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read()


def from_pypi(index, name, version):
    """The source archive and whether it is what the index says."""
    files = json.loads(fetched(f"{index}/{name}/", "application/vnd.pypi.simple.v1+json"))["files"]
    ending = re.compile(rf"-{re.escape(version)}(\.0)*\.tar\.gz$")
    [file, *_] = [file for file in files if ending.search(file["filename"])]
    archive = fetched(file["url"])
    return archive, hashlib.sha256(archive).hexdigest() == file["hashes"]["sha256"]


def from_npm(registry, name, version):
    """The archive and whether it is what the registry says."""
    dist = json.loads(fetched(f"{registry}/{name.replace('/', '%2f')}/{version}"))["dist"]
    archive = fetched(dist["tarball"])
    method, _, digest = dist["integrity"].partition("-")
    return archive, hashlib.new(method, archive).digest() == base64.b64decode(digest)


def unpacked(place, fetch):
    """Unpacks a package next to `place` and moves it there when it is whole."""
    archive, is_whole = fetch()
    if not is_whole:
        raise ValueError("another digest than the registry's")
    beside = place.with_name(place.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(beside, filter="data")
    beside.rename(place)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    index = configured("pip", "config", "get", "global.index-url", otherwise="https://pypi.org/simple")
    registry = configured("npm", "config", "get", "registry", otherwise="https://registry.npmjs.org")
    sources = {"pypi": (from_pypi, index), "npm": (from_npm, registry)}
    jobs = {}
    with concurrent.futures.ThreadPoolExecutor(6) as workers:
        for line in LIST.read_text().splitlines():
            kind, name, version = line.split()
            place = pathlib.Path(sys.argv[1], kind, f"{name.replace('/', '+')}-{version}")
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                fetch, registry_of = sources[kind]
                jobs[workers.submit(unpacked, place, lambda f=fetch, r=registry_of, n=name, v=version: f(r, n, v))] = line
        failed = 0
        for done, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            print(f"\r{done}/{len(jobs)}", end="", file=sys.stderr, flush=True)
            if error := job.exception():
                failed += 1
                print(f"\r{jobs[job]}: {type(error).__name__}: {error}", file=sys.stderr)
    print(file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
