"""Write the three lock files in `locks/`, or check them without a network (`--check`).

    station.txt   what a village laptop carries
    hub.txt       and what the hub needs, and what builds the project: this is what run.py installs
    dev.txt       and what the test command needs

The same version of a package stands in all three: dev.txt is resolved first and holds the other two. A lock names no
index and no download address, so it serves behind any mirror and from a folder of wheels. Run it with the environment's
Python: `.venv/bin/python scripts/lock.py [--upgrade]`.
"""

from __future__ import annotations

import argparse
import itertools
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("dev", "hub", "station")  # each holds all that those after it hold
EXTRAS: dict[str, tuple[str, ...]] = {"dev": ("hub", "dev"), "hub": ("hub",), "station": ()}
BUILT = ("dev", "hub")  # environments that install the project itself, so they carry what builds it
OLDEST_PYTHON = "3.11"

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


class Pin(NamedTuple):
    """One package of a lock: its version and the hashes of its files."""

    version: str
    hashes: frozenset[str]


def main(arguments: list[str] | None = None) -> int:
    """Write or check the locks. Exit code 1 if they do not hold what they promise."""
    parser = argparse.ArgumentParser(description="Write locks/*.txt, or check them.")
    parser.add_argument("--check", action="store_true", help="only check, without a network")
    parser.add_argument("--upgrade", action="store_true", help="take newer versions than those locked")
    options = parser.parse_args(arguments)
    if not options.check:
        write(upgrade=options.upgrade)
    troubles = check(ROOT)
    for trouble in troubles:
        print(trouble)
    if not troubles:
        print(", ".join(f"{name}.txt: {len(read(ROOT, name))} packages" for name in reversed(LOCKS)))
    return 1 if troubles else 0


def write(*, upgrade: bool) -> None:
    """Resolve the three locks with uv, the widest first."""
    build = "\n".join(_project(ROOT)["build-system"]["requires"])
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "build.in"
        built.write_text(build + "\n", encoding="utf-8")
        for name in LOCKS:
            _compile(name, built, upgrade=upgrade)


def _compile(name: str, built: Path, *, upgrade: bool) -> None:
    target = _file(ROOT, name)
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet", "--output-file", str(target)]
    command += ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    for extra in EXTRAS[name]:
        command += ["--extra", extra]
    if name in BUILT:
        command.append(str(built))
    if name != LOCKS[0]:
        command += ["--constraint", str(_file(ROOT, LOCKS[0]))]
    elif upgrade:
        command.append("--upgrade")
    subprocess.run(command, cwd=ROOT, check=True)


def check(root: Path) -> list[str]:
    """What is wrong with the locks below `root`, one sentence each."""
    pins = {name: read(root, name) for name in LOCKS}
    troubles = [f"locks/{name}.txt holds nothing" for name in LOCKS if not pins[name]]
    for wider, narrower in itertools.pairwise(LOCKS):
        for package, pin in pins[narrower].items():
            if pins[wider].get(package) != pin:
                troubles.append(f"{package} differs between locks/{wider}.txt and locks/{narrower}.txt")
    for name in LOCKS:
        troubles += _unlocked(root, name, pins[name])
        troubles += _addresses(root, name)
        troubles += [
            f"{package} has no hash in locks/{name}.txt" for package, pin in pins[name].items() if not pin.hashes
        ]
    return troubles


def read(root: Path, name: str) -> dict[str, Pin]:
    """The pins of one lock, by normalised name. A package may be pinned twice under two markers: both count."""
    pins: dict[str, Pin] = {}
    text = _file(root, name).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if found := _PIN.match(line):
            package = canonicalize_name(found[1])
            before = pins.get(package, Pin("", frozenset()))
            version = f"{before.version} {found[2]}".strip()
            pins[package] = Pin(version, before.hashes | frozenset(_HASH.findall(line)))
    return pins


def _unlocked(root: Path, name: str, pins: dict[str, Pin]) -> list[str]:
    """What pyproject.toml asks for and the lock does not give."""
    document = _project(root)
    asked = list(document["project"]["dependencies"])
    for extra in EXTRAS[name]:
        asked += document["project"]["optional-dependencies"][extra]
    if name in BUILT:
        asked += document["build-system"]["requires"]
    troubles = []
    for requirement in map(Requirement, asked):
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None:
            troubles.append(f"{requirement.name} is not in locks/{name}.txt: run scripts/lock.py")
        elif not all(requirement.specifier.contains(version, prereleases=True) for version in pin.version.split()):
            troubles.append(
                f"{requirement.name} is locked to {pin.version}, pyproject.toml asks for {requirement.specifier}"
            )
    return troubles


def _addresses(root: Path, name: str) -> list[str]:
    lines = _file(root, name).read_text(encoding="utf-8").splitlines()
    named = [
        number
        for number, line in enumerate(lines, 1)
        if "://" in line
        or " @ " in line
        or line.lstrip().startswith(("-i ", "--index", "--extra-index", "--find-links", "-f "))
    ]
    return [f"locks/{name}.txt names an address in line {number}" for number in named]


def _project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def _file(root: Path, name: str) -> Path:
    return root / "locks" / f"{name}.txt"


if __name__ == "__main__":
    sys.exit(main())
