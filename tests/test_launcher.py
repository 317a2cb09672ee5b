"""The launcher in a real terminal: what a killed program leaves behind, and who comes back."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from loop_city import BASE_KEY, PIN, Station

from screens.launcher import RESET
from scripts.pty_terminal import Terminal
from station import vault
from station.database import Database
from station.drafts import every

pytest_plugins = ["loop_fixtures"]

SECRET = "a-village-passphrase"
ID_NO, NAME = "350200193503120026", "黄阿婆"
ALTERNATE = b"\x1b[?1049h"
LOCKED = "请输入口令".encode()  # the first page of a locked station
FELL, GAVE_UP, ASKED = "正在重新打开".encode(), "不再自动打开".encode(), "被要求关闭".encode()
WAIT_S = 20.0


class SameKey:
    """Chance that first gives the key that the base already has."""

    def __init__(self) -> None:
        self._keys = [BASE_KEY]

    def token(self, size: int) -> bytes:
        return self._keys.pop() if self._keys and size == len(BASE_KEY) else bytes(size)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of which only the lock is ever looked at."""
    home = tmp_path_factory.mktemp("locked")
    vault.create(home, "passphrase", SECRET, SameKey())
    return home


@contextmanager
def screens(home: Path) -> Iterator[Terminal]:
    """`station` in a terminal of its own, on its first page."""
    with Terminal(["-m", "screens.command_line", "--home", str(home)], more={"STATION_LANG": "zh-Hans"}) as terminal:
        terminal.wait_for(LOCKED)
        yield terminal


def child_of(pid: int) -> int:
    """The screens themselves."""
    [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.005)


def fallen(terminal: Terminal) -> bytes:
    """Kills the screens; what came out since, up to the first page of the next."""
    since = len(terminal.output)
    os.kill(child_of(terminal.pid), signal.SIGKILL)
    until(lambda: LOCKED in terminal.output[since:].partition(ALTERNATE)[2])
    return terminal.output[since:]


def ended(terminal: Terminal) -> int:
    """The exit code of the launcher."""
    code: list[int] = []

    def gone() -> bool:
        info = os.waitid(os.P_PID, terminal.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        code[:] = [info.si_status] if info else []
        return bool(code)

    until(gone)
    return code[0]


def test_killed_screens_give_the_terminal_back_say_so_and_open_again(locked: Path) -> None:
    with screens(locked) as terminal:
        said, _, reopened = fallen(terminal).partition(ALTERNATE)
        assert said.startswith(RESET)
        assert FELL in said
        assert LOCKED in reopened
        for mode in (1000, 1002, 1003, 1006, 1015, 1004, 1049, 2004):
            assert b"\x1b[?%dl" % mode in RESET
        assert RESET.index(b"\x1b[<u") < RESET.index(b"\x1b[?1049l")  # each screen has a keyboard of its own
        assert RESET.endswith(b"\x1b[0m\x1b[?25h")


def test_screens_that_fall_three_times_stay_closed_and_the_terminal_is_as_before(locked: Path) -> None:
    with screens(locked) as terminal:
        raw = termios.tcgetattr(terminal._side)
        fallen(terminal)
        fallen(terminal)
        since = len(terminal.output)
        os.kill(child_of(terminal.pid), signal.SIGKILL)
        assert ended(terminal) == 1
        terminal.wait_for(GAVE_UP)
        assert terminal.output[since:].startswith(RESET)
        assert ALTERNATE not in terminal.output[since:]
        before = plain_terminal()
        assert termios.tcgetattr(terminal._side) == before
        assert raw != before


def plain_terminal() -> list[object]:
    """The modes of a terminal that nobody has touched."""
    ours, theirs = os.openpty()
    try:
        return termios.tcgetattr(ours)
    finally:
        os.close(ours)
        os.close(theirs)


def test_screens_that_end_by_themselves_stay_closed(locked: Path, tmp_path: Path) -> None:
    with screens(locked) as terminal:
        terminal.type(b"\x1b")
        terminal.wait_for("再按".encode())
        terminal.type(b"\x1b")
        assert ended(terminal) == 0
        assert FELL not in terminal.output
    with Terminal(["-m", "screens.command_line", "--home", str(tmp_path / "none"), "--json", "desk"]) as terminal:
        assert ended(terminal) == 1
        terminal.wait_for(b'{"error":{"code":"home_missing"')
        assert terminal.output.count(b"home_missing") == 1
        assert RESET not in terminal.output


def test_who_asks_the_launcher_to_end_ends_the_screens(locked: Path) -> None:
    for signal_, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        with screens(locked) as terminal:
            child = child_of(terminal.pid)
            os.kill(terminal.pid, signal.SIGINT)  # as a terminal would at Ctrl+C: not for the launcher
            os.kill(terminal.pid, signal_)
            assert ended(terminal) == code
            assert not Path(f"/proc/{child}").exists()
            assert RESET in terminal.output
            assert ASKED in terminal.output
            assert FELL not in terminal.output


def test_both_are_stopped_and_continued_together(locked: Path) -> None:
    with screens(locked) as terminal:
        child = child_of(terminal.pid)
        os.kill(child, signal.SIGTSTP)
        until(lambda: state_of(terminal.pid) == state_of(child) == "T")
        since = len(terminal.output)
        os.killpg(terminal.pid, signal.SIGCONT)  # as a shell does
        until(lambda: LOCKED in terminal.output[since:])
        os.killpg(terminal.pid, signal.SIGTSTP)
        until(lambda: state_of(terminal.pid) == state_of(child) == "T")
        os.kill(terminal.pid, signal.SIGCONT)
        until(lambda: "T" not in (state_of(terminal.pid), state_of(child)))
        assert FELL in fallen(terminal)


def test_the_screens_hear_of_a_resize(locked: Path) -> None:
    with screens(locked) as terminal:
        terminal.wait_still(0, 0.1)
        since = len(terminal.output)
        fcntl.ioctl(terminal._side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        until(lambda: b"\x1b[40;" in terminal.output[since:])  # the last line of the larger window


def test_screens_do_not_outlive_a_killed_launcher(locked: Path) -> None:
    program = (
        f"import subprocess, sys; subprocess.call([sys.executable, *{['-m', 'screens.command_line']!r}, '--home', "
    )
    program += f"{str(locked)!r}]); input()"
    with Terminal(["-c", program], more={"STATION_LANG": "zh-Hans"}) as terminal:
        terminal.wait_for(LOCKED)
        launcher = child_of(terminal.pid)
        child = child_of(launcher)
        os.kill(launcher, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{child}").exists() or state_of(child) == "Z")


def test_a_child_that_is_a_program_of_its_own_is_watched_alike(locked: Path) -> None:
    program = "import sys; from screens import launcher; from screens.command_line import main\n"
    program += "launcher._forked = launcher._spawned  # as where there is no fork\n"
    program += f"sys.argv[1:] = ['--home', {str(locked)!r}]\nsys.exit(main())"
    with Terminal(["-c", program], more={"STATION_LANG": "zh-Hans"}) as terminal:
        terminal.wait_for(LOCKED)
        said, _, reopened = fallen(terminal).partition(ALTERNATE)
        assert said.startswith(RESET)
        assert LOCKED in reopened
        terminal.type(b"\x1b")
        terminal.wait_for("再按".encode())
        terminal.type(b"\x1b")
        assert ended(terminal) == 0


def test_the_launcher_stays_small() -> None:
    look = "import sys, screens.command_line, screens.arguments, screens.desk_command, station.errors; "
    look += "print(*{'textual', 'rich', 'asyncio', 'msgspec', 'filelock', 'sqlcipher3', 'ctypes'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_draft_that_was_typed_before_a_kill_stands_first_and_two_keys_resume_it(village: Station) -> None:
    (village.home / "key").mkdir()
    vault.create(village.home / "key", "passphrase", SECRET, SameKey())
    (village.home / "key" / vault.FILE).rename(village.home / vault.FILE)
    village.database.close()
    base = Database(village.home / "station.db", BASE_KEY)

    def kept() -> bool:
        with base.reading() as reader:
            return any(draft.applicant.get("name") == NAME for draft in every(reader))

    with screens(village.home) as terminal:
        sign_in(terminal, 0)
        terminal.type(b"gljt")
        terminal.wait_for("高龄津贴".encode())
        terminal.type(b"\r")
        terminal.wait_for("证件号码".encode())
        terminal.type(f"{ID_NO}{NAME}".encode())
        until(kept)
        base.close()
        fallen(terminal)
        since = terminal.output.rindex(ALTERNATE)
        sign_in(terminal, since)
        assert "已重新打开".encode() in terminal.output[since:]
        until(lambda: NAME.encode() in terminal.output[since:])  # on the list of today
        resumed = len(terminal.output)
        terminal.type(b"1\r")
        until(lambda: NAME.encode() in terminal.output[resumed:] and ID_NO.encode() in terminal.output[resumed:])


def sign_in(terminal: Terminal, since: int) -> None:
    """Passphrase, PIN, and the page of today."""
    terminal.type(f"{SECRET}\r".encode())
    until(lambda: b"PIN" in terminal.output[since:])
    terminal.type(f"{PIN}\r".encode())
    until(lambda: b"F12" in terminal.output[since:])  # not on the pages of the lock


@pytest.mark.slow
def test_the_demo_opens_its_screens_again_and_its_city_goes_with_the_last(tmp_path: Path) -> None:
    more = {"STATION_LANG": "zh-Hans", "TMPDIR": str(tmp_path)}
    with Terminal(["-m", "screens.command_line", "demo"], more=more) as terminal:
        terminal.wait_for(ALTERNATE, 120)
        terminal.wait_for(b"PIN")
        hub, screens_ = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()
        since = len(terminal.output)
        os.kill(int(screens_), signal.SIGKILL)
        until(lambda: b"PIN" in terminal.output[since:].partition(ALTERNATE)[2])
        assert list(tmp_path.iterdir())
        terminal.type(b"\x1b")
        terminal.wait_for("再按".encode())
        terminal.type(b"\x1b")
        assert ended(terminal) == 0
        assert list(tmp_path.iterdir()) == []
        until(lambda: not Path(f"/proc/{hub}").exists())
