"""A counter's day: what is due, how many cases stand where, and which items are asked for most.

What people get wrong: `changed_hlc` tells when anything last happened to a case; the day it was received is its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

import msgspec

from station.case import CHINA
from station.case_lists import Listed
from station.case_states import AFTER_DECISION, BEFORE_ACCEPTANCE, IN_HAND, State
from station.database import Reader

_LISTED = "SELECT case_id, number, item_code, item_name, name, status, due_on, division, sync FROM work "
_OPEN = (*BEFORE_ACCEPTANCE, *IN_HAND)
_UNDATED = (
    f"WHERE case_id IN (SELECT case_id FROM work WHERE due_on IS NULL AND status IN ({', '.join('?' * len(_OPEN))}) "  # noqa: S608
    "ORDER BY changed_hlc DESC LIMIT ?) ORDER BY changed_hlc DESC, case_id"
)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Cases taken here today, those that wait for a decision, and those decided and not yet handed over."""

    taken: int
    waiting: int
    decided: int


def due(reader: Reader, most: int) -> list[Listed]:
    """The cases with a clock that runs, the nearest day in front; then open ones without a date, the newest first."""
    dated = "WHERE due_on IS NOT NULL ORDER BY due_on, changed_hlc DESC, case_id LIMIT ?"
    found = reader.execute(_LISTED + dated, (most,)).fetchall()
    if len(found) < most:
        found += reader.execute(_LISTED + _UNDATED, (*_OPEN, most - len(found))).fetchall()
    return [_listed(row) for row in found]


def listed(reader: Reader, case_ids: Iterable[str]) -> dict[str, Listed]:
    """Cases by their ids, those that are here."""
    wanted = tuple(set(case_ids))
    rows = reader.execute(f"{_LISTED} WHERE case_id IN ({', '.join('?' * len(wanted))})", wanted).fetchall()
    return {row[0]: _listed(row) for row in rows}


def counts(reader: Reader, division: str, today: date) -> Counts:
    """How many cases stand where; `taken` are those of this very division."""
    states = dict(reader.execute("SELECT status, count(*) FROM work GROUP BY status").fetchall())
    taken = reader.execute(
        "SELECT count(*) FROM work WHERE division = ? AND changed_hlc >= ? AND received_on = ? AND status <> ?",
        (division, _midnight_ms(today), today.isoformat(), State.VOID),
    ).fetchone()[0]
    return Counts(
        taken=taken,
        waiting=sum(states.get(state, 0) for state in IN_HAND),
        decided=sum(states.get(state, 0) for state in AFTER_DECISION if state != State.DELIVERED),
    )


def favourites(reader: Reader, division: str, since: date, most: int) -> list[str]:
    """The codes of the items that were taken most in this division since a day, the most wanted in front."""
    rows = reader.execute(
        "SELECT item_code FROM work WHERE division = ? AND changed_hlc >= ? AND received_on >= ? AND status <> ? "
        "GROUP BY item_code ORDER BY count(*) DESC, item_code LIMIT ?",
        (division, _midnight_ms(since), since.isoformat(), State.VOID, most),
    ).fetchall()
    return [row[0] for row in rows]


def _listed(row: tuple[Any, ...]) -> Listed:
    names = ("case", "number", "item", "item_name", "name", "status", "due", "division", "sync")
    return Listed(**dict(zip(names, row, strict=True)))


def _midnight_ms(day: date) -> int:
    """When a day begins in China: nothing that was received on it has changed before."""
    return int(datetime.combine(day, time(), CHINA).timestamp() * 1000)
