"""Intakes that a clerk has begun: kept as she types, resumed after a power cut, gone in the transaction of the case.

A draft is kept without waiting for the disk (a killed process loses nothing of it); at each step it is kept durably.
It never leaves the station, and it is not a case: it has no number and starts no clock.
"""

from __future__ import annotations

from typing import Any

import msgspec

from station import canonical
from station.database import Database, Reader

DRAFTS_MAX = 200  # of one station; older than that are forgotten intakes, and the page says so


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An intake as far as it was typed: texts as they stand in the fields, not yet checked."""

    id: str
    clerk: str
    saved_at: int = 0
    item: str = ""
    item_version: int = 0
    step: int = 0
    applicant: dict[str, str] = {}
    agent: dict[str, str] = {}
    answers: dict[str, Any] = {}
    materials: dict[str, str] = {}
    note: str = ""
    brought: tuple[str, ...] = ()  # paths whose text came from an earlier case, and that nobody has edited since

    @property
    def empty(self) -> bool:
        """Whether nothing was typed that somebody would miss."""
        typed = (*self.applicant.values(), *self.agent.values(), *self.answers.values(), self.note)
        return not (any(typed) or self.materials)


class _Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    item: str = ""
    item_version: int = 0
    step: int = 0
    applicant: dict[str, str] = {}
    agent: dict[str, str] = {}
    answers: dict[str, Any] = {}
    materials: dict[str, str] = {}
    note: str = ""
    brought: tuple[str, ...] = ()


def keep(database: Database, draft: Draft, now_ms: int, *, durable: bool = False) -> Draft:
    """Keeps the draft as it stands now; `durable` where a step ends. One that was taken never comes back."""
    fields = msgspec.structs.asdict(draft)
    body = _Body(**{name: fields[name] for name in _Body.__struct_fields__})
    values = (draft.id, draft.clerk, now_ms, canonical.encode(body).decode())
    with database.changing(durable=durable) as rows:
        rows.execute(
            "INSERT INTO draft (id, clerk, saved_at, body) SELECT ?, ?, ?, ? "
            "WHERE NOT EXISTS (SELECT 1 FROM intake_ref WHERE ref = ?) ON CONFLICT (id) DO UPDATE "
            "SET clerk = excluded.clerk, saved_at = excluded.saved_at, body = excluded.body",
            (*values, draft.id),
        )
    return msgspec.structs.replace(draft, saved_at=now_ms)


def every(reader: Reader) -> list[Draft]:
    """The drafts of this station, the one that was touched last in front."""
    rows = reader.execute(
        "SELECT id, clerk, saved_at, body FROM draft ORDER BY saved_at DESC, id LIMIT ?", (DRAFTS_MAX,)
    ).fetchall()
    return [_draft(row) for row in rows]


def one(reader: Reader, draft_id: str) -> Draft | None:
    """A draft, or None where it was taken or discarded."""
    row = reader.execute("SELECT id, clerk, saved_at, body FROM draft WHERE id = ?", (draft_id,)).fetchone()
    return None if row is None else _draft(row)


def discard(rows: Reader, draft_id: str) -> None:
    """Forgets a draft, in a transaction of the caller's."""
    rows.execute("DELETE FROM draft WHERE id = ?", (draft_id,))


def _draft(row: tuple[str, str, int, str]) -> Draft:
    body = msgspec.json.decode(row[3], type=_Body)
    return Draft(id=row[0], clerk=row[1], saved_at=row[2], **msgspec.structs.asdict(body))
