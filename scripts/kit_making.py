"""From a request to a kit: wheels, interpreter, papers, installer, the list of hashes, the archive.

Everything is made in a folder beside the kit and renamed at the end: what is there under the kit's name is whole.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import kit_python
import kit_sheet
import kit_wheel_of_ours as ours
import kit_wheels as wheels
from kit_archive import tar, zipped
from kit_python import Packed
from kit_sheet import Enrolment
from kit_wheels import KitTrouble, Target, Wanted, sha256

from screens.words import Words

ROOT = Path(__file__).resolve().parent.parent
SUMS = "SHA256SUMS"
DEMO_CATALOGUE = ROOT / "station" / "demo" / "catalog_seed.json"
ROOM_MB = 30  # beside what is counted: pip's own work, and the clerk's
MEGABYTE = 2**20
UTF8_MARK = "\ufeff"  # without it Windows takes a script for the local code page

Fetch = Callable[[list[Wanted], Target, str, str, Path], None]
Own = Callable[[Path, Path, int], tuple[Path, list[str]]]


class Request(NamedTuple):
    """What kit is asked for."""

    target: Target
    out: Path
    glibc: str
    python: str | None = None  # of the target's own; None: that of this program, or of the packed one
    prefix: Path | None = None  # of the interpreter that is carried
    catalogue: Path | None = None
    lang: str = "zh-Hans"
    enrolment: Enrolment = Enrolment()
    lock: Path = ROOT / "locks" / "station.txt"


class Kit(NamedTuple):
    """A kit that lies on the disk."""

    folder: Path
    archive: Path
    facts: dict[str, str]
    wheels: int
    wheel_bytes: int
    packed: Packed | None
    lacking: list[str]
    secret: bool


def make(request: Request, fetch: Fetch = wheels.fetch, own: Own = ours.build) -> Kit:
    """Makes the folder and the archive. KitTrouble, OSError; then nothing is there under the kit's name."""
    request.enrolment.check()
    version = _version()
    name = f"village-counter-{version}-{request.target.name}"
    suffix = ".zip" if request.target.windows else ".tar.gz"
    folder, archive = request.out / name, request.out / f"{name}{suffix}"
    for path in (folder, archive):
        if path.exists():
            raise KitTrouble(f"{path} is there already; it is not written over")
    request.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=request.out, prefix=".making-") as place:
        made = _fill(request, Path(place), name, version, fetch, own)
        secret = bool(request.enrolment.code)
        packed = (zipped if suffix == ".zip" else tar)(made.folder, Path(place) / archive.name, _epoch(), inside=name)
        packed.chmod(kit_sheet.SECRET if secret else 0o644)
        made.folder.rename(folder)
        packed.rename(archive)
    return made._replace(folder=folder, archive=archive, secret=secret)


def sheet_alone(request: Request) -> str:
    """Only the sheet, for one more station that gets a kit which is there already. Never written over."""
    request.enrolment.check()
    request.out.mkdir(parents=True, exist_ok=True)
    path = request.out / f"{kit_sheet.NAME}.txt"
    if path.exists():
        raise KitTrouble(f"{path} is there already; it is not written over")
    _sheet(request, request.out, _version())
    return f"{path} and .pdf: for their owner only, and SECRET with a code"


def report(kit: Kit) -> str:
    """What was made, for who made it."""
    size = sum(path.stat().st_size for path in kit.folder.rglob("*") if path.is_file())
    facts = kit.facts
    needs = f"glibc {facts['glibc'] or '-'}, Python {facts['python']}, {facts['needs_mb']} MB on the target"
    lines = [
        f"{kit.folder}  {_mb(size)}",
        f"  {kit.wheels} wheels, {_mb(kit.wheel_bytes)}; needs {needs}",
        f"{kit.archive}  {_mb(kit.archive.stat().st_size)}",
        f"  sha256 {sha256(kit.archive)}",
    ]
    if kit.packed:
        carried = (kit.folder / "parts" / kit.facts["packed"]).stat().st_size
        beside = " ".join(kit.packed.libraries) or "no library"
        lines.append(f"  carries Python {kit.packed.version}, {_mb(carried)}, with {beside}")
    else:
        lines.append(f"  carries no Python: the target needs its own {kit.facts['python']}")
    if kit.secret:
        lines.append(
            "  SECRET: folder and archive hold the one-time code. A FAT stick keeps no rights: hand it over in person."
        )
    if kit.lacking:
        lines.append(f"  not in our wheel (pyproject.toml does not name them): {', '.join(kit.lacking)}")
    return "\n".join(lines)


def write_sums(folder: Path) -> None:
    """The hash of every file, in the form that `sha256sum -c` reads."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256(folder / name)}  {name}\n" for name in files if name != SUMS]
    (folder / SUMS).write_text("".join(lines), encoding="ascii", newline="\n")


def facts_text(facts: dict[str, str]) -> str:
    """`kit.txt`, which every installer can read."""
    return "".join(f"{name}={value}\n" for name, value in facts.items())


def _fill(request: Request, place: Path, name: str, version: str, fetch: Fetch, own: Own) -> Kit:
    folder = place / name
    parts = folder / "parts"
    (parts / "wheels").mkdir(parents=True)
    packed = kit_python.pack(request.prefix, request.target, parts, _epoch()) if request.prefix else None
    python = _python(request, packed)
    lock = wheels.wanted(request.lock.read_text(encoding="utf-8"), request.target, python)
    fetch(lock, request.target, python, request.glibc, parts / "wheels")
    found = wheels.checked(parts / "wheels", lock)
    our_wheel, lacking = own(ROOT, place / "own", _epoch())
    found["village-counter"] = Path(shutil.copy2(our_wheel, parts / "wheels"))
    pip = packed.pip if packed else kit_python.pip_of(Path(sysconfig.get_path("stdlib")))
    shutil.copyfile(pip, parts / pip.name)
    (parts / "requirements.txt").write_text(wheels.requirements(found), encoding="ascii", newline="\n")
    _papers(request, folder, version)
    facts = _facts(request, version, python, packed, list(found.values()), parts)
    _installer(request.target, folder, facts)
    facts["files"] = str(sum(path.is_file() for path in folder.rglob("*")) + 1)
    (parts / "kit.txt").write_text(facts_text(facts), encoding="ascii", newline="\n")
    _plain_rights(folder)
    write_sums(folder)
    size = sum(path.stat().st_size for path in found.values())
    return Kit(folder, folder, facts, len(found), size, packed, lacking, secret=False)


def _python(request: Request, packed: Packed | None) -> str:
    own = "{}.{}".format(*sys.version_info)
    if packed and request.python not in (None, packed.python):
        raise KitTrouble(f"--python-version {request.python}, but the Python to be carried is {packed.version}")
    return packed.python if packed else request.python or own


def _facts(
    request: Request, version: str, python: str, packed: Packed | None, found: list[Path], parts: Path
) -> dict[str, str]:
    """What the installer must know. `build` names the program that is installed, whatever papers lie beside it."""
    needs = sum(map(wheels.unpacked_bytes, found)) + (packed.bytes if packed else 0)
    glibc = wheels.glibc_of(found)
    if packed and packed.glibc:
        glibc = max(glibc, packed.glibc, key=_numbers)
    content = (parts / "requirements.txt").read_bytes() + (packed.file.read_bytes() if packed else b"")
    return {
        "format": "1",
        "version": version,
        "build": hashlib.sha256(content).hexdigest()[:8],
        "source": ours.source_of(ROOT),
        "platform": request.target.name,
        "python": python,
        "packed": packed.file.name if packed else "",
        "glibc": "" if request.target.windows else glibc,
        "needs_mb": str(needs // MEGABYTE + ROOM_MB),
    }


def _papers(request: Request, folder: Path, version: str) -> None:
    words = Words.of(request.lang)
    _sheet(request, folder, version)
    if request.enrolment.ca:
        (folder / "ca.crt").write_text(request.enrolment.ca, encoding="ascii", newline="\n")
    data = (request.catalogue or DEMO_CATALOGUE).read_bytes()
    (folder / "catalogue").mkdir()
    (folder / "catalogue" / "catalogue.json").write_bytes(data)
    _write(folder / "catalogue" / "items.txt", kit_sheet.catalogue_text(data, words), windows=request.target.windows)


def _sheet(request: Request, folder: Path, version: str) -> None:
    words = Words.of(request.lang)
    paper = kit_sheet.sheet(request.enrolment, request.target, version, words)
    kit_sheet.write_sheet(folder, paper, words, windows=request.target.windows)


def _installer(target: Target, folder: Path, facts: dict[str, str]) -> None:
    templates = ROOT / "scripts" / "kit"
    for name, goes_to in (("kit_install.py", "install.py"), ("kit_self_test.py", "self_test.py")):
        shutil.copyfile(ROOT / "scripts" / name, folder / "parts" / goes_to)
    names = ["install.ps1", "install.cmd"] if target.windows else ["install.sh"]
    for name in names:
        _write(folder / name, (templates / name).read_text(encoding="utf-8"), windows=target.windows)
    readme = (templates / ("README-windows.txt" if target.windows else "README-linux.txt")).read_text(encoding="utf-8")
    python = f"Python {facts['python']}"
    own = f"自带 {python} / carried" if facts["packed"] else f"本机须有 {python} / the computer's own"
    _write(folder / "README.txt", readme.format(**facts, own_python=own), windows=target.windows)


def _write(path: Path, text: str, *, windows: bool) -> None:
    """A text as its system reads it. A .cmd takes no mark: it would be its first command."""
    mark = UTF8_MARK if windows and path.suffix != ".cmd" else ""
    path.write_text(mark + text, encoding="utf-8", newline="\r\n" if windows else "\n")


def _plain_rights(folder: Path) -> None:
    """Whatever the umask of who made it: readable, and the sheet for its owner."""
    for path in folder.rglob("*"):
        secret = path.name.startswith(kit_sheet.NAME)
        path.chmod(0o755 if path.is_dir() else kit_sheet.SECRET if secret else 0o644)


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _epoch() -> int:
    return ours.epoch_of(ROOT)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB"
