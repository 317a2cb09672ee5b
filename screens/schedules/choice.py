"""Which system keeps the schedule of a home: the first that is there. A home has one schedule, whoever keeps it."""

from __future__ import annotations

from pathlib import Path

from screens.schedules import cron, systemd, windows
from screens.schedules.schedule import Found, Schedule, System, plain_home
from station.errors import Refused

SYSTEMS: tuple[System, ...] = (systemd, cron, windows)


def install(home: Path, minutes: int, python: str, launcher: str = "") -> tuple[System, Schedule]:
    """Makes or changes the schedule. Raises BadInput `schedule_home`, Refused `schedule_none`, `schedule_refused`."""
    system = next((each for each in SYSTEMS if each.answers()), None)
    if system is None:
        raise Refused("schedule_none")
    made = Schedule(plain_home(home), system.fitted(minutes), python, launcher)
    system.install(made)
    for other in SYSTEMS:
        if other is not system:
            other.remove(home)
    return system, made


def remove(home: Path) -> bool:
    """Takes the schedule away, whoever keeps it; whether there was one. Raises Refused `schedule_refused`."""
    removed = [each.remove(home) for each in SYSTEMS]
    return any(removed)


def found(home: Path) -> tuple[System, Found] | None:
    """The schedule and its keeper."""
    held = ((each, each.found(home)) for each in SYSTEMS)
    return next(((each, schedule) for each, schedule in held if schedule is not None), None)
