"""Our own wheel, built twice from clean copies of the tree: both must be the same byte for byte, and lack nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from kit_wheels import KitTrouble, sha256

PACKAGES = ("station", "sync", "screens")
BESIDE = ("pyproject.toml", "README.md", "LICENSE")
EPOCH = 315_619_200  # 2 January 1980: the first day that a zip can hold wherever one is


def build(root: Path, folder: Path, epoch: int) -> tuple[Path, list[str]]:
    """Puts the wheel into the folder; returns it and what of the tree is not in it. KitTrouble where two differ."""
    folder.mkdir(parents=True, exist_ok=True)
    first, second = (folder.parent / f"clean-{place}" for place in (1, 2))
    _copy(root, first / "tree", _sources(root))
    _copy(first / "tree", second / "tree", _sources(first / "tree"))  # somebody may be at work in the tree itself
    made = [_built(clean, epoch) for clean in (first, second)]
    if sha256(made[0]) != sha256(made[1]):
        raise KitTrouble("two builds of the same tree gave two wheels: the build is not reproducible")
    wheel = folder / made[0].name
    shutil.copyfile(made[0], wheel)
    lacking = _missing(first / "tree", wheel)
    for clean in (first, second):
        shutil.rmtree(clean)
    return wheel, lacking


def epoch_of(root: Path) -> int:
    """The time that stands in what is built: SOURCE_DATE_EPOCH, else of the last commit, else a fixed one."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return max(int(given), EPOCH)
    said = _git(root, "log", "-1", "--format=%ct")
    return max(int(said), EPOCH) if said.isdigit() else EPOCH


def source_of(root: Path) -> str:
    """The commit that the kit is made from, with a `+` where the tree has changed since."""
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    return (commit + ("+" if _git(root, "status", "--porcelain") else "")) if commit else "unknown"


def _copy(root: Path, tree: Path, names: list[str]) -> None:
    for name in names:
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
        target.chmod(0o644)


def _built(clean: Path, epoch: int) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--no-input", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", "--wheel-dir", str(clean / "wheel"), str(clean / "tree")]
    done = subprocess.run(
        command, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise KitTrouble("our own wheel cannot be built:\n" + "\n".join(done.stderr.splitlines()[-8:]))
    return next((clean / "wheel").glob("*.whl"))


def _sources(root: Path) -> list[str]:
    """What a wheel is made of, without what lies about: as git has it, else as the folders have it."""
    listed = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    if listed == [""]:
        below = (path for package in PACKAGES for path in (root / package).rglob("*"))
        listed = [path.relative_to(root).as_posix() for path in below if "__pycache__" not in path.parts]
    kept = [name for name in listed if name.split("/")[0] in PACKAGES and (root / name).is_file()]
    return sorted([*kept, *(name for name in BESIDE if (root / name).is_file())])


def _missing(root: Path, wheel: Path) -> list[str]:
    """Files of the packages that the build left out: what pyproject.toml does not name as package data."""
    with zipfile.ZipFile(wheel) as opened:
        inside = set(opened.namelist())
    return [name for name in _sources(root) if "/" in name and name not in inside]


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
