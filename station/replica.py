"""The cases: work = fold(mirror, pending). The mirror is what the hub said, the work is what the clerk sees.

The work can be rebuilt byte for byte at any moment from the other two; `verify` does. Whoever changes the mirror or the
journal of a case calls `refresh` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from station import canonical, catalogue, journal
from station.case import Case, HistoryLine
from station.case_states import State
from station.database import Reader
from station.deadlines import clocks
from station.errors import BadInput, Damaged
from station.item import Item
from station.operation import Entry
from station.reducer import apply, ordered
from station.workdays import Calendar

if TYPE_CHECKING:
    from sqlmodel import Session

PENDING, ACKNOWLEDGED, PARKED = "pending", "acknowledged", "parked"
NO_CALENDAR = Calendar(version=0)  # before the first sync every date is estimated


class Mirror(msgspec.Struct, frozen=True):
    """A case as the hub last said it. `seq` is the case's own sequence there, the base of the next act."""

    case: Case
    seq: int = 0
    marks: Mapping[str, int] = {}


class Work(msgspec.Struct, frozen=True):
    """A case as the clerk sees it, with the version of its item."""

    case: Case
    item: Item
    sync: str
    seq: int


class _Body(msgspec.Struct, frozen=True):
    fields: dict[str, Any]
    history: tuple[HistoryLine, ...]


def fold(case: Case | None, entries: Iterable[Entry], item_of: Callable[[Case | None, Entry], Item]) -> Case | None:
    """The case with the pending acts on top. An act that no longer fits waits for the hub's verdict without effect.

    So does one that breaks (BAD-1): the hub quarantines it, and the other cases of this station go on.
    """
    for entry in entries:
        try:
            case = apply(case, entry, item_of(case, entry))
        except Exception:  # noqa: S112  (what breaks is the hub's to name; it is in the journal and will be a problem)
            continue
    return case


def expect(found: Work, entry: Entry) -> Case:
    """The case after the act. Raises what the reducer raises: an act is journalled only where it has its effect."""
    return apply(found.case, entry, found.item)


def mirror(reader: Reader, case_id: str) -> Mirror | None:
    """The mirror of a case; None before the hub has spoken of it."""
    row = reader.execute("SELECT seq, body, marks FROM mirror WHERE case_id = ?", (case_id,)).fetchone()
    if row is None:
        return None
    return Mirror(_case(case_id, row[1]), row[0], canonical.decode(row[2]))


def put_mirror(session: Session, value: Mirror) -> None:
    """Replaces the mirror of a case."""
    from station.tables import MirrorRow  # noqa: PLC0415  (looking at a case must not wait for SQLModel)

    body, marks = encoded(value.case), canonical.encode(value.marks).decode()
    session.merge(MirrorRow(case_id=value.case.id, seq=value.seq, body=body, marks=marks))
    session.flush()


def forget_sequences(session: Session) -> None:
    """What the mirrors hold stays in sight; as a base of the next act it says nothing to another hub epoch."""
    session.connection().exec_driver_sql("UPDATE mirror SET seq = 0")


def work(reader: Reader, case_id: str) -> Work:
    """The case as it stands for the clerk. Raises BadInput `case_unknown`."""
    query = (
        "SELECT w.body, w.sync, coalesce(m.seq, 0) FROM work w LEFT JOIN mirror m ON m.case_id = w.case_id "
        "WHERE w.case_id = ?"
    )
    row = reader.execute(query, (case_id,)).fetchone()
    if row is None:
        raise BadInput("case_unknown", field="case", case=case_id)
    case = _case(case_id, row[0])
    return Work(case, item_of(reader, case), row[1], row[2])


def find(reader: Reader, id_or_number: str) -> str:
    """The id of a case by its id or its number. Raises BadInput `case_unknown`."""
    row = reader.execute(
        "SELECT case_id FROM work WHERE case_id = ?1 UNION SELECT case_id FROM work WHERE number = ?1 AND number <> ''",
        (id_or_number,),
    ).fetchone()
    if row is None:
        raise BadInput("case_unknown", field="case", case=id_or_number)
    return str(row[0])


def item_of(reader: Reader, case: Case) -> Item:
    """The version of the item that the case is pinned to."""
    return catalogue.item(reader, case.text("item"), int(case.fields["item_version"]))


def calendar(reader: Reader) -> Calendar:
    """The published calendar; before the first one came, every date is estimated."""
    return catalogue.calendar(reader) or NO_CALENDAR


def refresh(session: Session, case_id: str) -> Case:
    """Folds the case anew and keeps it as the work row, in the given transaction."""
    case = refresh_any(session, case_id)
    assert case is not None, "a case in the journal or the mirror folds to something"
    return case


def refresh_any(session: Session, case_id: str) -> Case | None:
    """As `refresh`; None where the acts of the case give nothing that could be shown."""
    from station.sessions import rows  # noqa: PLC0415
    from station.tables import WorkRow  # noqa: PLC0415

    reader = rows(session)
    case = rebuilt(reader, case_id)
    if case is None:
        return None
    row = _row(reader, case)
    session.merge(WorkRow(**row))
    session.flush()
    return case


def refresh_all(session: Session) -> None:
    """Folds every case anew: a new calendar moves due dates."""
    from station.sessions import rows  # noqa: PLC0415

    for (case_id,) in rows(session).execute("SELECT case_id FROM work").fetchall():
        refresh(session, case_id)


def rebuilt(reader: Reader, case_id: str) -> Case | None:
    """fold(mirror, pending), without looking at the work.

    A case of which the hub has nothing is folded from all our acts on it, refused ones too: it was taken here, a
    receipt was printed, and it stays in sight until a person has settled it.
    """
    known = mirror(reader, case_id)
    if known is None:
        return fold(None, journal.of_case(reader, case_id), lambda case, entry: item_for(reader, case, entry))
    acts = journal.pending_of(reader, case_id)
    return fold(known.case, acts, lambda case, entry: item_for(reader, case, entry))


def item_for(reader: Reader, case: Case | None, entry: Entry) -> Item:
    """The item that an act speaks of: the case's, or for an intake the one that it names."""
    source: Mapping[str, Any] = case.fields if case else entry.op.args
    return catalogue.item(reader, str(source.get("item")), int(source.get("item_version") or 0))


def verify(reader: Reader) -> int:
    """How many cases are exactly what mirror and pending acts give. Raises Damaged `work_differs` (case)."""
    known = reader.execute("SELECT case_id FROM mirror UNION SELECT case_id FROM pending").fetchall()
    ids = {row[0] for row in reader.execute("SELECT case_id FROM work").fetchall()}
    for case_id in sorted(ids | {row[0] for row in known}):
        case = rebuilt(reader, case_id)
        if case is None or _kept_row(reader, case_id) != _row(reader, case):
            raise Damaged("work_differs", case=case_id)
    return len(ids)


def _kept_row(reader: Reader, case_id: str) -> dict[str, Any]:
    found = reader.execute("SELECT * FROM work WHERE case_id = ?", (case_id,))
    row = found.fetchone()
    return dict(zip((column[0] for column in found.description), row or (), strict=False))


def encoded(case: Case) -> str:
    """The bytes by which two copies of a case are compared."""
    return canonical.encode(_Body(dict(case.fields), case.history)).decode()


def _case(case_id: str, body: str) -> Case:
    read = msgspec.json.decode(body, type=_Body)
    return Case(case_id, read.fields, ordered(read.history))


def _row(reader: Reader, case: Case) -> dict[str, Any]:
    item = item_of(reader, case)
    due = clocks(case, item, calendar(reader)).next_due
    return {
        "case_id": case.id,
        "number": case.text("number"),
        "item_code": item.code,
        "item_version": item.version,
        "item_name": item.name,
        "name": case.text("applicant.name"),
        "id_no": case.text("applicant.id_no"),
        "phone": case.text("applicant.phone"),
        "division": case.text("division"),
        "status": case.status if case.fields.get("status") else State.DRAFT.value,
        "received_on": case.text("received_on"),
        "due_on": due.isoformat() if due else None,
        "sync": _sync(reader, case.id),
        "changed_hlc": max((line.at for line in case.history), default=0),
        "body": encoded(case),
    }


def _sync(reader: Reader, case_id: str) -> str:
    """Pending before anything else: what the hub does not have yet exists only here."""
    if reader.execute("SELECT 1 FROM pending WHERE case_id = ? LIMIT 1", (case_id,)).fetchone():
        return PENDING
    parked = (
        "SELECT 1 FROM conflict WHERE case_id = ?1 AND state = 'open' UNION ALL SELECT 1 FROM verdict v "
        "JOIN journal j ON j.op_id = v.op_id WHERE j.case_id = ?1 AND (v.outcome IN ('quarantined', 'deferred') "
        "OR j.op_id = j.case_id AND v.outcome = 'rejected') LIMIT 1"
    )
    return PARKED if reader.execute(parked, (case_id,)).fetchone() else ACKNOWLEDGED
