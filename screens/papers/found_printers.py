"""Which printers this computer has: devices that answer, and the queues of the system's own printing.

Looking prints nothing. A serial port that only its name exists of is passed over; one that we may not open is shown
with the reason. On Windows there is no look: a network printer and a folder are what works there.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from screens.papers.printers import SYSTEM

DEVICES = Path("/dev")
PRINTERS, LINES = ("usb/lp*", "lp[0-9]*"), ("ttyUSB*", "ttyACM*", "ttyS*")
FOUND_MOST = 12  # rows of a page; more devices than that are no printers
QUEUES_S = 3.0  # a print system that says nothing for so long is not there

State = Literal["ready", "permission", "in_use"]


class Found(msgspec.Struct, frozen=True):
    """A printer that could be chosen."""

    target: str
    state: State


def found() -> tuple[Found, ...]:
    """What can only be a printer first; serial lines, which may be anything, last."""
    return (*_devices(PRINTERS), *_queues(), *_devices(LINES))[:FOUND_MOST]


def _devices(patterns: tuple[str, ...]) -> Iterator[Found]:
    for pattern in patterns:
        for path in sorted(DEVICES.glob(pattern), key=lambda path: (len(path.name), path.name)):
            state = _state(path)
            if state is not None:
                yield Found(str(path), state)


def _state(path: Path) -> State | None:
    """How a device answers to being opened; None where nothing stands behind its name."""
    try:
        if not stat.S_ISCHR(path.stat().st_mode):
            return None
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    except OSError as error:
        return _refusal(error)
    try:
        return "ready" if not path.name.startswith("tty") or _has_a_line(handle) else None
    finally:
        os.close(handle)


def _refusal(error: OSError) -> State | None:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "permission"
    return "in_use" if error.errno == errno.EBUSY else None


def _has_a_line(handle: int) -> bool:
    """Whether a serial port has hardware: its settings can be read."""
    try:
        import termios  # noqa: PLC0415  (not on Windows, where no device is looked for)
    except ImportError:
        return False
    try:
        termios.tcgetattr(handle)
    except (OSError, termios.error):
        return False
    return True


def _queues() -> tuple[Found, ...]:
    try:
        done = subprocess.run(["lpstat", "-e"], capture_output=True, text=True, timeout=QUEUES_S, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ()
    names = done.stdout.split() if not done.returncode else []
    return tuple(Found(SYSTEM + name, "ready") for name in names)
