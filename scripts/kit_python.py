"""The interpreter that a kit carries: a tree that is copied thin, with every library that is not glibc beside it.

For Linux the libraries lie in its `lib/` and the program finds them by a run path of its own. Takes a prefix that was
built to be moved, or one of pyenv built with a shared library; never the system's own Python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import NamedTuple

import kit_elf
from kit_archive import tar, zipped
from kit_wheels import KitTrouble, Target

# Of the standard library: what a station never starts. Its own tests and the libraries of graphics are most of it.
LEFT_OUT = {
    *("__pycache__", "site-packages", "dist-packages", "test", "tests", "idle_test", "idlelib", "tkinter"),
    *("turtledemo", "turtle.py", "lib2to3", "ensurepip", "pydoc_data", "msilib"),
}
LEFT_OUT_MODULES = re.compile(
    r"(_tkinter|nis|_crypt|_curses(_panel)?|readline|_gdbm|_dbm|_?ctypes_test|_test\w*|_xx\w*test\w*|xxlimited\w*|xxsubtype|"
    r"ossaudiodev|spwd)\."
)
LEFT_OUT_ENDS = (".pyc", ".pyo", ".a", ".exe", ".lib", ".pdb")
# What belongs to glibc and to the kernel: always the system's.
SYSTEM = re.compile(r"(ld-linux[\w-]*|linux-vdso|linux-gate|lib(c|m|pthread|dl|rt|util|resolv|anl|mvec))\.so\.\d+")
# What a station needs of it, tried where the tree was moved to.
TRIED = "import bz2, ctypes, decimal, hashlib, lzma, sqlite3, ssl, uuid, venv, zlib, zoneinfo, xml.parsers.expat"


class Packed(NamedTuple):
    """An interpreter that lies in the kit."""

    file: Path
    version: str  # 3.11.7
    glibc: str  # empty for Windows
    bytes: int  # once unpacked and compiled
    libraries: tuple[str, ...]  # those of the system that it carries
    pip: Path  # the wheel that came with it

    @property
    def python(self) -> str:
        """The part of the version that wheels are made for."""
        return ".".join(self.version.split(".")[:2])


def pack(prefix: Path, target: Target, folder: Path, epoch: int) -> Packed:
    """Puts the interpreter into the folder as one file. KitTrouble where it cannot be moved."""
    prefix = prefix.resolve()
    if prefix in (Path("/usr"), Path("/usr/local"), Path("/")):
        raise KitTrouble(f"{prefix} is the system's own Python; it cannot be moved. Name the prefix of another one.")
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "python"
        return _windows(prefix, tree, folder, epoch) if target.windows else _linux(prefix, target, tree, folder, epoch)


def pip_of(library: Path) -> Path:
    """The pip that a Python brings for its own environments."""
    found = sorted((library / "ensurepip" / "_bundled").glob("pip-*.whl"))
    if not found and library == Path(sysconfig.get_path("stdlib")):
        found = sorted(Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "").glob("pip-*.whl"))  # Debian's place for it
    if not found:
        raise KitTrouble(f"{library} brings no pip: take a Python with ensurepip to make the kit")
    return found[-1]


def _linux(prefix: Path, target: Target, tree: Path, folder: Path, epoch: int) -> Packed:
    program, library = _found(prefix)
    version = _version(prefix)
    name = f"python{'.'.join(version.split('.')[:2])}"
    (tree / "bin").mkdir(parents=True)
    shutil.copy2(program, tree / "bin" / name)
    for other in ("python3", "python"):
        (tree / "bin" / other).symlink_to(name)
    shutil.copytree(library, tree / "lib" / name, symlinks=True, ignore=_left_out)
    for shared in prefix.glob("lib/libpython*.so*"):
        shutil.copy2(shared, tree / "lib" / shared.name, follow_symlinks=False)
    libraries = _gather(tree, prefix, target)
    _strip(tree)
    programs = [path for path in _files(tree) if kit_elf.is_elf(path)]
    newest = max(kit_elf.newest_glibc(path.read_bytes()) for path in programs)
    _try(tree, target)
    file = tar(tree, folder / f"python-{version}.tar.gz", epoch, inside="")
    glibc = "{}.{}".format(*newest)
    return Packed(file, version, glibc, _bytes(tree), libraries, pip_of(library))


def _windows(prefix: Path, tree: Path, folder: Path, epoch: int) -> Packed:
    library = prefix / "Lib"
    if not (prefix / "python.exe").is_file() or not (library / "venv").is_dir():
        raise KitTrouble(f"{prefix} is no whole Python for Windows: python.exe or Lib/venv is missing")
    for path in sorted(prefix.iterdir()):
        if path.is_dir() and path.name in ("Lib", "DLLs"):
            shutil.copytree(path, tree / path.name, ignore=_left_out)
        elif path.suffix in (".exe", ".dll") or path.name == "LICENSE.txt":
            tree.mkdir(exist_ok=True)
            shutil.copy2(path, tree / path.name)
    launchers = tree / "Lib" / "venv" / "scripts" / "nt"  # an environment on Windows starts through these
    shutil.copytree(library / "venv" / "scripts" / "nt", launchers, dirs_exist_ok=True)
    version = _version(prefix)
    file = zipped(tree, folder / f"python-{version}.zip", epoch, inside="")
    return Packed(file, version, "", _bytes(tree), (), pip_of(library))


def _found(prefix: Path) -> tuple[Path, Path]:
    """The program and its library below a prefix."""
    for library in sorted(prefix.glob("lib/python3.*"), reverse=True):
        program = prefix / "bin" / library.name
        if program.is_file() and (library / "os.py").is_file() and (library / "venv").is_dir():
            return program.resolve(), library
    raise KitTrouble(f"there is no whole Python below {prefix} (bin/python3.x, lib/python3.x with venv)")


def _version(prefix: Path) -> str:
    """The version, from the header that every build brings."""
    for header in prefix.rglob("patchlevel.h"):
        text = header.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r'#define PY_VERSION\s+"(\d+\.\d+\.\d+)', text):
            return found[1]
    raise KitTrouble(f"the version of the Python at {prefix} cannot be told (no patchlevel.h)")


def _left_out(folder: str, names: list[str]) -> list[str]:
    dynamic = Path(folder).name in ("lib-dynload", "DLLs")
    return [
        name
        for name in names
        if name in LEFT_OUT
        or name.endswith(LEFT_OUT_ENDS)
        or name.startswith("config-3")
        or (dynamic and LEFT_OUT_MODULES.match(name))
    ]


def _gather(tree: Path, prefix: Path, target: Target) -> tuple[str, ...]:
    """Puts the libraries beside the interpreter and tells it where they are. Returns those of the system."""
    programs = [path for path in _files(tree) if kit_elf.is_elf(path)]
    machines = {kit_elf.machine(path.read_bytes()) for path in programs}
    if machines != {target.machine}:
        raise KitTrouble(
            f"this Python is for {', '.join(sorted(machines)) or 'no known processor'}, not for {target.machine}"
        )
    carried: dict[str, Path] = {}
    for path in programs:
        lacking = [
            name for name in kit_elf.needed(path.read_bytes()) if not _at_hand(name, tree) and name not in carried
        ]
        if lacking:
            carried |= {name: at for name, at in _resolved(path, prefix, target).items() if not _at_hand(name, tree)}
    for name, at in carried.items():
        shutil.copyfile(at, tree / "lib" / name)
        (tree / "lib" / name).chmod(0o755)
    if carried or any((tree / "lib").glob("libpython*.so*")):
        _point(tree)
    return tuple(sorted(carried))


def _at_hand(name: str, tree: Path) -> bool:
    return SYSTEM.fullmatch(name) is not None or (tree / "lib" / name).exists()


def _resolved(path: Path, prefix: Path, target: Target) -> dict[str, Path]:
    """Where the system finds the libraries of a program and of its libraries."""
    if os.uname().machine != target.machine:
        raise KitTrouble(f"{path.name} needs libraries of its system; pack it on a {target.machine}")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(prefix / "lib")}
    done = subprocess.run(["ldd", str(path)], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or "not found" in done.stdout:
        raise KitTrouble(f"a library of {path.name} is not on this system:\n{done.stdout}{done.stderr}")
    return {name: Path(at) for name, at in re.findall(r"^\s*(\S+) => (/\S+)", done.stdout, re.MULTILINE)}


def _point(tree: Path) -> None:
    """The program looks beside itself first, on behalf of all that it loads; nothing else has a path of its own."""
    for path in (each for each in _files(tree) if kit_elf.is_elf(each)):
        data = path.read_bytes()
        own = path.parent.name == "bin"
        built_so = (kit_elf.run_path(data) or "").startswith("$ORIGIN")
        if not built_so:
            path.write_bytes(kit_elf.with_run_path(data, "$ORIGIN/../lib") if own else kit_elf.without_run_path(data))


def _strip(tree: Path) -> None:
    """Names for debuggers are three quarters of a library. Without `strip` they stay, and the kit is larger."""
    tool = shutil.which("strip")
    if tool is None:
        print("no `strip` here: the packed Python is larger than it need be", file=sys.stderr)
        return
    for path in (each for each in _files(tree) if kit_elf.is_elf(each)):
        mode = path.stat().st_mode
        path.chmod(0o755)
        done = subprocess.run([tool, "--strip-unneeded", str(path)], capture_output=True, text=True, check=False)
        path.chmod(mode)
        if done.returncode != 0:
            raise KitTrouble(f"strip failed on {path.name}: {done.stderr.strip()}")


def _try(tree: Path, target: Target) -> None:
    """Starts it where it is now, with nothing of its old place, if this computer can."""
    if os.uname().machine != target.machine:
        print(f"the Python for {target.name} is packed and was not tried here", file=sys.stderr)
        return
    command = [str(tree / "bin" / "python3"), "-I", "-X", "utf8", "-c", f"{TRIED}; print('good')"]
    done = subprocess.run(command, env={"PATH": os.defpath}, capture_output=True, text=True, check=False)
    if done.stdout.strip() != "good":
        raise KitTrouble(f"the packed Python does not work where it is moved to:\n{done.stderr.strip()[-800:]}")
    loaded = _loaded(tree)
    if strangers := sorted(
        name for name in loaded if not name.startswith(str(tree)) and not SYSTEM.search(Path(name).name)
    ):
        raise KitTrouble(f"the packed Python still takes libraries of this system: {', '.join(strangers)}")
    for cached in [path for path in tree.rglob("__pycache__") if path.is_dir()]:
        shutil.rmtree(cached)


def _loaded(tree: Path) -> set[str]:
    """The libraries that are in its memory once everything was imported."""
    code = f"{TRIED}; print(open('/proc/self/maps').read())"
    done = subprocess.run(
        [str(tree / "bin" / "python3"), "-I", "-B", "-c", code], capture_output=True, text=True, check=True, env={}
    )
    return {line.split()[-1] for line in done.stdout.splitlines() if ".so" in line and "/" in line}


def _files(tree: Path) -> list[Path]:
    return sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())


def _bytes(tree: Path) -> int:
    sizes = ((path.suffix, -(-path.stat().st_size // 4096) * 4096) for path in _files(tree))
    return sum(size * 2 if suffix == ".py" else size for suffix, size in sizes)
