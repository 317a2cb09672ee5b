"""The schedule of one home: how often, under which name, at which minute and second, with which command. Pure.

What people get wrong: a thousand stations that keep the full quarter of an hour call the hub in the same second. So the
minute and the second come from the home's hash, the same at each install, different from village to village.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple, Protocol

from station.errors import BadInput

PREFIX = "village-counter"
HOUR, DAY = 60, 24 * 60  # minutes
EVERY_LEAST, EVERY_MOST = 5, DAY  # the hub serves a thousand stations; a day without a sync is too long
SYNC_S_MOST = 600  # a scheduled sync goes on the next time
BY_THE_CLOCK = (5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)  # minutes that divide hour or day
_FORM = re.compile(r"([1-9][0-9]{0,3})([mh])")


class Schedule(NamedTuple):
    """Every so many minutes a sync of this home, by this Python, or by the launcher that an update keeps in place."""

    home: Path
    minutes: int
    python: str
    launcher: str = ""

    @property
    def name(self) -> str:
        """One for each home, however its path is spelled."""
        return name_of(self.home)

    @property
    def mark(self) -> str:
        """Stands in whatever a system is told: whose it is, and how often."""
        return f"{self.name} every {spoken(self.minutes)}"

    @property
    def offset(self) -> int:
        """Minutes from the full hour or from midnight to the first run."""
        return _hash(self.home) % self.minutes

    @property
    def second(self) -> int:
        """The second of the minute."""
        return _hash(self.home) // EVERY_MOST % 60

    @property
    def sync_s(self) -> int:
        """What one sync may take: half of the time until the next."""
        return min(SYNC_S_MOST, self.minutes * 60 // 2)

    @property
    def words(self) -> tuple[str, ...]:
        """`station`'s own words."""
        return ("--home", str(self.home), "--json", "sync", "--max-seconds", str(self.sync_s))

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command, with absolute paths."""
        program = (self.launcher,) if self.launcher else (self.python, "-m", "screens.command_line")
        return (*program, *self.words)

    @property
    def times(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Minutes and hours of the clock; no hours: every hour. Only for minutes `BY_THE_CLOCK`."""
        assert self.minutes in BY_THE_CLOCK
        if self.minutes <= HOUR:
            return tuple(range(self.offset, HOUR, self.minutes)), ()
        return (self.offset % HOUR,), tuple(range(self.offset // HOUR, 24, self.minutes // HOUR))


class Found(NamedTuple):
    """A schedule as a system holds it. None: the system does not tell."""

    every: str
    command: str
    running: bool | None  # whether the system is awake and keeps it
    last: str | None = None  # ISO 8601
    last_exit: int | None = None
    next: str | None = None  # ISO 8601
    keyring: bool = True  # whether its runs find the keyring of this user


class System(Protocol):
    """What keeps schedules: a module of this package."""

    NAME: str

    def answers(self) -> bool:
        """Whether it is there and obeys this user."""
        ...

    def fitted(self, minutes: int) -> int:
        """What it can express, never rarer than was asked."""
        ...

    def install(self, schedule: Schedule) -> None:
        """Makes the schedule of the home, or changes it. Raises Refused `schedule_refused`."""
        ...

    def remove(self, home: Path) -> bool:
        """Takes the schedule of the home away; whether there was one. Raises Refused `schedule_refused`."""
        ...

    def found(self, home: Path) -> Found | None:
        """The schedule of the home."""
        ...


def minutes_of(every: str) -> int:
    """`15m`, `1h` or `90m` as minutes. Raises BadInput `schedule_every`."""
    form = _FORM.fullmatch(every)
    minutes = int(form[1]) * (HOUR if form[2] == "h" else 1) if form else 0
    if not EVERY_LEAST <= minutes <= EVERY_MOST:
        raise BadInput("schedule_every", field="every", minimum=spoken(EVERY_LEAST), maximum=spoken(EVERY_MOST))
    return minutes


def spoken(minutes: int) -> str:
    """Minutes as they are asked for."""
    return f"{minutes}m" if minutes % HOUR else f"{minutes // HOUR}h"


def by_the_clock(minutes: int) -> int:
    """The longest time that divides an hour or a day and is no longer than this."""
    return max(each for each in BY_THE_CLOCK if each <= minutes)


def name_of(home: Path) -> str:
    """The name of a home's schedule."""
    return f"{PREFIX}-{_hash(home):08x}"


def every_of(home: Path, told: str) -> str:
    """How often, from the home's mark in what a system was told; empty where it is not there."""
    mark = re.search(rf"{name_of(home)} every ([1-9][0-9]*[mh])", told)
    return mark[1] if mark else ""


def plain_home(home: Path) -> Path:
    """The home, where every system can be told its path. Raises BadInput `schedule_home`."""
    text = str(home)
    if not text.isprintable() or text.encode("utf-8", "replace").decode() != text:
        raise BadInput("schedule_home", field="home")
    return home


def _hash(home: Path) -> int:
    real = os.path.normcase(os.path.realpath(home))
    return int.from_bytes(hashlib.blake2b(real.encode("utf-8", "surrogateescape"), digest_size=4).digest())
