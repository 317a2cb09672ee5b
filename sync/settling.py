"""Conflicts at a station: what waits before whom, and a person's choice as an ordinary act of the journal."""

from __future__ import annotations

from typing import Any

from station import case_lists, journal
from station.clerks import Clerk
from station.database import Database, Reader
from station.desk import Desk, Done
from station.errors import BadInput, Refused
from station.intake import bounded
from sync.conflict import OPEN, Conflict

REASON_MAX = 500


def waiting(database: Database) -> list[Conflict]:
    """The open conflicts about which nobody here has decided yet, oldest first."""
    with database.reading() as reader:
        return _undecided(reader, case_lists.conflict_bodies(reader))


def waiting_of(database: Database, case_id: str) -> list[Conflict]:
    """The same of one case."""
    with database.reading() as reader:
        return open_of(reader, case_id)


def open_of(reader: Reader, case_id: str) -> list[Conflict]:
    """The same in a snapshot that is read for more."""
    return _undecided(reader, case_lists.conflict_bodies_of(reader, case_id))


def _undecided(reader: Reader, bodies: list[str]) -> list[Conflict]:
    """Without those whose choice waits for the hub: to ask the same person twice would be no question."""
    decided = journal.pending_choices(reader) if bodies else set()
    return [each for each in map(Conflict.read, bodies) if each.id not in decided]


def one(database: Database, conflict_id: str) -> Conflict:
    """One conflict, open or settled. Raises BadInput `conflict_unknown`."""
    with database.reading() as reader:
        return Conflict.read(case_lists.conflict_body(reader, conflict_id))


def settle(database: Database, desk: Desk, clerk: Clerk, device: str, conflict_id: str, **choice: Any) -> Done:
    """Journals the choice: `take` (mine, theirs, value), `value`, `reason`; `seen` are the candidates that were shown.

    Raises BadInput `conflict_unknown`, `conflict_settled`, `take_unknown`, `value_missing`, `reason_missing`;
    Refused `conflict_changed`.
    """
    conflict = one(database, conflict_id)
    if conflict.state != OPEN:
        raise BadInput("conflict_settled", field="conflict", conflict=conflict_id)
    if choice.get("seen") is not None and sorted(choice["seen"]) != sorted(conflict.seen):
        raise Refused("conflict_changed", conflict=conflict_id)  # nobody replaces a value that he was never shown
    reason = bounded(str(choice.get("reason") or "").strip(), REASON_MAX, "reason")
    if not reason:
        raise BadInput("reason_missing", field="reason")
    if choice.get("take") == "value" and choice.get("value") is None:
        raise BadInput("value_missing", field="value")
    value = conflict.chosen(str(choice.get("take")), choice.get("value"), device)
    named = {"id": conflict.id, "case": conflict.case, "field": conflict.field, "seen": conflict.seen}
    return desk.settle(named, value, reason, clerk, typed=choice.get("take") == "value")
