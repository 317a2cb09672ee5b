"""One transaction by plain DB-API, and what follows a COMMIT that failed. Small writes need no SQLModel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlcipher3 import dbapi2


@contextmanager
def committed(raw: Any) -> Iterator[Any]:
    """The block's writes under the write lock: all of them at its end, or on any exception none."""
    try:
        raw.execute("BEGIN IMMEDIATE")
        yield raw
        raw.execute("COMMIT")
    except BaseException:
        roll_back(raw)
        raise


def roll_back(raw: Any) -> None:
    """Ends a transaction without its writes; a connection that cannot even do that is given up by its owner."""
    with suppress(dbapi2.Error):
        raw.rollback()


def bury(raw: Any) -> None:
    """Overwrites what a failed COMMIT may have left in the WAL.

    A COMMIT whose fsync failed has already written its frames: refused here, it would come back to life at the next
    recovery. The same connection still knows where those frames begin, and one small transaction breaks their chain.
    """
    with suppress(dbapi2.Error):
        raw.execute("BEGIN IMMEDIATE")
        version = raw.execute("PRAGMA user_version").fetchone()[0]
        raw.execute(f"PRAGMA user_version={(version + 1) % 2**31}")
        raw.execute("COMMIT")
    roll_back(raw)
