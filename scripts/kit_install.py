"""Goes into the kit as `install.py`: makes one version, tries it, and moves the pointer to it last.

Standard library only, and nothing of the project: it runs before the project is there. `install.sh` and `install.ps1`
have compared every file with SHA256SUMS and found a Python before they start it: install.py KIT TARGET BIN.
"""

from __future__ import annotations

import compileall
import contextlib
import errno
import hashlib
import io
import os
import ssl
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path
from py_compile import PycInvalidationMode

TAIL_LINES = 12  # of a program's words when it failed: its reason, and not the whole screen
COMPLETE = "complete"
WINDOWS = os.name == "nt"
POINTER = "current.txt" if WINDOWS else "current"
# PYTHONSAFEPATH and PYTHONUTF8 hold for the programs that the station starts of itself as well.
LAUNCHER_SH = """#!/bin/sh
# village-counter: starts the version to which the pointer leads. The folder is resolved once: a program that runs
# goes on with its own files when the pointer is moved.
here=$(CDPATH='' cd -- {prefix}/current && pwd -P) || exit 1
unset PYTHONPATH PYTHONHOME
export PYTHONSAFEPATH=1 PYTHONUTF8=1 PYTHONNOUSERSITE=1 STATION_LAUNCHER={launcher}
exec "$here/env/bin/python" -X utf8 -m screens.command_line "$@"
"""
LAUNCHER_CMD = """@echo off
rem village-counter: starts the version to which the pointer leads.
setlocal
set PYTHONPATH=
set PYTHONHOME=
set PYTHONSAFEPATH=1
set PYTHONUTF8=1
set PYTHONNOUSERSITE=1
set /p HERE=<"%~dp0..\\current.txt"
"%~dp0..\\versions\\%HERE%\\env\\Scripts\\python.exe" -X utf8 -m screens.command_line %*
"""


class InstallTrouble(Exception):
    """The installation cannot go on: a sentence in Chinese and one in English."""


def main(arguments: list[str]) -> int:
    """Installs the kit. Exit code 0, or 1 with a sentence; then the version from before is still in force."""
    kit, target, programs = map(Path, arguments)
    begun = time.monotonic()
    try:
        install(kit, target, programs)
    except InstallTrouble as trouble:
        return _not_installed(*trouble.args)
    except OSError as trouble:
        if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
            return _not_installed("磁盘已满。请腾出空间再装。", "the disk is full. Make room and try again.")
        return _not_installed(f"读写失败：{trouble}", f"reading or writing failed: {trouble}")
    _say("", "")
    _say(f"装好了，用时 {time.monotonic() - begun:.0f} 秒。", f"Installed, in {time.monotonic() - begun:.0f} s.")
    _what_next(kit, programs)
    return 0


def install(kit: Path, target: Path, programs: Path) -> None:
    """Makes the version unless it is there whole, and puts it in force. Raises InstallTrouble, OSError."""
    launcher = _launcher_path(programs)
    if not (target / COMPLETE).exists():
        _make(kit / "parts", target)
        _say("3/4 自检（不用网络）……", "3/4 Self-test, without a network...")
        _run([str(python_of(target)), "-I", "-X", "utf8", str(kit / "parts" / "self_test.py")])
        _settle(target)
    _say("4/4 启用……", "4/4 Putting it in force...")
    _launch_from(launcher, target.parent.parent)
    before = pointed(target.parent.parent)
    point(target.parent.parent, target.name)
    try:
        _run([str(launcher), "--help"])
    except InstallTrouble:
        if before:
            point(target.parent.parent, before)
        else:
            (target.parent.parent / POINTER).unlink()
        raise


def python_of(target: Path) -> Path:
    """The Python of a version."""
    return target / "env" / ("Scripts/python.exe" if WINDOWS else "bin/python")


def pointed(prefix: Path) -> str:
    """The version in force; empty where there is none."""
    with contextlib.suppress(OSError):
        if WINDOWS:
            return (prefix / POINTER).read_text(encoding="ascii").strip()
        return (prefix / POINTER).readlink().name
    return ""


def point(prefix: Path, version: str) -> None:
    """Puts a version in force, in one step that a power cut cannot halve."""
    new = prefix / f"{POINTER}.new"
    new.unlink(missing_ok=True)
    if WINDOWS:
        new.write_text(version + "\r\n", encoding="ascii", newline="")
    else:
        new.symlink_to(Path("versions") / version)
    new.replace(prefix / POINTER)
    _sync(prefix)


def _make(parts: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    _say("1/4 安装程序包，逐个核对……", "1/4 Packages, each against its hash...")
    venv.EnvBuilder(with_pip=False, symlinks=not WINDOWS).create(target / "env")
    pip = next(parts.glob("pip-*.whl"), None)
    if pip is None:
        raise InstallTrouble("安装包里没有 pip。", "there is no pip in the kit.")
    command = [str(python_of(target)), "-I", "-X", "utf8", str(pip / "pip"), "install", "--isolated", "--no-input"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--no-index", "--no-deps", "--no-compile"]
    command += ["--require-hashes", "--find-links", str(parts / "wheels"), "-r", str(parts / "requirements.txt")]
    _run(command)
    _say("2/4 编译，让启动更快……", "2/4 Compiling, so that it starts faster...")
    _compile(target)


def _compile(target: Path) -> None:
    """Byte code that is never compared with its source: a version's files never change, and a village's clock may jump.

    What cannot be compiled (templates of packages) is left to itself; the self-test imports what matters.
    """
    folders = [Path(sysconfig.get_path("purelib", "venv", vars={"base": str(target / "env")}))]
    if (target / "python").is_dir():
        folders.append(Path(sysconfig.get_paths()["stdlib"]))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for folder in folders:
            compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def _settle(target: Path) -> None:
    """Everything onto the disk, then the mark that it is whole."""
    if hasattr(os, "sync"):
        os.sync()
    with (target / COMPLETE).open("w", encoding="ascii") as mark:
        mark.write("whole\n")
        mark.flush()
        os.fsync(mark.fileno())
    _sync(target)


def _launcher_path(programs: Path) -> Path:
    """Where the program `station` goes. What is there and not ours is left alone."""
    path = programs / ("station.cmd" if WINDOWS else "station")
    if path.exists() and "village-counter" not in path.read_text(encoding="utf-8", errors="replace"):
        raise InstallTrouble(f"{path} 是别的程序，没有覆盖。请用 --bin。", f"{path} is another program; use --bin.")
    return path


def _launch_from(path: Path, prefix: Path) -> None:
    """Writes the program `station`, the same for every version."""
    text = LAUNCHER_CMD if WINDOWS else LAUNCHER_SH.format(prefix=_quoted(str(prefix)), launcher=_quoted(str(path)))
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8", newline="\r\n" if WINDOWS else "\n")
    new.chmod(0o755)
    new.replace(path)
    _sync(path.parent)


def _run(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    done = subprocess.run(
        command,
        env={**environment, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        words = done.stdout.decode("utf-8", errors="replace").splitlines()
        if any("No space left" in line or os.strerror(errno.ENOSPC) in line for line in words):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _say("\n".join(words[-TAIL_LINES:]), "")
        raise InstallTrouble("上面是原因。", "the reason stands above.")


def _not_installed(chinese: str, english: str) -> int:
    sys.stdout.flush()
    print(f"未安装：{chinese}原来的版本没有动，可以继续用。", file=sys.stderr)
    print(f"Not installed: {english} The version from before is untouched and can be used.", file=sys.stderr)
    return 1


def _what_next(kit: Path, programs: Path) -> None:
    launcher = programs / "station"
    on_path = str(programs) in os.environ.get("PATH", "").split(os.pathsep)
    if not on_path and not WINDOWS:
        _say(
            f"还不能直接输入 station：请重新登录，或输入全名 {launcher}",
            f"`station` is not on PATH yet: log in again, or type {launcher}",
        )
    sheet = kit / "enrolment-sheet.txt"
    if sheet.exists():
        _say(f"下一步：照登记单做（{sheet}）。", f"Next: follow the enrolment sheet ({sheet}).")
    _say("第一步建本站：", "First, make the station:")
    _say("    station init --division 区划代码 --name 站名", "    station init --division CODE --name NAME")
    _say("有网络时登记：", "Then, where there is a network, enrol:")
    ca = kit / "ca.crt"
    named = f" --ca {_quoted(str(ca))}" if ca.exists() else ""
    _say(f"    station enrol 平台地址 登记码{named}", f"    station enrol HUB_URL CODE{named}")
    if ca.exists():
        _say(
            f"平台证书指纹，与登记单核对：{fingerprint(ca)}",
            f"Fingerprint of the hub's CA, compare it: {fingerprint(ca)}",
        )
    _say("打开界面：", "Open the screens:")
    print("    station")


def fingerprint(ca: Path) -> str:
    """SHA-256 of a certificate, in groups of four, as on the enrolment sheet."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(ca.read_text(encoding="ascii"))).hexdigest().upper()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def _say(chinese: str, english: str) -> None:
    for line in (chinese, english):
        if line:
            print(line, flush=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _sync(folder: Path) -> None:
    """The names in a folder onto the disk. Windows keeps them by itself."""
    if not WINDOWS:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


if __name__ == "__main__":
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
