"""The project's own environment in `.venv/`, made on first use from a lock whose every line carries hashes.

Standard library only. The stamp is written last: whatever ends a set-up half-way, the next start sees no valid stamp
and begins again. No package index is named here: where packages come from is the business of the ordinary pip settings.
All that is said goes to stderr, because stdout belongs to the program that follows.
"""

import contextlib
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# This file and those that import it parse on old Pythons too, so that those meet this sentence and not a SyntaxError.
if sys.version_info < (3, 11):  # noqa: UP036 - see above
    sys.stderr.write(
        "This program needs Python 3.11 or newer; this is %d.%d. 需要 Python 3.11 或更高版本。\n" % sys.version_info[:2]  # noqa: UP031
    )
    sys.exit(2)

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
CONTENTS = {"hub": ("hub", "dev"), "dev": ("dev",)}  # a lock, and the locks that hold everything it does
TAIL_LINES = 15  # of pip's words, when it failed: enough for its reason, short enough for a small terminal

_STAMP = VENV / "made-from"
_ALONE = VENV / "set-up.lock"
_UNFINISHED = "unfinished"
_ABOUT_A_PACKAGE = ("Collecting ", "Processing ", "Requirement already satisfied", "Ignoring ")  # how pip's lines begin


def ensure(lock: str) -> None:
    """Make `.venv/` hold what locks/`lock`.txt says and the `station` command. Quick where it already does."""
    if _made(lock):
        return
    try:
        VENV.mkdir(exist_ok=True)
        with _alone() as guard:
            if not _made(lock):  # another run may have made it while this one waited
                _make(lock, guard)
    except KeyboardInterrupt:
        say("\nInterrupted. The next start begins the set-up again.")
        sys.exit(130)
    except OSError as trouble:
        _fail(f"The environment in {VENV.name}/ cannot be made: {trouble}")


def program(name: str) -> str:
    """The path of a program of the environment."""
    return str(PROGRAMS / (name + ".exe" if os.name == "nt" else name))


def say(words: str, end: str = "\n") -> None:
    """Tell the person who waits."""
    print(words, end=end, file=sys.stderr, flush=True)


def _made(lock: str) -> bool:
    """Whether the stamp belongs to the locks as they are now, and to this folder: an environment cannot be moved."""
    stamp = _stamp()
    return stamp[:1] in [[name] for name in CONTENTS[lock]] and stamp == _stamp_for(stamp[0]) and PYTHON.exists()


def _stamp() -> list[str]:
    try:
        return _STAMP.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _stamp_for(lock: str) -> list[str]:
    content = hashlib.sha256()
    for path in (_lock_file(lock), ROOT / "pyproject.toml"):
        content.update(path.read_bytes())
    return [lock, content.hexdigest(), str(ROOT)]


def _make(lock: str, guard: int) -> None:
    before = _stamp()
    if before[:1] == ["dev"]:
        lock = "dev"  # what a developer's environment has, it keeps
    if not _worth_keeping(before, guard):
        _clear()
    _STAMP.write_text(_UNFINISHED + "\n", encoding="utf-8")
    say(f"Setting up {VENV.name}/ (first start, or the locks have changed; a minute or two).")
    if not PYTHON.exists():
        say("  1/3 an environment of its own")
        _run([sys.executable, "-m", "venv", str(VENV)], guard)
    say(f"  2/3 packages of locks/{lock}.txt, each against its hash")
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    _run([*pip, "--no-deps", "--require-hashes", "-r", str(_lock_file(lock))], guard, packages=_packages(lock))
    say("  3/3 the station command")
    # A plain path instead of an import hook: the hook costs every start of `station` 16 ms.
    plain = ["--config-settings", "editable_mode=compat"]
    _run([*pip, "--no-deps", "--no-build-isolation", *plain, "-e", str(ROOT)], guard)
    _STAMP.write_text("\n".join(_stamp_for(lock)) + "\n", encoding="utf-8")
    say("Ready.")


def _worth_keeping(stamp: list[str], guard: int) -> bool:
    """False for what an interrupted set-up left, what came from another folder, and what has no pip."""
    if not PYTHON.exists() or stamp == [_UNFINISHED] or (len(stamp) > 2 and stamp[2] != str(ROOT)):
        return False
    return _start([str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"], guard)[0] == 0


def _clear() -> None:
    """Empty the environment, but for the lock that this run holds."""
    for path in VENV.iterdir():
        if path == _ALONE:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _run(command: list[str], guard: int, packages: int = 0) -> None:
    code, words = _start(command, guard, packages)
    if code != 0:
        say("\n".join(words[-TAIL_LINES:]))
        _fail(
            "The set-up did not succeed; the reason stands above. Without a network, put the wheels into a folder and "
            "set PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER. 没有网络时，请把安装包放进一个文件夹并设置以上两个变量。"
        )


def _start(command: list[str], guard: int, packages: int = 0) -> tuple[int, list[str]]:
    """Run a program to its end without giving it our stdin or stdout. Returns its exit code and what it said."""
    import subprocess  # noqa: PLC0415 - 5 ms that the second start need not pay

    # The child holds the guard too: when this process is killed, the next one waits for the orphan before it clears.
    kept = () if os.name == "nt" else (guard,)
    environ = {**os.environ, "PIP_REQUIRE_HASHES": "0"}  # asked for on the command line; an own folder has no hash
    words: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environ,
        pass_fds=kept,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as child:
        assert child.stdout is not None
        seen = 0
        for line in child.stdout:
            words.append(line.rstrip())
            seen += _show(line, seen, packages)
    return child.returncode, words


def _show(line: str, seen: int, packages: int) -> int:
    """Show how far pip has come. Returns how many packages this line of its words is about."""
    here = int(packages > 0 and line.startswith(_ABOUT_A_PACKAGE))
    if here and sys.stderr.isatty():
        say(f"\r      {seen + 1} of {packages}", end="\n" if seen + 1 == packages else "")
    elif here and (seen + 1) % 20 == 0:
        say(f"      {seen + 1} of {packages}")
    elif packages and line.startswith("Installing collected"):
        say("      unpacking")
    return here


def _packages(lock: str) -> int:
    return sum("==" in line for line in _lock_file(lock).read_text(encoding="utf-8").splitlines())


def _lock_file(lock: str) -> Path:
    return ROOT / "locks" / f"{lock}.txt"


def _fail(words: str) -> None:
    say(words)
    sys.exit(1)


@contextlib.contextmanager
def _alone() -> Iterator[int]:
    """Hold the one right to change the environment; wait for whoever holds it. The right ends with its process."""
    guard = os.open(_ALONE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_to_hold(guard):
            say("Another start is setting up the environment; waiting for it.")
            _hold(guard)
        yield guard
    finally:
        os.close(guard)


if sys.platform == "win32":
    import msvcrt
    import time

    def _try_to_hold(guard: int) -> bool:
        try:
            msvcrt.locking(guard, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _hold(guard: int) -> None:
        while not _try_to_hold(guard):
            time.sleep(0.2)  # Windows has no lock that waits for as long as it takes

else:
    import fcntl

    def _try_to_hold(guard: int) -> bool:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _hold(guard: int) -> None:
        fcntl.flock(guard, fcntl.LOCK_EX)
