"""What the hub publishes: versions of items with their search keys, and calendars; each as an immutable pack.

A published version never changes: the same code and version with another content is a hard fault. Nothing of a faulty
catalogue is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Lock
from typing import Any

import zstandard
from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from station import canonical
from station.errors import BadInput
from station.item import Item
from station.item_record import item_of
from station.workdays import Calendar, from_document
from sync.hub.catalogue_lint import Finding, lint
from sync.hub.database import HubDatabase, current_number, next_number
from sync.hub.pinyin_keys import keys_of
from sync.hub.tables import HubCalendarRow, HubItemRow, PackRow

PACK_LEVEL = 19  # made once, sent a thousand times
CATALOGUE = "catalogue"
CALENDAR = "calendar"


class Items:
    """The published items as values, kept in memory: a version never changes."""

    def __init__(self, database: HubDatabase) -> None:
        self._database = database
        self._known: dict[tuple[str, int], Item] = {}
        self._guard = Lock()

    def item(self, code: str, version: int) -> Item:
        """One version of one item. Raises BadInput `unknown_item`."""
        with self._guard:
            known = self._known.get((code, version))
        if known is not None:
            return known
        with self._database.reading() as session:
            record = session.execute(
                select(col(HubItemRow.record)).where(col(HubItemRow.code) == code, col(HubItemRow.version) == version)
            ).scalar()
        if record is None:
            raise BadInput("unknown_item", field="item", item=code, version=version)
        item = item_of(canonical.decode(record))
        with self._guard:
            self._known[code, version] = item
        return item


def publish(session: Session, catalogue: Any, now_ms: int) -> dict[str, Any]:
    """Stores the new versions of a catalogue ({"items": [...]}) and makes its pack.

    Raises BadInput `catalogue_form`, or `catalogue_faulty` with the hard findings.
    """
    records = catalogue.get("items") if isinstance(catalogue, dict) else catalogue
    if not isinstance(records, list) or not records or not all(isinstance(each, dict) for each in records):
        raise BadInput("catalogue_form", field="items")
    findings = lint(records)
    hard = [finding for finding in findings if finding.level == "hard"]
    if hard:
        raise BadInput("catalogue_faulty", field="items", faults=[_shown(finding) for finding in hard])
    new = [record for record in records if _is_new(session, item_of(record), record)]
    for record in new:
        item = item_of(record)
        values = {"code": item.code, "version": item.version, "record": canonical.encode(record).decode()}
        keys = canonical.encode(keys_of(item.name, list(item.aliases))).decode()
        session.execute(insert(HubItemRow).values(**values, keys=keys, published_at=now_ms))
    if new:
        next_number(session, CATALOGUE)
        _make_pack(session, CATALOGUE, _catalogue_document(session), now_ms)
    advice = [_shown(finding) for finding in findings if finding.level != "hard"]
    return {"published": len(new), "unchanged": len(records) - len(new), "advice": advice}


def publish_calendar(session: Session, document: Any, now_ms: int) -> dict[str, Any]:
    """Stores a calendar under the next version number and makes its pack. Raises BadInput `calendar_*`."""
    last = int(session.execute(select(func.max(col(HubCalendarRow.version)))).scalar() or 0)
    if not isinstance(document, dict):
        raise BadInput("calendar_form", field="")
    document = {**document, "version": last + 1}
    published = from_document(document)
    body = canonical.encode(document)
    session.execute(insert(HubCalendarRow).values(version=last + 1, body=body.decode()))
    _make_pack(session, CALENDAR, body, now_ms)
    return {"version": last + 1, "years": sorted(published.years)}


def calendar(session: Session) -> Calendar:
    """The calendar in force. Raises BadInput `calendar_missing`."""
    query = select(col(HubCalendarRow.body)).order_by(col(HubCalendarRow.version).desc()).limit(1)
    body = session.execute(query).scalar()
    if body is None:
        raise BadInput("calendar_missing", field="calendar")
    return from_document(canonical.decode(body))


def versions(session: Session) -> dict[str, int]:
    """The numbers by which a station says which catalogue and calendar it has."""
    last = session.execute(select(func.max(col(HubCalendarRow.version)))).scalar()
    return {CATALOGUE: current_number(session, CATALOGUE), CALENDAR: int(last or 0)}


def packs(session: Session) -> dict[str, str]:
    """The names of the packs in force, by kind."""
    return dict(session.execute(select(col(PackRow.kind), col(PackRow.hash))).all())


def pack(session: Session, name: str) -> bytes | None:
    """The bytes of a pack."""
    return session.execute(select(col(PackRow.body)).where(col(PackRow.hash) == name)).scalar()


def _is_new(session: Session, item: Item, record: dict[str, Any]) -> bool:
    stored = session.execute(
        select(col(HubItemRow.record)).where(col(HubItemRow.code) == item.code, col(HubItemRow.version) == item.version)
    ).scalar()
    if stored is not None and stored != canonical.encode(record).decode():
        fault = {"code": "version_reused", "item": item.code, "field": "version", "version": item.version}
        raise BadInput("catalogue_faulty", field="items", faults=[fault])
    return stored is None


def _shown(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "item": finding.item, "field": finding.field}


def _catalogue_document(session: Session) -> bytes:
    rows: Sequence[HubItemRow] = (
        session.execute(select(HubItemRow).order_by(col(HubItemRow.code), col(HubItemRow.version))).scalars().all()
    )
    items = [{"record": canonical.decode(row.record), "keys": canonical.decode(row.keys)} for row in rows]
    return canonical.encode({"version": current_number(session, CATALOGUE), "items": items})


def _make_pack(session: Session, kind: str, document: bytes, now_ms: int) -> None:
    """The pack in force replaces the one before: a station that has begun the old one starts the new."""
    body = zstandard.ZstdCompressor(level=PACK_LEVEL).compress(document)
    name = hashlib.sha256(body).hexdigest()
    session.execute(delete(PackRow).where(col(PackRow.kind) == kind))
    session.execute(insert(PackRow).values(hash=name, kind=kind, made_at=now_ms, body=body))
