"""What waits here for the hub, and how the last meetings with it went: what the screens show of the sync."""

from __future__ import annotations

from typing import Any

import msgspec

from station import journal, settings
from station.database import Reader

WAITING_MAX = 500  # rows of a screen; a script asks the journal


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a sync did not come to its end: the code and the fields for the words, and when."""

    code: str
    at: int
    fields: dict[str, Any] = {}


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One sync that came to an end, good or bad."""

    at: int
    seconds: float = 0.0
    pushed: int = 0
    pulled: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    failed: Failure | None = None


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """How this station stands, cheap enough to be asked twice a second. Times are ms, 0 for never."""

    enrolled: bool = False
    device: str = ""
    hub_url: str = ""
    pending: int = 0
    conflicts: int = 0
    problems: int = 0
    contact: int = 0
    failed: Failure | None = None
    auto_minutes: int | None = None  # between two syncs; 0 for none by themselves, None where nobody chose


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One act that the hub has not answered. `failed` is why the last sync after it did not bring it there."""

    case: str
    number: str
    name: str
    act: str
    at: int
    failed: Failure | None = None


def glance(reader: Reader) -> Glance:
    """How this station stands now."""
    who, minutes = settings.identity(reader), settings.get(reader, "auto_sync_minutes")
    return Glance(
        enrolled=who.enrolled,
        device=who.device,
        hub_url=who.hub_url,
        pending=journal.pending_count(reader),
        conflicts=_before_a_person(reader),
        problems=_count(
            reader, "SELECT count(*) FROM verdict WHERE outcome IN ('rejected', 'quarantined', 'deferred')"
        ),
        contact=settings.get(reader, "last_contact") or 0,
        failed=_failure(reader),
        auto_minutes=minutes if isinstance(minutes, int) else None,
    )


def _before_a_person(reader: Reader) -> int:
    """The open conflicts without those that somebody here has settled already: their choice waits for the hub."""
    rows = reader.execute("SELECT id FROM conflict WHERE state = 'open'").fetchall()
    return len({row[0] for row in rows} - journal.pending_choices(reader)) if rows else 0


def waiting(reader: Reader, limit: int = WAITING_MAX) -> list[Waiting]:
    """The acts without an answer, the oldest first."""
    failed = _failure(reader)
    rows = reader.execute(
        "SELECT j.case_id, coalesce(k.number, ''), coalesce(k.name, ''), j.act, j.at FROM pending w "
        "JOIN journal j ON j.epoch = w.epoch AND j.dseq = w.dseq LEFT JOIN work k ON k.case_id = j.case_id "
        "ORDER BY w.epoch, w.dseq LIMIT ?",
        (limit,),
    ).fetchall()
    return [
        Waiting(
            case=case, number=number, name=name, act=act, at=at, failed=failed if failed and failed.at >= at else None
        )
        for case, number, name, act, at in rows
    ]


def attempts(reader: Reader) -> list[Attempt]:
    """The last syncs that came to an end, the newest first."""
    return msgspec.convert(settings.get(reader, "sync_attempts", []), list[Attempt])


def _failure(reader: Reader) -> Failure | None:
    return msgspec.convert(settings.get(reader, "last_sync_error"), Failure | None)


def _count(reader: Reader, query: str) -> int:
    return int(reader.execute(query).fetchone()[0])
