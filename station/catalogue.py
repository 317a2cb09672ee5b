"""The published catalogue at the station: every version that came, and which one a new case takes today.

A case is pinned to its version. The record is kept as it was published, beside the keys that it is searched by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from station import canonical, settings, workdays
from station.database import Database, Reader
from station.errors import BadInput, Refused
from station.item import Item
from station.item_record import item_of
from station.item_search import SearchEntry, SearchKeys
from station.workdays import Calendar

if TYPE_CHECKING:
    from sqlmodel import Session

MARKED_ON = "catalogue_marked_on"
ITEMS_KEPT = 256  # in memory; a counter works with a few dozen
_UNMARK = "UPDATE item SET current = 0 WHERE current = 1"
# Of each code the newest version in force on the day, suspended or not; the day it ends is its last.
_MARK = """
UPDATE item SET current = 1 WHERE version = (
    SELECT max(version) FROM item AS other WHERE other.code = item.code
    AND other.effective_from <= ?1 AND (other.effective_to = '' OR other.effective_to >= ?1))
"""
_ENTRIES = "SELECT code, version, name, record, keys FROM item WHERE current = 1 ORDER BY code"


def item(reader: Reader, code: str, version: int | None = None) -> Item:
    """That version of the item, or the current one.

    BadInput: unknown_item (field, item, version). Refused: item_not_current (item) where no version is in force.
    """
    return _item_of(_record(reader, code, version))


def record(reader: Reader, code: str, version: int | None = None) -> dict[str, Any]:
    """The record as it was published; troubles as in `item`."""
    found: dict[str, Any] = canonical.decode(_record(reader, code, version))
    return found


@lru_cache(maxsize=ITEMS_KEPT)
def _item_of(text: str) -> Item:
    """A published version never changes, so the same text is the same item: reading it anew costs half an intake."""
    return item_of(canonical.decode(text))


def _record(reader: Reader, code: str, version: int | None) -> str:
    row = reader.execute(
        "SELECT record FROM item WHERE code = ?1 AND (version = ?2 OR (?2 IS NULL AND current = 1))", (code, version)
    ).fetchone()
    if row is not None:
        return str(row[0])
    if version is None and versions(reader, code):
        raise Refused("item_not_current", item=code)
    raise BadInput("unknown_item", field="item", item=code, version=version)


def newest(reader: Reader, code: str, today: date) -> Item:
    """The version that a case of today would take; where none is in force, the one that tells why.

    BadInput: unknown_item (field, item).
    """
    try:
        return item(reader, code)
    except Refused:
        known = [item(reader, code, version) for version in versions(reader, code)]
    begun = [each for each in known if each.effective_from <= today.isoformat()]
    return (begun or known)[-1]


def versions(reader: Reader, code: str) -> tuple[int, ...]:
    """The versions of an item that are here, oldest first."""
    rows = reader.execute("SELECT version FROM item WHERE code = ? ORDER BY version", (code,)).fetchall()
    return tuple(row[0] for row in rows)


def entries(reader: Reader) -> tuple[SearchEntry, ...]:
    """The current items, for the search."""
    return tuple(_entry(*row) for row in reader.execute(_ENTRIES).fetchall())


def current_codes(reader: Reader) -> tuple[str, ...]:
    """The codes of the current items."""
    return tuple(row[0] for row in reader.execute("SELECT code FROM item WHERE current = 1 ORDER BY code").fetchall())


def install(session: Session, published: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], today: date) -> None:
    """Adds versions as (record, keys), or replaces them, and marks the current ones. BadInput: item_*."""
    from station.sessions import rows  # noqa: PLC0415  (looking up an item must not wait for SQLModel)
    from station.tables import ItemRow  # noqa: PLC0415

    for document, keys in published:
        made = item_of(document)
        session.merge(
            ItemRow(
                code=made.code,
                version=made.version,
                name=made.name,
                status=made.status,
                effective_from=made.effective_from,
                effective_to=made.effective_to,
                record=canonical.encode(document).decode(),
                keys=canonical.encode(keys).decode(),
            )
        )
    session.flush()
    session.expire_all()  # rows that the block has loaded would keep the old mark
    mark_current(rows(session), today)


def mark_current(rows: Reader, today: date) -> None:
    """Marks of each code the version in force today, in a transaction of the caller's."""
    rows.execute(_UNMARK)
    rows.execute(_MARK, (today.isoformat(),))
    settings.keep(rows, MARKED_ON, today.isoformat())


def keep_current(database: Database, today: date) -> None:
    """On a new day another version may be in force: looked at by every program that starts."""
    with database.reading() as reader:
        if settings.get(reader, MARKED_ON, "") in ("", today.isoformat()):
            return
    with database.changing() as rows:
        mark_current(rows, today)


def install_calendar(session: Session, version: int, body: Mapping[str, Any]) -> None:
    """Keeps a published calendar of working days."""
    from station.tables import CalendarRow  # noqa: PLC0415  (as above)

    session.merge(CalendarRow(version=version, body=canonical.encode(body).decode()))
    session.flush()


def calendar(reader: Reader) -> Calendar | None:
    """The newest calendar that came."""
    row = reader.execute("SELECT body FROM calendar ORDER BY version DESC LIMIT 1").fetchone()
    return None if row is None else _calendar_of(row[0])


@lru_cache(maxsize=2)
def _calendar_of(text: str) -> Calendar:
    return workdays.decode(text)


def _entry(code: str, version: int, name: str, document: str, keys: str) -> SearchEntry:
    published = canonical.decode(document)
    return SearchEntry(
        code=code,
        version=version,
        name=name,
        aliases=tuple(published.get("aliases") or ()),
        department=str(published.get("implementing_dept") or ""),
        keys=msgspec.convert(canonical.decode(keys), SearchKeys),
    )
