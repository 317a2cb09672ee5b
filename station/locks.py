"""One desk and one sync a home: the second says who holds the lock and ends. A desk beside a sync is normal.

The lock is the operating system's: it ends with the process, also with a killed one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from station import disk_trouble, durable_files
from station.errors import Busy

What = Literal["sync", "desk"]


@contextmanager
def sole(home: Path, what: What) -> Iterator[None]:
    """Holds the lock for the length of the block. Busy `busy` (holder, pid or None) at once where another has it."""
    with disk_trouble.told():
        durable_files.make_folder(home)
    lock = FileLock(home / f"{what}.lock", timeout=0, thread_local=False, mode=durable_files.PRIVATE_FILE)
    # Who holds it is written beside the lock: on Windows nobody else can read a locked file.
    holder = home / f"{what}.pid"
    with disk_trouble.told():
        try:
            lock.acquire()
        except Timeout:
            raise Busy("busy", holder=what, pid=_pid(holder)) from None
    try:
        with suppress(OSError):
            holder.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _pid(holder: Path) -> int | None:
    """The pid that the holder wrote; None in the moment before it did."""
    try:
        return int(holder.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
