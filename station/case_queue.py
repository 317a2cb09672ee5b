"""The queue of cases page by page: a page costs the same at the thousandth row as at the first, and nothing is skipped.

Order: what is due first, without a date last; then what changed last; then the id. A page stands after or before a key.
What is rare is gathered and sorted; what is common is walked in the order of an index until the page is full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from station import settings
from station.case_states import AFTER_DECISION, DECIDED, ENDS, State
from station.database import Reader
from station.operation import Base

GATHERED_MOST = 5_000  # cases that are gathered and sorted for one page; more than these are walked
COUNTED_MOST = 10_000  # a head says "more than" beyond it: nobody reads the rest
NO_DATE = "~"  # after every day
SEEN_AS_ENDED = (*(state for state in AFTER_DECISION if state not in DECIDED), *ENDS, State.VOID)

Key = tuple[str | None, int, str]  # due day or none, when it changed, id of the case


class Filter(StrEnum):
    """Which cases stand in the queue."""

    ALL = "all"
    MINE = "mine"  # an act of the clerk's is the next step
    SOON = "soon"
    UNSENT = "unsent"
    CONFLICT = "conflict"
    CLOSED = "closed"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases, as a clerk asks: a filter, and words of which each must be in the case.

    A word is part of a name, an item or a number, or the end of an identity number or a phone. `until` is the last day
    of what is due soon; `turns` are the states in which the clerk has the next step, with the items where not all.
    """

    filter: Filter = Filter.ALL
    text: str = ""
    until: date = date.max
    turns: Mapping[str, tuple[str, ...] | None] = {}
    division: str = ""  # of `mine`: the place of the clerk


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the queue: no identity number and no phone."""

    case: str
    number: str
    item: str
    item_name: str
    name: str
    status: str
    due: str | None
    received: str
    sync: str
    changed: int

    @property
    def key(self) -> Key:
        """Its place in the queue."""
        return (self.due, self.changed, self.case)


class Stand(msgspec.Struct, frozen=True):
    """How a case stood when it was read. Where it is equal, nothing that a page shows of the case has changed."""

    base: Base
    changed: int
    sync: str
    key: Key  # its place in the queue


class _Branch(NamedTuple):
    """Cases that one index gives in the order of the queue."""

    where: str
    values: tuple[Any, ...]
    by: str  # the index
    dated: bool = False  # none of them is without a date


def page(reader: Reader, wanted: Wanted, key: Key | None, most: int, *, forward: bool = True) -> list[Queued]:
    """So many cases after a key or before it, without one from that end; in the order of the queue."""
    gathered = _gathered(reader, wanted)
    if gathered is None:
        walks = [_walk(reader, branch, key, most, forward=forward) for branch in _branches(wanted)]
        found: Iterable[Key] = merge(*walks, key=_place, reverse=not forward)
    else:
        found = _beyond(sorted(gathered, key=_place, reverse=not forward), key, forward=forward)
    keys = list(islice(found, most))
    return _rows(reader, keys if forward else keys[::-1])


def count(reader: Reader, wanted: Wanted) -> tuple[int, bool]:
    """How many cases those are, and whether there are more than that: nobody waits for a million to be counted."""
    gathered = _gathered(reader, wanted)
    if gathered is not None:
        return len(gathered), False
    total = 0
    for where, values, by, _ in _branches(wanted):
        query = f"SELECT count(*) FROM (SELECT 1 FROM work INDEXED BY {by} WHERE {where} LIMIT ?)"  # noqa: S608
        total += reader.execute(query, (*values, COUNTED_MOST + 1 - total)).fetchone()[0]
    return min(total, COUNTED_MOST), total > COUNTED_MOST


def stand(reader: Reader, case_id: str) -> Stand | None:
    """How the case stands now; None where it is gone."""
    row = reader.execute(
        "SELECT coalesce(m.seq, 0), w.changed_hlc, w.sync, w.due_on FROM work w "
        "LEFT JOIN mirror m ON m.case_id = w.case_id WHERE w.case_id = ?",
        (case_id,),
    ).fetchone()
    if row is None:
        return None
    seq, changed, sync, due = row
    return Stand(Base(settings.identity(reader).hub_epoch, seq), changed, sync, (due, changed, case_id))


def _beyond(ordered: list[Key], key: Key | None, *, forward: bool) -> Iterable[Key]:
    """What of the keys comes after that one, in their own direction."""
    if key is None:
        return ordered
    return (each for each in ordered if (_place(each) > _place(key) if forward else _place(each) < _place(key)))


def _place(key: Key) -> tuple[str, int, str]:
    """A key as it sorts."""
    return (key[0] or NO_DATE, -key[1], key[2])


def _rows(reader: Reader, keys: list[Key]) -> list[Queued]:
    names = ("case", "number", "item", "item_name", "name", "status", "due", "received", "sync", "changed")
    query = (
        "SELECT case_id, number, item_code, item_name, name, status, due_on, received_on, sync, changed_hlc "
        "FROM json_each(?) AS place CROSS JOIN work ON case_id = place.value ORDER BY place.id"
    )
    ids = msgspec.json.encode([each[2] for each in keys]).decode()
    return [Queued(**dict(zip(names, row, strict=True))) for row in reader.execute(query, (ids,)).fetchall()]


def _branches(wanted: Wanted) -> list[_Branch]:
    """The filter as parts that an index gives in order, with the words as conditions."""
    said, values = _said(wanted)
    match wanted.filter:
        case Filter.MINE:
            return [_turn(wanted, state, codes, said, values) for state, codes in wanted.turns.items()]
        case Filter.CLOSED:
            return [_Branch(f"status = ?{said}", (state.value, *values), "queue_state") for state in SEEN_AS_ENDED]
        case Filter.SOON:
            return [_Branch(f"due_on <= ?{said}", (wanted.until.isoformat(), *values), "queue_order", dated=True)]
        case _:
            return [_Branch(f"1{said}", values, "queue_order")]


def _turn(wanted: Wanted, state: str, codes: tuple[str, ...] | None, said: str, values: tuple[Any, ...]) -> _Branch:
    """The cases of one state whose next step is the clerk's; what a village has accepted already waits for the hub."""
    where = "status = ? AND division >= ? AND division < ?"
    more: tuple[Any, ...] = (state, wanted.division, wanted.division + ":")
    if codes is not None:
        where += " AND item_code IN (SELECT value FROM json_each(?))"
        more += (msgspec.json.encode(codes).decode(),)
    if state == State.RECEIVED:
        where += " AND json_extract(body, '$.fields.pre_accepted_on') IS NULL"
    return _Branch(where + said, (*more, *values), "queue_state")


def _walk(reader: Reader, branch: _Branch, key: Key | None, most: int, *, forward: bool) -> Iterable[Key]:
    """The keys of a branch from a key on, seek after seek: a lazy page asks only as far as it needs."""
    order = "due_on, changed_hlc DESC, case_id" if forward else "due_on DESC, changed_hlc, case_id DESC"
    left = most
    for seek, values in _seeks(key, dated=branch.dated, forward=forward):
        query = (
            f"SELECT due_on, changed_hlc, case_id FROM work INDEXED BY {branch.by} "  # noqa: S608
            f"WHERE {seek} AND {branch.where} ORDER BY {order} LIMIT ?"
        )
        rows = reader.execute(query, (*values, *branch.values, left)).fetchall()
        yield from rows
        left -= len(rows)
        if not left:
            return


def _seeks(key: Key | None, *, dated: bool, forward: bool) -> list[tuple[str, tuple[Any, ...]]]:
    """What lies after a key or before it, as conditions that an index answers, nearest first."""
    none: list[tuple[str, tuple[Any, ...]]] = [] if dated else [("due_on IS NULL", ())]
    days: tuple[str, tuple[Any, ...]] = ("due_on IS NOT NULL", ())
    if key is None:
        return [days, *none] if forward else [*none, days]
    due, changed, case_id = key
    later, newer = (">", "<") if forward else ("<", ">")
    here, same = ("due_on = ?", (due,)) if due is not None else ("due_on IS NULL", ())
    near = [
        (f"{here} AND changed_hlc = ? AND case_id {later} ?", (*same, changed, case_id)),
        (f"{here} AND changed_hlc {newer} ?", (*same, changed)),
    ]
    if due is None:
        return near if forward else [*near, days]
    beyond = (f"due_on {later} ?", (due,))
    return [*near, beyond, *none] if forward else [*near, beyond]


def _gathered(reader: Reader, wanted: Wanted) -> list[Key] | None:
    """The keys of all these cases where they are few; None where the queue must be walked."""
    rare = [] if wanted.filter not in (Filter.UNSENT, Filter.CONFLICT) else [_unlevel(reader, wanted.filter)]
    if wanted.text.strip() and (holding := _holding(reader, wanted.text.split())) is not None:
        rare.append(holding)
    if not rare:
        return None
    known = msgspec.json.encode(sorted(set.intersection(*rare))).decode()
    keys: set[Key] = set()
    for where, values, _, _ in _branches(wanted):
        query = (
            "SELECT due_on, changed_hlc, case_id FROM json_each(?) AS found "  # noqa: S608
            f"CROSS JOIN work ON work.rowid = found.value WHERE {where}"
        )
        keys |= set(reader.execute(query, (known, *values)).fetchall())
    return list(keys)


def _unlevel(reader: Reader, which: Filter) -> set[int]:
    """The rows that the hub does not have yet, or those about which a person must decide."""
    if which == Filter.UNSENT:
        query = "SELECT rowid FROM work INDEXED BY work_unlevel WHERE sync = 'pending' AND sync <> 'acknowledged'"
    else:
        query = (
            "SELECT rowid FROM work INDEXED BY work_unlevel WHERE sync = 'parked' AND sync <> 'acknowledged' UNION "
            "SELECT w.rowid FROM conflict c CROSS JOIN work w ON w.case_id = c.case_id WHERE c.state = 'open'"
        )
    return {row[0] for row in reader.execute(query).fetchall()}


def _holding(reader: Reader, words: list[str]) -> set[int] | None:
    """The rows that hold the first word that is rare enough; None where each is common."""
    return next(
        (found for word in sorted(words, key=len, reverse=True) if (found := _with(reader, word)) is not None), None
    )


def _with(reader: Reader, word: str) -> set[int] | None:
    """The rows that hold a word; None where they are too many to gather."""
    found: set[int] = set()
    for query in (*(_IN_NUMBERS if word.isascii() else ()), *_IN_NAMES):
        found |= {row[0] for row in reader.execute(query, (word, _tail(word), GATHERED_MOST + 1)).fetchall()}
        if len(found) > GATHERED_MOST:
            return None
    return found


# Each reads one narrow index from end to end: some milliseconds for a town, and no row of the table.
_IN_NUMBERS = (
    "SELECT rowid FROM work INDEXED BY work_number WHERE number <> '' AND instr(number, ?1) LIMIT ?3",
    "SELECT rowid FROM work INDEXED BY work_id_no WHERE id_no <> '' AND id_no LIKE ?2 LIMIT ?3",
    "SELECT rowid FROM work INDEXED BY work_phone WHERE phone <> '' AND phone LIKE ?2 LIMIT ?3",
)
_IN_NAMES = (
    "SELECT rowid FROM work INDEXED BY queue_name WHERE instr(name, ?1) LIMIT ?3",
    """
    WITH RECURSIVE named(item) AS (  -- the names of items one after the other, each by one seek
        SELECT min(item_name) FROM work UNION ALL
        SELECT (SELECT min(item_name) FROM work WHERE item_name > item) FROM named WHERE item IS NOT NULL)
    SELECT rowid FROM named CROSS JOIN work INDEXED BY queue_item ON item_name = item
    WHERE instr(item, ?1) LIMIT ?3
    """,
)


def _said(wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    """The words as conditions on a row."""
    clauses, values = "", []
    for word in wanted.text.split():
        where = "instr(name, ?) OR instr(item_name, ?)"
        values += [word, word]
        if word.isascii():
            where += " OR instr(number, ?) OR id_no LIKE ? OR phone LIKE ?"
            values += [word, _tail(word), _tail(word)]
        clauses += f" AND ({where})"
    return clauses, tuple(values)


def _tail(word: str) -> str:
    """A word as the end of an identity number or a phone; what can be neither is like none of them."""
    return f"%{word}" if word.isalnum() else "-"
