"""systemd: a service and a timer of this user, two files in his own folder.

What people get wrong: in a unit file % begins a specifier and $ a variable, also between quotes.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from screens.schedules.schedule import BY_THE_CLOCK, Found, Schedule, every_of, name_of
from screens.schedules.system_programs import Answer, ask
from station import disk_trouble, durable_files
from station.case import china_time

NAME = "systemd"
SPREAD_S = 60  # on top of the minute that the home's hash gives
AFTER_START_MIN = 2
GRACE_S = 60
MICROSECONDS = 1_000  # of a millisecond

_SERVICE = """\
# Made by `station schedule install`; `station schedule remove` takes it away.
[Unit]
Description=Village counter: scheduled sync of {home} ({mark})

[Service]
Type=oneshot
ExecStart={command}
TimeoutStartSec={most_s}
Nice=10
# A hub that is not reached, a base that is locked: nothing is broken.
SuccessExitStatus=3 5
"""

_TIMER = """\
# Made by `station schedule install`; `station schedule remove` takes it away.
[Unit]
Description=Village counter: scheduled sync of {home} ({mark})

[Timer]
{when}
Persistent=true
RandomizedDelaySec={spread_s}

[Install]
WantedBy=timers.target
"""


def answers() -> bool:
    """Whether this user's own systemd can be talked to."""
    answer = _systemctl("show", "--property=Version")
    return answer.code == 0 and answer.out.strip() != b""


def fitted(minutes: int) -> int:
    """A timer can keep any time."""
    return minutes


def install(schedule: Schedule) -> None:
    """Writes both files and starts the timer anew. Raises Refused `schedule_refused`."""
    folder = _folder()
    with disk_trouble.told():
        durable_files.make_folder(folder)
        for file, text in units(schedule).items():
            durable_files.write(folder / file, text.encode())
    _systemctl("daemon-reload").required(NAME)
    _systemctl("enable", f"{schedule.name}.timer").required(NAME)
    _systemctl("restart", f"{schedule.name}.timer").required(NAME)


def remove(home: Path) -> bool:
    """Stops the timer and takes the files away, also where systemd does not answer just now."""
    name, folder = name_of(home), _folder()
    timer = folder / f"{name}.timer"
    if not timer.exists():
        return False
    _systemctl("disable", "--now", timer.name)
    stamp = _xdg("XDG_DATA_HOME", ".local/share") / "systemd" / "timers" / f"stamp-{timer.name}"
    with disk_trouble.told():
        for each in (timer, folder / f"{name}.service", folder / "timers.target.wants" / timer.name, stamp):
            each.unlink(missing_ok=True)
    _systemctl("daemon-reload")
    return True


def found(home: Path) -> Found | None:
    """The timer of this home."""
    name = name_of(home)
    try:
        every = every_of(home, (_folder() / f"{name}.timer").read_text(encoding="utf-8"))
        service = (_folder() / f"{name}.service").read_text(encoding="utf-8")
    except OSError:
        return None
    command = next((line.partition("=")[2] for line in service.splitlines() if line.startswith("ExecStart=")), "")
    running = _systemctl("is-active", f"{name}.timer").code == 0
    last, following = _times(f"{name}.timer")
    return Found(every, command, running, last, _last_exit(f"{name}.service"), following)


def units(schedule: Schedule) -> dict[str, str]:
    """The two files by their names."""
    said = {"home": _plain(str(schedule.home)), "mark": schedule.mark}
    most_s = schedule.sync_s + GRACE_S
    return {
        f"{schedule.name}.service": _SERVICE.format(**said, command=_command(schedule.command), most_s=most_s),
        f"{schedule.name}.timer": _TIMER.format(**said, when=_when(schedule), spread_s=SPREAD_S),
    }


def _when(schedule: Schedule) -> str:
    """By the clock, so that what a sleeping laptop missed is made up for; else so long after the last run."""
    if schedule.minutes not in BY_THE_CLOCK:
        return f"OnStartupSec={AFTER_START_MIN}min\nOnUnitActiveSec={schedule.minutes}min"
    minutes, hours = schedule.times
    hour = ",".join(f"{each:02}" for each in hours) or "*"
    return f"OnCalendar=*-*-* {hour}:{','.join(f'{each:02}' for each in minutes)}:{schedule.second:02}"


def _command(words: tuple[str, ...]) -> str:
    """A command line of systemd. In its first word, the program, $ means nothing."""
    program, *rest = (_plain(each).replace("\\", "\\\\").replace('"', '\\"') for each in words)
    return " ".join([f'"{program}"', *(f'"{each}"'.replace("$", "$$") for each in rest)])


def _plain(text: str) -> str:
    return text.replace("%", "%%")


def _times(timer: str) -> tuple[str | None, str | None]:
    """The last and the next run; nothing from a systemd that is too old to say it in JSON."""
    told: list[dict[str, Any]] = []
    with contextlib.suppress(ValueError):
        told = json.loads(_systemctl("list-timers", "--all", "--output=json", timer).out)
    rows = [row for row in told if row.get("unit") == timer]
    return (_time(rows[0].get("last")), _time(rows[0].get("next"))) if rows else (None, None)


def _time(microseconds: int | None) -> str | None:
    return china_time(microseconds // MICROSECONDS) if microseconds else None


def _last_exit(service: str) -> int | None:
    """The exit code of the last run; None where there was none yet."""
    answer = _systemctl("show", service, "--property=ExecMainStatus,ExecMainExitTimestampMonotonic")
    told = dict(line.split("=", 1) for line in answer.out.decode("utf-8", "replace").splitlines() if "=" in line)
    has_run = told.get("ExecMainExitTimestampMonotonic", "0") not in ("", "0")
    return int(told["ExecMainStatus"]) if has_run and told.get("ExecMainStatus", "").isdigit() else None


def _systemctl(*words: str) -> Answer:
    return ask("systemctl", "--user", *words)


def _folder() -> Path:
    return _xdg("XDG_CONFIG_HOME", ".config") / "systemd" / "user"


def _xdg(name: str, otherwise: str) -> Path:
    given = os.environ.get(name, "")
    return Path(given) if Path(given).is_absolute() else Path.home() / otherwise
