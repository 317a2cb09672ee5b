"""The wheels of a kit: which ones of the lock a platform needs, fetched with pip, each held against the lock's hashes.

pip reads markers with the interpreter that runs it, also when it downloads for another platform; so they are read here.
Where packages come from is the business of the ordinary pip settings: a mirror, or a folder without a network.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))?(?= --hash)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_")
_OLD_NAMES = {"manylinux1_": (2, 5), "manylinux2010_": (2, 12), "manylinux2014_": (2, 17)}
_OLDEST_GLIBC = 5  # 2.5: manylinux1


class KitTrouble(Exception):
    """The kit cannot be made: a sentence for who makes it."""


class Target(NamedTuple):
    """The computers that a kit is for."""

    name: str
    system: str  # `platform.system()` there
    machine: str  # `platform.machine()` there

    @property
    def windows(self) -> bool:
        """Whether it is a Windows."""
        return self.system == "Windows"


class Wanted(NamedTuple):
    """One package of the lock that a target needs."""

    name: str
    version: str
    hashes: frozenset[str]


TARGETS = {
    target.name: target
    for target in (
        Target("linux-x86_64", "Linux", "x86_64"),
        Target("linux-aarch64", "Linux", "aarch64"),
        Target("windows-amd64", "Windows", "AMD64"),
    )
}


def wanted(lock: str, target: Target, python: str) -> list[Wanted]:
    """What of the lock's text the target needs under that Python (`3.11`)."""
    found = []
    for line in lock.replace("\\\n", " ").splitlines():
        pin = _PIN.match(re.sub(r" +", " ", line))
        if pin is None:
            if line.strip():
                raise KitTrouble(f"the lock has a line that is no pin with hashes: {line.strip()[:60]}")
            continue
        name, version, marker = pin.groups()
        if marker is None or Marker(marker).evaluate(_environment(target, python)):
            found.append(Wanted(canonicalize_name(name), version, frozenset(_HASH.findall(line))))
    return found


def fetch(packages: list[Wanted], target: Target, python: str, glibc: str, folder: Path) -> None:
    """Has pip bring the wheels, hashes required. KitTrouble with pip's last words."""
    asked = folder.parent / "asked.txt"
    asked.write_text("".join(map(_requirement, packages)), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--implementation", "cp", "--python-version", python]
    for tag in tags(target, glibc):
        command += ["--platform", tag]
    command += ["--dest", str(folder), "-r", str(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    asked.unlink()
    if done.returncode != 0:
        raise KitTrouble("pip could not bring the wheels:\n" + "\n".join(done.stderr.splitlines()[-8:]))


def checked(folder: Path, packages: list[Wanted]) -> dict[str, Path]:
    """The wheel of each package, by name. KitTrouble where one is missing, foreign, or not as the lock has it."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        name = parse_wheel_filename(path.name)[0]
        if name in found:
            raise KitTrouble(f"two wheels of {name}")
        found[name] = path
    for package in packages:
        wheel = found.get(package.name)
        if wheel is None:
            raise KitTrouble(f"no wheel of {package.name}")
        if sha256(wheel) not in package.hashes:
            raise KitTrouble(f"{wheel.name} is not what the lock has: its hash differs")
        if str(parse_wheel_filename(wheel.name)[1]) != package.version:
            raise KitTrouble(f"{wheel.name} is not version {package.version}")
    if foreign := set(found) - {package.name for package in packages}:
        raise KitTrouble(f"wheels that nobody asked for: {', '.join(sorted(foreign))}")
    return found


def requirements(wheels: dict[str, Path]) -> str:
    """What the kit's pip is given: each package by the one hash of the wheel that lies in the kit."""
    lines = (
        _requirement(Wanted(name, str(parse_wheel_filename(path.name)[1]), frozenset({sha256(path)})))
        for name, path in sorted(wheels.items())
    )
    return "".join(lines)


def tags(target: Target, glibc: str) -> list[str]:
    """The platform tags that run there, for a glibc of that version or newer."""
    if target.windows:
        return ["win_amd64"]
    newest = int(glibc.partition(".")[2])
    made = [f"manylinux_2_{minor}_{target.machine}" for minor in range(newest, _OLDEST_GLIBC - 1, -1)]
    return made + [f"{old}{target.machine}" for old, version in _OLD_NAMES.items() if version <= (2, newest)]


def glibc_of(wheels: list[Path]) -> str:
    """The oldest glibc with which all of the wheels work, as their names promise."""
    needs = [(2, _OLDEST_GLIBC), *filter(None, map(_glibc_of, wheels))]
    return "{}.{}".format(*max(needs))


def unpacked_bytes(wheel: Path) -> int:
    """What a wheel takes on the disk once it is installed and compiled."""
    with zipfile.ZipFile(wheel) as opened:
        return sum(_with_code(entry.filename, entry.file_size) for entry in opened.infolist())


def sha256(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _with_code(name: str, size: int) -> int:
    """Byte code is about as large as its source; a file takes whole blocks of 4 KiB."""
    whole = -(-size // 4096) * 4096
    return whole * 2 if name.endswith(".py") else whole


def _requirement(package: Wanted) -> str:
    hashes = "".join(f" --hash=sha256:{each}" for each in sorted(package.hashes))
    return f"{package.name}=={package.version}{hashes}\n"


def _environment(target: Target, python: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "nt" if target.windows else "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": target.system,
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "win32" if target.windows else "linux",
        "extra": "",
    }


def _glibc_of(wheel: Path) -> tuple[int, int] | None:
    """The least that one of its tags asks for; None for a wheel of pure Python."""
    return min(_asked_by(wheel.name.rpartition("-")[2]), default=None)


def _asked_by(tag: str) -> Iterator[tuple[int, int]]:
    for each in tag.split("."):
        if found := _GLIBC.match(each):
            yield int(found[1]), int(found[2])
        yield from (version for old, version in _OLD_NAMES.items() if each.startswith(old))
