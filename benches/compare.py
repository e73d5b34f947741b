#!/usr/bin/env python3
"""Runs arnify beside other tools, in one run on one machine, and prints how they compare.

    benches/compare.py tree FOLDER        scan of a tree, against a search for one literal and other scanners
    benches/compare.py start FOLDER       scan of one file of 1 KB
    benches/compare.py staged REPOSITORY  scan of what is staged, against git diff
    benches/compare.py history REPOSITORY scan of a whole history, against git log
    benches/compare.py worst              inputs made to be slow, each in three sizes, against ordinary source
    benches/compare.py apply              1,000 findings in 500 files, stored and rewritten, in the local vault and through
                                          a loopback endpoint (`arnify serve`)

Tools that are not installed are left out, and named. Each command runs --runs times, by turns; the table shows the best
wall time, the processor time of that run and the largest peak of memory. Ratios are to the first line.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import string
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORDS = (ROOT / "rules/judge/words.txt").read_text().split()


# How much of a command's output is kept, bytes.
TAIL = 64 << 10


# Whose output is thrown away: git's patches would fill the disk, and these scanners print what they find as it stands.
UNSEEN = {"git", "sh", "ripsecrets", "detect-secrets"}


def run(command, cwd=None, env=None):
    """Wall and processor seconds, peak MiB, exit code and output of a command."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        shown = subprocess.DEVNULL if command[0] in UNSEEN else out
        child = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=shown, stderr=out)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        # the end alone: what this process holds would count as a peak of the next one
        out.seek(max(0, out.seek(0, os.SEEK_END) - TAIL))
        text = out.read().decode(errors="replace")
    return {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024,
        "code": child.returncode,
        "text": text,
    }


def best_of(commands, runs, cwd=None):
    """The best run of each command; they take turns, so that a busy moment hits all alike. A run that a signal ended is none."""
    best = {}
    for _ in range(runs):
        for name, command in commands.items():
            got = run(command, cwd)
            if got["code"] < 0:
                print(f"{name}: a run was ended by signal {-got['code']} and doesn't count\n")
                continue
            known = best.get(name)
            peak = max(got["peak"], known["peak"] if known else 0)
            best[name] = {**(got if known is None or got["wall"] < known["wall"] else known), "peak": peak}
    return best


def table(rows, first):
    """A Markdown table with ratios to the row `first`."""
    print(f"| command | wall | against {first} | processor | against {first} | peak memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    base = rows[first]
    for name, row in rows.items():
        wall, cpu = row["wall"] / base["wall"], row["cpu"] / max(base["cpu"], 1e-3)
        peak = f"{row['peak']:.0f} MiB"
        print(f"| {name} | {row['wall']:.3f} s | {wall:.2f} | {row['cpu']:.3f} s | {cpu:.2f} | {peak} |")


def installed(commands):
    """Those whose program is there; the others are named."""
    there = {name: command for name, command in commands.items() if shutil.which(command[0])}
    missing = sorted(commands.keys() - there.keys())
    if missing:
        print(f"not installed, left out: {', '.join(missing)}\n")
    return there


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    print(f"{os.cpu_count()} cores ({cpu[1] if cpu else 'unknown'}), {memory} GiB; load {os.getloadavg()[0]:.1f}\n")


FAILED = {"arnify": {2, 4}, "kingfisher": {1, 2}}


def refuse_failures(rows):
    for name, row in rows.items():
        if row["code"] in FAILED.get(name.split()[0], {127}):
            # what others say of a failure may quote what they found
            said = f":\n{row['text'][-2000:]}" if name.startswith("arnify") else ""
            sys.exit(f"{name} failed with exit code {row['code']}{said}")


def tree(options):
    folder = options.path
    commands = installed({
        "rg": ["rg", "-uuu", "--no-config", "--stats", "zzqxnomatch", folder],
        "arnify": [options.arnify, "scan", folder, "--no-ignore"],
        "kingfisher": ["kingfisher", "scan", folder, "--redact", "--no-validate", "--git-history", "none", "--no-update-check"],
        "gitleaks": ["gitleaks", "dir", folder, "--no-banner", "--redact"],
        "ripsecrets": ["ripsecrets", folder],
        # it reads nothing outside the folder that it runs in
        "detect-secrets": ["detect-secrets", "-C", folder, "scan", "--all-files"],
    })
    rows = best_of(commands, options.runs)
    refuse_failures(rows)
    table(rows, next(iter(rows)))
    print("\nWhat each says that it read:")
    for name, pattern in {
        "rg": r"(\d+) files searched\n(?:.*\n)?(\d+) bytes searched",
        "arnify": r"in (\d+) files \(([\d.]+ [KMG]?i?B)",
        "kingfisher": r"Blobs Scanned\.*: ([\d,]+)\s+\|?Bytes Scanned\.*: ([\d.]+ [KMG]i?B)",
    }.items():
        if name in rows:
            found = re.search(pattern, rows[name]["text"])
            print(f"  {name}: {' files, '.join(found.groups()) if found else 'nothing that is understood'}")
    print("arnify and kingfisher pass over binary files; arnify reads archives' entries too, rg reads each file's bytes as they are.")


def start(options):
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder, "settings.py")
        place.write_text("".join(f"{word}_{number} = {number}\n" for number, word in enumerate(WORDS[:60]))[:1024])
        commands = installed({
            "rg": ["rg", "--no-config", "zzqxnomatch", str(place)],
            "arnify": [options.arnify, "scan", str(place)],
            "kingfisher": ["kingfisher", "scan", str(place), "--redact", "--no-validate", "--git-history", "none", "--no-update-check"],
            "ripsecrets": ["ripsecrets", str(place)],
            "detect-secrets": ["detect-secrets", "-C", folder, "scan", "--all-files"],
        })
        rows = best_of(commands, options.runs * 5)
        refuse_failures(rows)
        table(rows, next(iter(rows)))


def staged(options):
    commands = installed({
        "git diff --cached": ["git", "diff", "--cached", "--stat"],
        "arnify check --staged": [options.arnify, "check", "--staged"],
        "kingfisher --staged": ["kingfisher", "scan", ".", "--staged", "--redact", "--no-validate", "--no-update-check"],
        "ripsecrets": ["sh", "-c", "git diff --cached --name-only | xargs ripsecrets"] if shutil.which("ripsecrets") else ["ripsecrets"],
    })
    rows = best_of(commands, options.runs * 3, options.path)
    refuse_failures(rows)
    table(rows, next(iter(rows)))


def history(options):
    commands = installed({
        "git log -p": ["git", "log", "-p", "--all", "-U0"],
        "arnify scan --history": [options.arnify, "scan", "--history"],
        "kingfisher": ["kingfisher", "scan", ".", "--redact", "--no-validate", "--no-update-check"],
    })
    rows = best_of(commands, options.runs, options.path)
    refuse_failures(rows)
    table(rows, next(iter(rows)))


def sentence(source, count):
    return " ".join(source.choice(WORDS[:4000]) for _ in range(count))


def ordinary(source):
    name, other = source.choice(WORDS), source.choice(WORDS)
    return f"def {name}_{other}({other}):\n    # {sentence(source, 8)}\n    return {name}({other}, {source.randint(0, 99)})\n\n"


def record(source):
    pairs = {f"{source.choice(WORDS)}_{source.choice(WORDS)}": source.choice([sentence(source, 2), source.random(), None])}
    return json.dumps(pairs, separators=(",", ":")) + ","


def row(source):
    number, name = source.randint(0, 10**9), source.choice(WORDS)
    return f"INSERT INTO users VALUES ({number}, '{name}', '{name}@host.example', '{sentence(source, 3)}', NULL);\n"


KEYWORDS = ["password", "token", "secret", "api_key", "github", "AKIA", "sk_live_", "auth", "slack", "twilio", "://", "xoxb-"]


def keywords(source):
    return " ".join(source.choice(KEYWORDS) for _ in range(12)) + "\n"


def keys(source):
    """What follows each key is all that is left of the line."""
    return source.choice(["token", "password", "secret", "api_key"]) + source.choice(":=")


def base64_lines(source):
    return "".join(source.choices(string.ascii_letters + string.digits + "+/", k=76)) + "\n"


INPUTS = {
    "ordinary source": (ordinary, "a.py", 32),
    "JSON in one line": (record, "a.json", 100),
    "SQL dump": (row, "a.sql", 100),
    "nothing but keywords": (keywords, "a.txt", 16),
    "keys in one line": (keys, "a.txt", 1),
    "base64": (base64_lines, "a.txt", 64),
}


def write(place, piece, size):
    source = random.Random(1)
    # a long text of pieces that differ, repeated: making 100 MB of new ones would take minutes
    text = "".join(piece(source) for _ in range(20_000))
    with open(place, "w") as out:
        for _ in range(0, size, len(text)):
            out.write(text)


def worst(options):
    tools = installed({
        "arnify": [options.arnify, "scan", "--max-file-size", str(1 << 30), "-o", "/dev/null"],
        "rg": ["rg", "-uuu", "--no-config", "zzqxnomatch"],
    })
    print("| input | size | processor, ns for each byte | wall, ns for each byte | against ordinary source | rg, processor | against ordinary source | peak memory |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    base = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (piece, file, largest) in INPUTS.items():
            for part in (16, 4, 1):
                place = pathlib.Path(folder, file)
                write(place, piece, (largest << 20) // part)
                tell(name, place, (tools, options.runs), base)
                place.unlink()
        for count in (12_500, 50_000, 200_000):
            deep = pathlib.Path(folder, "tiny")
            tiny(deep, count)
            tell(f"{count:,} tiny files", deep, (tools, options.runs), base)
            shutil.rmtree(deep)


def tiny(deep, count):
    source = random.Random(2)
    for number in range(count):
        place = deep / str(number // 500)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"m{number}.py").write_text(ordinary(source))


def tell(name, place, tools_and_runs, base):
    """A row for what is at `place`; `base` is filled with what the ordinary source took for each byte, at full size."""
    tools, runs = tools_and_runs
    rows = best_of({tool: [*command, str(place)] for tool, command in tools.items()}, runs)
    refuse_failures(rows)
    size = sum(file.stat().st_size for file in place.rglob("*.py")) if place.is_dir() else place.stat().st_size
    each = {tool: row["cpu"] / size * 1e9 for tool, row in rows.items()}
    if name == "ordinary source":
        base.update(each)
    wall, peak = rows["arnify"]["wall"] / size * 1e9, rows["arnify"]["peak"]
    rg = f"{each['rg']:.2f} | {each['rg'] / base['rg']:.1f}" if "rg" in each else "- | -"
    print(f"| {name} | {size / 1e6:.1f} MB | {each['arnify']:.1f} | {wall:.1f} | {each['arnify'] / base['arnify']:.1f} | {rg} | {peak:.0f} MiB |", flush=True)


def credentials(folder):
    """500 modules with two passwords each, all of them different."""
    source = random.Random(3)
    letters = string.ascii_letters + string.digits + "!#%+"
    for number in range(500):
        place = pathlib.Path(folder, f"service{number // 25}", f"settings{number}.py")
        place.parent.mkdir(exist_ok=True)
        values = ["".join(source.choices(letters, k=18)) for _ in range(2)]
        text = "import os\n\n" + "".join(f'{name}_PASSWORD = "{value}"\n' for name, value in zip(["DB", "MAIL"], values))
        place.write_text(text)
    pathlib.Path(folder, "requirements.txt").write_text("requests==2.32.3\n")


def served(options, home):
    """`arnify serve` over the vault in `home`, and its address."""
    server = subprocess.Popen([options.arnify, "serve", "--port", "0"], env=apart(home), cwd=home,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return server, server.stdout.readline().split()[-1]


def apart(home, **more):
    """An environment without accounts and folders of the person who runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ARNIFY_", "XDG_"))}
    return {**kept, "HOME": str(home), "ARNIFY_HOME": str(home / "arnify"), **more}


def apply(options):
    for place in ["local vault", "loopback endpoint"]:
        with tempfile.TemporaryDirectory() as folder:
            tree_folder, home = pathlib.Path(folder, "tree"), pathlib.Path(folder, "home")
            tree_folder.mkdir()
            home.mkdir()
            credentials(tree_folder)
            if place == "local vault":
                carried_out(options, place, tree_folder, apart(home, ARNIFY_STORE="local"))
                continue
            server, address = served(options, home)
            try:
                env = apart(home, ARNIFY_STORE="aws", AWS_REGION="us-east-1", AWS_ACCESS_KEY_ID="local",
                            AWS_SECRET_ACCESS_KEY="local", AWS_ENDPOINT_URL_SECRETS_MANAGER=address)
                carried_out(options, place, tree_folder, env)
            finally:
                server.terminate()
                _, _, used = os.wait4(server.pid, 0)
                server.returncode = 0
                print(f"  the server's own processor time: {used.ru_utime + used.ru_stime:.2f} s")


def carried_out(options, place, tree_folder, env):
    got = run([options.arnify, "apply", "--write", "-y"], str(tree_folder), env)
    left = sum('_PASSWORD = "' in f.read_text() for f in tree_folder.rglob("*.py"))
    if got["code"] != 0:
        print(got["text"][-2000:])
    print(f"{place}: exit {got['code']}; {500 - left} of 500 files rewritten; wall {got['wall']:.2f} s, "
          f"processor {got['cpu']:.2f} s, peak {got['peak']:.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["tree", "start", "staged", "history", "worst", "apply"])
    parser.add_argument("path", nargs="?", default=".", help="the folder or repository; the current one by default")
    parser.add_argument("--arnify", default=str(ROOT / "target/release/arnify"), help="the built program")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command (default 3)")
    options = parser.parse_args()
    if not shutil.which(options.arnify):
        sys.exit(f"{options.arnify} is not there: `cargo build --release --locked` builds it")
    machine()
    globals()[options.what](options)


if __name__ == "__main__":
    main()
