#!/usr/bin/env python3
"""Fetches the packages of packages.txt, as they are published, and unpacks each into a folder of its own: a tree to measure on.

    benches/packages.py FOLDER

They take some 4.5 GB in 300,000 files. The registries are those that pip and npm are configured for. What is there already is
not fetched again. It takes Python 3.11.4 or newer, pip and npm.
"""

import base64
import concurrent.futures
import functools
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request

LIST = pathlib.Path(__file__).with_name("packages.txt")


def told(*command):
    """What a program prints; nothing where it isn't installed or fails."""
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, capture_output=True, text=True).stdout.strip().rstrip("/")


def registries():
    """The addresses that pip and npm use."""
    default = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    index = os.environ.get("PIP_INDEX_URL") or told("pip", "config", "get", "global.index-url") or told(sys.executable, "-c", default)
    registry = told("npm", "config", "get", "registry")
    for program, address in {"pip": index, "npm": registry}.items():
        if not address:
            sys.exit(f"{program} tells no registry: is it installed?")
    return index.rstrip("/"), registry


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
    index, registry = registries()
    sources = {"pypi": (from_pypi, index), "npm": (from_npm, registry)}
    jobs = {}
    with concurrent.futures.ThreadPoolExecutor(6) as workers:
        for line in LIST.read_text().splitlines():
            kind, name, version = line.split()
            place = pathlib.Path(sys.argv[1], kind, f"{name.replace('/', '+')}-{version}")
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                fetch, at = sources[kind]
                jobs[workers.submit(unpacked, place, functools.partial(fetch, at, name, version))] = line
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
