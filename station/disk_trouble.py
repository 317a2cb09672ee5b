"""What the disk or the base answered, as an error of ours: full, failing, in use, or not what was written.

A full or failing disk is never `Damaged`: who sees that class may set the base aside, and the base is whole.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from station.errors import Busy, Damaged, StationError

_FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def of_base(trouble: BaseException | None) -> StationError | None:
    """The expected trouble behind a DB-API error, or None where it is none (a constraint, a mistake in SQL)."""
    name = str(getattr(trouble, "sqlite_errorname", None) or "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy("busy", holder="database")
    if name.startswith("SQLITE_FULL"):
        return StationError("disk_full")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return StationError("disk_error", reason=name)
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return Damaged("database_unreadable")
    return None


def of_file(trouble: OSError) -> StationError:
    """The expected trouble behind a failing file operation."""
    if trouble.errno in _FULL:
        return StationError("disk_full")
    return StationError("disk_error", reason=errno.errorcode.get(trouble.errno or 0, ""))


@contextmanager
def told() -> Iterator[None]:
    """Turns what the disk or the base answered inside the block into an expected trouble, where it is one."""
    try:
        yield
    except OSError as trouble:
        raise of_file(trouble) from trouble
    except BaseException as trouble:
        expected = of_base(trouble)
        if expected is None:
            raise
        raise expected from trouble
