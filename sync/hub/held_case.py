"""One case in the hands of a transaction at the hub: loaded whole, changed in memory, written once."""

from __future__ import annotations

import msgspec
from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from station import canonical
from station.case import Case, HistoryLine
from station.case_states import State
from sync.conflict import OPEN, Conflict
from sync.hub.tables import CaseRow, HistoryRow, HubConflictRow
from sync.merge import Mark


class HeldCase:
    """A case with its marks and open conflicts."""

    def __init__(self, case_id: str) -> None:
        self.id = case_id
        self.case: Case | None = None
        self.marks: dict[str, Mark] = {}
        self.conflicts: dict[str, Conflict] = {}
        self._seq = 0
        self._is_new = True
        self._dirty = False
        self._changed_conflicts: dict[str, Conflict] = {}
        self._known_conflicts: set[str] = set()

    @classmethod
    def load(cls, session: Session, case_id: str) -> HeldCase:
        """The case as it stands; empty where there is none yet."""
        held = cls(case_id)
        query = select(col(CaseRow.fields), col(CaseRow.marks), col(CaseRow.seq)).where(col(CaseRow.id) == case_id)
        row = session.execute(query).first()
        if row is None:
            return held
        held._is_new = False
        held._seq = row.seq
        held.case = Case(case_id, canonical.decode(row.fields), history(session, case_id))
        held.marks = msgspec.json.decode(row.marks, type=dict[str, Mark])
        for conflict in open_conflicts(session, case_id):
            held.conflicts[conflict.field] = conflict
            held._known_conflicts.add(conflict.id)
        return held

    def touched(self, seq: int) -> None:
        """Something of the case changed at this sequence number."""
        self._seq, self._dirty = seq, True

    def put_conflict(self, conflict: Conflict) -> None:
        """Opens, changes or settles a conflict."""
        self._changed_conflicts[conflict.id] = conflict
        if conflict.state == OPEN:
            self.conflicts[conflict.field] = conflict
        else:
            self.conflicts.pop(conflict.field, None)
        self.touched(conflict.seq)

    def write(self, session: Session) -> None:
        """Writes the case and its conflicts, where they changed."""
        if not self._dirty or self.case is None:
            return
        self._dirty = False
        case = self.case
        values = {
            "status": case.status,
            "name": case.text("applicant.name"),
            "seq": self._seq,
            "fields": canonical.encode(case.fields).decode(),
            "marks": canonical.encode(self.marks).decode(),
            "parked": bool(self.conflicts),
            "awaits": awaits_confirmation(case),
        }
        if self._is_new:
            self._is_new = False
            values |= {"id": self.id, "division": case.text("division"), "station": case.text("station")}
            values |= {"number": case.text("number"), "item": case.text("item")}
            session.execute(insert(CaseRow).values(**values, item_version=case.fields["item_version"]))
        else:
            session.execute(update(CaseRow).where(col(CaseRow.id) == self.id).values(**values))
        self._write_conflicts(session)

    def _write_conflicts(self, session: Session) -> None:
        assert self.case is not None
        for conflict in self._changed_conflicts.values():
            values = {
                "case_id": self.id,
                "division": self.case.text("division"),
                "field": conflict.field,
                "state": conflict.state,
                "seq": conflict.seq,
                "body": canonical.encode(conflict).decode(),
            }
            if conflict.id in self._known_conflicts:
                session.execute(update(HubConflictRow).where(col(HubConflictRow.id) == conflict.id).values(**values))
            else:
                self._known_conflicts.add(conflict.id)
                session.execute(insert(HubConflictRow).values(id=conflict.id, **values))
        self._changed_conflicts.clear()


def awaits_confirmation(case: Case) -> bool:
    """Whether a village accepted the case provisionally (预受理) and the hub has yet to confirm it."""
    return case.fields.get("status") == State.RECEIVED and bool(case.text("pre_accepted_on"))


def history(session: Session, case_id: str) -> tuple[HistoryLine, ...]:
    """The history of a case, in the order in which its acts took effect."""
    query = select(col(HistoryRow.body)).where(col(HistoryRow.case_id) == case_id).order_by(col(HistoryRow.seq))
    return tuple(msgspec.json.decode(body, type=HistoryLine) for body in session.execute(query).scalars())


def open_conflicts(session: Session, case_id: str) -> list[Conflict]:
    """The conflicts of a case that wait for a person."""
    query = select(col(HubConflictRow.body)).where(
        col(HubConflictRow.case_id) == case_id, col(HubConflictRow.state) == OPEN
    )
    return [msgspec.json.decode(body, type=Conflict) for body in session.execute(query).scalars()]
