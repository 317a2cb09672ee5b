"""Serials that the hub leased to this device, and the device's own for when the lease is spent.

A serial is taken in the transaction of the case that it numbers: a case that is not saved gives its serial back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.database import Reader
from station.errors import Refused

if TYPE_CHECKING:
    from sqlmodel import Session

_KNOWN = "SELECT 1 FROM lease WHERE first = ? AND count = ?"
_OVERLAPS = "SELECT 1 FROM lease WHERE first < ? AND first + count > ?"
_ADD = "INSERT INTO lease (first, count, used) VALUES (?, ?, 0)"
_TAKE = """
UPDATE lease SET used = used + 1 WHERE first = (SELECT first FROM lease WHERE used < count ORDER BY first LIMIT 1)
RETURNING first + used - 1
"""
_TAKE_SPARE = """
INSERT INTO setting (key, value) VALUES ('spare_serial', '1')
ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value
"""


def add(session: Session, first: int, count: int) -> None:
    """Adds a lease; the same one again changes nothing. Refused: lease_overlaps (first, count)."""
    assert first >= 0
    assert count > 0
    connection = session.connection()
    if connection.exec_driver_sql(_KNOWN, (first, count)).first() is not None:
        return
    if connection.exec_driver_sql(_OVERLAPS, (first + count, first)).first() is not None:
        raise Refused("lease_overlaps", first=first, count=count)
    connection.exec_driver_sql(_ADD, (first, count))


def take(session: Session) -> int | None:
    """The next leased serial, or None where every lease is spent."""
    row = session.connection().exec_driver_sql(_TAKE).first()
    return None if row is None else int(row[0])


def take_spare(session: Session) -> int:
    """The next of the device's own serials, from 1."""
    return int(session.connection().exec_driver_sql(_TAKE_SPARE).scalar_one())


def remaining(reader: Reader) -> int:
    """How many leased serials are left."""
    return int(reader.execute("SELECT coalesce(sum(count - used), 0) FROM lease").fetchone()[0])


def leases(reader: Reader) -> tuple[tuple[int, int, int], ...]:
    """Every lease as (first, count, used), in order: what a station tells a hub that was restored."""
    return tuple(reader.execute("SELECT first, count, used FROM lease ORDER BY first").fetchall())
