"""Lists of cases and of what waits, read straight from the base: no SQLModel, one statement a list."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from station import journal, settings
from station.case import china_time
from station.database import Reader
from station.errors import BadInput

LIMIT_MAX = 10_000  # one page of a script; a screen takes far less
DEFAULT_LIMIT = 100


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases to list. `text` is part of a name or a number, or the end of an identity number or a phone."""

    status: str | None = None
    due_before: date | None = None
    text: str | None = None
    division: str | None = None
    limit: int = DEFAULT_LIMIT


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One row: no identity number and no phone."""

    case: str
    number: str
    item: str
    item_name: str
    name: str
    status: str
    due: str | None
    division: str
    sync: str


def cases(reader: Reader, wanted: Wanted) -> list[Listed]:
    """The cases, those due first in front, then the newest."""
    if not 0 < wanted.limit <= LIMIT_MAX:
        raise BadInput("limit_range", field="limit", maximum=LIMIT_MAX)
    clauses, values = _clauses(wanted)
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    query = (
        "SELECT case_id, number, item_code, item_name, name, status, due_on, division, sync FROM work "  # noqa: S608
        f"{where} ORDER BY due_on IS NULL, due_on, changed_hlc DESC, case_id LIMIT ?"
    )
    rows = reader.execute(query, (*values, wanted.limit)).fetchall()
    names = ("case", "number", "item", "item_name", "name", "status", "due", "division", "sync")
    return [Listed(**dict(zip(names, row, strict=True))) for row in rows]


def _clauses(wanted: Wanted) -> tuple[list[str], list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    if wanted.status:
        clauses.append("status = ?")
        values.append(wanted.status)
    if wanted.due_before:
        clauses.append("due_on < ?")
        values.append(wanted.due_before.isoformat())
    if wanted.division:
        clauses.append("division >= ? AND division < ?")
        values += [wanted.division, wanted.division + ":"]  # the character after 9: everything below the division
    for word in (wanted.text or "").split():
        clauses.append("(instr(name, ?) OR instr(number, ?) OR instr(item_name, ?) OR id_no LIKE ? OR phone LIKE ?)")
        tail = "%" + word.replace("%", "").replace("_", "")
        values += [word, word, word, tail.upper(), tail]
    return clauses, values


def conflict_bodies(reader: Reader) -> list[str]:
    """The open conflicts as they came from the hub, oldest first."""
    rows = reader.execute("SELECT body FROM conflict WHERE state = 'open' ORDER BY seq").fetchall()
    return [row[0] for row in rows]


def conflict_bodies_of(reader: Reader, case_id: str) -> list[str]:
    """The open conflicts of one case."""
    query = "SELECT body FROM conflict WHERE state = 'open' AND case_id = ? ORDER BY seq"
    return [row[0] for row in reader.execute(query, (case_id,)).fetchall()]


def conflict_body(reader: Reader, conflict_id: str) -> str:
    """One conflict, open or settled. Raises BadInput `conflict_unknown`."""
    row = reader.execute("SELECT body FROM conflict WHERE id = ?", (conflict_id,)).fetchone()
    if row is None:
        raise BadInput("conflict_unknown", field="conflict", conflict=conflict_id)
    return str(row[0])


def problems(reader: Reader) -> list[dict[str, Any]]:
    """What did not take effect, with the hub's reason: code and fields for the words."""
    return [
        {
            "op": each.entry.id,
            "case": each.entry.case_id,
            "act": each.entry.op.act,
            "by": each.entry.op.clerk,
            "at": china_time(each.entry.op.at),
            "outcome": each.verdict.outcome,
            "rule": each.verdict.rule or None,
            "error": {"code": each.verdict.code, **each.verdict.fields},
        }
        for each in journal.problems(reader)
    ]


def standing(reader: Reader) -> dict[str, Any]:
    """How this station stands: who it is, what waits, when the hub last spoke."""
    who = settings.identity(reader)
    contact = settings.get(reader, "last_contact")
    oldest = journal.oldest_pending_at(reader)
    failed = settings.get(reader, "last_sync_error")
    return {
        "device": who.device or None,
        "division": who.division,
        "name": who.name,
        "enrolled": who.enrolled,
        "hub": who.hub_url or None,
        "state": _state(who.enrolled, failed, contact),
        "last_contact": china_time(contact) if contact else None,
        "last_error": failed["code"] if failed else None,
        "pending": journal.pending_count(reader),
        "oldest_pending": china_time(oldest) if oldest else None,
        "conflicts": _count(reader, "SELECT count(*) FROM conflict WHERE state = 'open'"),
        "problems": len(journal.problems(reader)),
        "clock_offset_ms": settings.get(reader, "hub_time_offset_ms"),
        "catalogue_version": settings.get(reader, "catalogue_version", 0),
        "calendar_version": settings.get(reader, "calendar_version", 0),
        "items": _count(reader, "SELECT count(*) FROM item WHERE current = 1"),
        "cases": _count(reader, "SELECT count(*) FROM work"),
        "numbers_left": _count(reader, "SELECT coalesce(sum(count - used), 0) FROM lease"),
    }


def _state(enrolled: bool, failed: Any, contact: Any) -> str:  # noqa: FBT001  (a fact of the row)
    """`online` is what the last attempt found; nothing here asks the network."""
    if not enrolled:
        return "not_enrolled"
    return "offline" if failed or not contact else "online"


def _count(reader: Reader, query: str) -> int:
    return int(reader.execute(query).fetchone()[0])
