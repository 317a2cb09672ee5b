"""A kit so small that it is made and installed in a second: two wheels of a few lines, and the real installer.

What a version does in its self-test is said by the environment: `TINY_FAILS`, or `TINY_WAITS` with a pipe to wait at.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import kit  # noqa: E402
import kit_making  # noqa: E402
from kit_making import Kit, Request  # noqa: E402
from kit_wheels import TARGETS, Target, Wanted  # noqa: E402

HERE = TARGETS[kit._own_platform()]
PYTHON = "{}.{}".format(*sys.version_info)
COMMAND_LINE = """
import json, os, sys
def main():
    if sys.argv[1:] == ["--help"]:
        print("usage: station")
    else:
        print(json.dumps([VERSION, sys.flags.utf8_mode, sys.flags.safe_path, __file__, os.getcwd(), sys.argv[1:]]))
    return 0
if __name__ == "__main__":
    sys.exit(main())
"""
SELF_TEST = """
import os, sys
if "TINY_WAITS" in os.environ:
    open(os.environ["TINY_WAITS"], "w").close()  # tells the test that it is here
    open(os.environ["TINY_WAITS"]).read()
sys.exit("the tiny self-test fails" if "TINY_FAILS" in os.environ else 0)
"""


def wheel(folder: Path, name: str, version: str, files: dict[str, str], tag: str = "py3-none-any") -> Path:
    """A wheel of these files."""
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{name}-{version}.dist-info"
    files = files | {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in files.items())
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as opened:
        for inside, text in {**files, f"{about}/RECORD": record + f"{about}/RECORD,,\n"}.items():
            opened.writestr(zipfile.ZipInfo(inside, (2026, 1, 2, 0, 0, 0)), text)
    return path


def lock(folder: Path, *wheels: Path) -> Path:
    """A lock that pins these wheels."""
    path = folder / "lock.txt"
    lines = []
    for each in wheels:
        name, version = each.name.split("-")[:2]
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(each.read_bytes()).hexdigest()}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def small_kit(folder: Path, version: str = "0.1.0", target: Target = HERE, **more: object) -> Kit:
    """A kit of one tiny package and a tiny station with a tiny self-test, in a folder of its own."""
    made = as_made(folder, version, target, **more)
    (made.folder / "parts" / "self_test.py").write_text(SELF_TEST, encoding="utf-8")
    retold(made, version=version)
    return made


def as_made(folder: Path, version: str = "0.1.0", target: Target = HERE, **more: object) -> Kit:
    """The same, exactly as it was made."""
    tiny = wheel(folder / "source", "tiny", "1.0", {"tiny.py": "answer = 42\n"})

    def fetch(_packages: list[Wanted], _target: Target, _python: str, _glibc: str, to: Path) -> None:
        shutil.copy2(tiny, to)

    def own(_root: Path, to: Path, _epoch: int) -> tuple[Path, list[str]]:
        program = COMMAND_LINE.replace("VERSION", repr(version))
        files = {"screens/__init__.py": "", "screens/command_line.py": program}
        return wheel(to, "village_counter", version, files), []

    request = Request(target=target, out=folder, glibc="2.17", lock=lock(folder, tiny), **more)  # type: ignore[arg-type]
    return kit_making.make(request, fetch, own)


def retold(made: Kit, **facts: str) -> None:
    """The kit with other facts, and a list of hashes that says so."""
    text = kit_making.facts_text(made.facts | facts)
    (made.folder / "parts" / "kit.txt").write_text(text, encoding="ascii")
    kit_making.write_sums(made.folder)


class Computer:
    """Somebody's computer: a home, and programs that say what it is."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.programs = folder / "programs"
        self.prefix = self.home / ".local" / "share" / "village-counter"
        self.station = self.home / ".local" / "bin" / "station"
        self.home.mkdir(parents=True)
        self.programs.mkdir()
        self.has("id", "echo 1000")  # an ordinary account, also where the tests run as root

    def has(self, name: str, script: str) -> None:
        """A program of this name that does only that."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        """What a shell has there."""
        path = os.pathsep.join([str(self.programs), "/usr/local/bin", "/usr/bin", "/bin"])
        return {"HOME": str(self.home), "PATH": path, "PYTHONPATH": "/nowhere", **more}

    def command(self, made: Kit, *arguments: str) -> list[str]:
        """The installer of a kit, with the Python of the tests."""
        return ["sh", str(made.folder / "install.sh"), "--python", sys.executable, *arguments]

    def install(self, made: Kit, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs the installer to its end."""
        return self._run(self.command(made, *arguments), **more)

    def says(self, *arguments: str) -> str:
        """What the installed station says."""
        done = self._run([str(self.station), *arguments])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environment(**more),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
