"""cron: one line in the user's crontab, known by the mark at its end. The lines of others stay byte for byte.

What people get wrong: cron takes the first plain % of a command for the end of it, and mails whatever a command says.
The last run's answer lies in the home, one run long: cron itself remembers nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from screens.schedules.schedule import Found, Schedule, by_the_clock, every_of, name_of
from screens.schedules.system_programs import ask
from station.case import china_time
from station.errors import Refused

NAME = "cron"
LOG = "schedule.log"
BUS = "DBUS_SESSION_BUS_ADDRESS"  # without it nothing on a Linux finds the keyring
TAIL = " # "  # to the shell, a comment
NONE_YET = ("no crontab", "no such file")  # how the crontabs of this world say that there is none
DAEMONS = {"cron", "crond", "fcron"}
_PIECES = {"'": "'\"'\"'", "%": "\\%", "\\": "\\''"}  # no two backslashes meet: crons disagree on those


def answers() -> bool:
    """Whether there is a crontab to write to."""
    return shutil.which("crontab") is not None


def fitted(minutes: int) -> int:
    """cron goes by the clock: what divides neither an hour nor a day becomes the next shorter that does."""
    return by_the_clock(minutes)


def install(schedule: Schedule) -> None:
    """Writes the line, and looks whether it is there. Raises Refused `schedule_refused`."""
    kept = _without(_lines(), schedule.name)
    _write([*kept, line(schedule, _bus()).encode()])
    if found(schedule.home) is None:
        raise Refused("schedule_refused", system=NAME, said="not kept")


def remove(home: Path) -> bool:
    """Takes the line away, and the last run's answer with it."""
    lines = _lines() if answers() else []
    kept = _without(lines, name_of(home))
    if len(kept) == len(lines):
        return False
    _write(kept)
    (home / LOG).unlink(missing_ok=True)
    return True


def found(home: Path) -> Found | None:
    """The line of this home."""
    for each in _ours(_lines(), name_of(home)) if answers() else []:
        text = each.decode("utf-8", "replace")
        command, _, mark = text.split(maxsplit=5)[-1].rpartition(TAIL)
        keyring = BUS in command or sys.platform != "linux"
        return Found(every_of(home, mark), command, _is_awake(), *_last(home / LOG), keyring=keyring)
    return None


def line(schedule: Schedule, bus: str = "") -> str:
    """The line of a crontab. `bus`: where the keyring answers; cron's own environment lacks it."""
    minutes, hours = schedule.times
    when = f"{','.join(map(str, minutes))} {','.join(map(str, hours)) or '*'} * * *"
    keyring = [f"{BUS}={_quoted(bus)}"] if bus else []
    command = " ".join([*keyring, "nice -n 10", *map(_quoted, schedule.command)])
    run = f"{{ {command}; echo $?; }} >{_quoted(str(schedule.home / LOG))} 2>&1"
    return f"{when} exec >/dev/null 2>&1; umask 077; sleep {schedule.second}; {run}{TAIL}{schedule.mark}"


def _bus() -> str:
    """Where this user's own bus answers at every session; one that is made anew each time is no use to cron."""
    lasting = f"unix:path=/run/user/{os.getuid()}/bus"
    return lasting if os.environ.get(BUS, "").split(",")[0] == lasting else ""


def _quoted(word: str) -> str:
    """A word for cron and then for the shell."""
    return "'" + "".join(_PIECES.get(char, char) for char in word) + "'"


def _lines() -> list[bytes]:
    """The user's crontab. Raises Refused `schedule_refused` where it cannot be read: it may hold others' lines."""
    answer = ask("crontab", "-l")
    if answer.code != 0 and any(each in answer.trouble.casefold() for each in NONE_YET):
        return []
    return answer.required(NAME).out.splitlines()


def _write(lines: list[bytes]) -> None:
    ask("crontab", "-", given=b"".join(each + b"\n" for each in lines)).required(NAME)


def _ours(lines: list[bytes], name: str) -> list[bytes]:
    return [each for each in lines if each.rpartition(TAIL.encode())[2].startswith(f"{name} every ".encode())]


def _without(lines: list[bytes], name: str) -> list[bytes]:
    ours = _ours(lines, name)
    return [each for each in lines if each not in ours]


def _last(log: Path) -> tuple[str | None, int | None]:
    """When the last run wrote its answer, and its exit code, which is the last line."""
    try:
        at_ms = int(log.stat().st_mtime * 1000)
        code = log.read_bytes().rpartition(b"\n")[0].rpartition(b"\n")[2]
    except OSError:
        return None, None
    return china_time(at_ms), int(code) if code.isdigit() else None


def _is_awake() -> bool | None:
    """Whether a cron daemon runs: a crontab alone starts nothing. None where the processes cannot be seen."""
    names = [_named(each) for each in Path("/proc").glob("[0-9]*/comm")]
    return not DAEMONS.isdisjoint(names) if names else None


def _named(comm: Path) -> str:
    try:
        return comm.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # it has ended
        return ""
