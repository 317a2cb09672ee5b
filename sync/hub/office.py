"""The hub's own counter: what approvers and town clerks do at the hub, and what they look up there.

The same acts, rights, reducer and ledger as everywhere; the hub's journal gives the entries their place.
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from station import canonical
from station.act_request import checked_args, read_request, settled_value
from station.case import Case, china_day, china_time
from station.case_document import document, lacking
from station.deadlines import clocks
from station.errors import BadInput, Refused
from station.item import Item
from station.ports import Chance, Clock
from station.rights import Actor, permitted
from sync.conflict import Conflict
from sync.hub import hub_journal, publication, registry, settings
from sync.hub.database import HubDatabase, current_number
from sync.hub.held_case import history, open_conflicts
from sync.hub.ledger import Ledger
from sync.hub.publication import Items
from sync.hub.tables import CaseRow, HubConflictRow, OperationRow

LIMIT_MAX = 10_000
HUB_STATION = "hub"


class Office:
    """The desk of the hub. Give it an actor who has signed in."""

    def __init__(self, database: HubDatabase, clock: Clock, chance: Chance) -> None:
        self._database = database
        self._clock = clock
        self._chance = chance
        self._items = Items(database)

    def sign_in(self, name: str, pin: str | None) -> Actor:
        """Raises NotAuthorised `clerk_unknown`, `pin_needed`, `pin_wrong`."""
        with self._database.reading() as session:
            return registry.sign_in(session, name, pin)

    def act(self, line: Any, actor: Actor) -> dict[str, Any]:
        """One act on one case. Raises BadInput at a field, Refused with the law's reason."""
        asked = read_request(line)
        with self._database.writing() as session:
            ledger = Ledger(session, settings.identity(session).epoch, self._items.item)
            case = ledger.case(find(session, asked.case))
            assert case is not None
            item = self._item(case)
            args = checked_args(asked, case, item, china_day(self._clock.now_ms()))
            case = self._perform(session, ledger, case, asked.act, args, actor)
            ledger.flush()
            return self._done(session, case, item)

    def settle(self, conflict_id: str, take: str, value: Any, reason: str, actor: Actor) -> dict[str, Any]:
        """A choice between the values of a conflict. `take` is mine, theirs or value."""
        with self._database.writing() as session:
            conflict = _conflict(session, conflict_id)
            ledger = Ledger(session, settings.identity(session).epoch, self._items.item)
            case = ledger.case(conflict.case)
            assert case is not None
            chosen = conflict.chosen(take, value, HUB_STATION)
            if take == "value":
                chosen = settled_value(conflict.field, value, case, self._item(case), china_day(self._clock.now_ms()))
            args = {"conflict": conflict.id, "field": conflict.field, "value": chosen, "seen": conflict.seen}
            case = self._perform(session, ledger, case, "settle", args | {"reason": reason}, actor)
            ledger.flush()
            return self._done(session, case, self._item(case))

    def cases(
        self,
        status: str | None = None,
        division: str | None = None,
        text: str | None = None,
        limit: int = 100,
        *,
        due_before: date | None = None,
    ) -> list[dict[str, Any]]:
        """One row a case, newest change first."""
        query = select(CaseRow).order_by(col(CaseRow.seq).desc())
        if status:
            query = query.where(col(CaseRow.status) == status)
        if division:
            query = query.where(col(CaseRow.division).startswith(division, autoescape=True))
        if text:
            found = col(CaseRow.name).contains(text, autoescape=True)
            query = query.where(found | col(CaseRow.number).contains(text, autoescape=True))
        with self._database.reading() as session:
            calendar = publication.calendar(session)
            rows = (self._row(row, calendar) for row in session.execute(query).scalars())
            # Due dates are counted, not stored: this filter is the one that the base cannot do.
            due = (row for row in rows if due_before is None or (row["due"] or "9999") < due_before.isoformat())
            return list(islice(due, min(limit, LIMIT_MAX)))

    def case(self, ref: str) -> dict[str, Any]:
        """One case whole."""
        with self._database.reading() as session:
            row = session.get(CaseRow, find(session, ref))
            assert row is not None
            case = Case(row.id, canonical.decode(row.fields), history(session, row.id))
            conflicts = [each.document(HUB_STATION) for each in open_conflicts(session, row.id)]
            return document(
                case,
                self._item(case),
                publication.calendar(session),
                conflicts=conflicts,
                sync="parked" if conflicts else "acknowledged",
            )

    def conflicts(self) -> list[dict[str, Any]]:
        """The conflicts that wait for a person, oldest first."""
        query = select(col(HubConflictRow.body)).where(col(HubConflictRow.state) == "open")
        with self._database.reading() as session:
            rows = session.execute(query.order_by(col(HubConflictRow.seq))).scalars()
            return [Conflict.read(body).document(HUB_STATION) for body in rows]

    def status(self) -> dict[str, Any]:
        """Stations with their last contact, what waits, and how far the sequence is."""
        with self._database.reading() as session:
            stations = [
                {
                    "station": row.id,
                    "name": row.name,
                    "division": row.division,
                    "state": row.state,
                    "last_contact": china_time(row.last_contact) if row.last_contact else None,
                    "pending": row.pending_told,
                    "stored": row.stored,
                }
                for row in registry.stations(session)
            ]
            waiting = select(func.count()).select_from(HubConflictRow).where(col(HubConflictRow.state) == "open")
            broken = select(func.count()).select_from(OperationRow).where(col(OperationRow.outcome) == "quarantined")
            sequence = current_number(session, "seq")
            return {
                "stations": stations,
                "pending": sum(each["pending"] for each in stations),
                "conflicts": session.execute(waiting).scalar_one(),
                "quarantined": session.execute(broken).scalar_one(),
                "sequence": sequence,
                # Until a backup is verified or a standby confirms, nothing is durable beyond this disk.
                "durable_point": 0,
                "hub_epoch": settings.identity(session).epoch,
            }

    def _item(self, case: Case) -> Item:
        return self._items.item(case.text("item"), int(case.fields["item_version"]))

    def _perform(
        self, session: Session, ledger: Ledger, case: Case, act: str, args: dict[str, Any], actor: Actor
    ) -> Case:
        permitted(case, act, actor, self._item(case), str(args.get("outcome") or ""))
        entry = hub_journal.entry(
            session,
            self._clock,
            self._chance,
            ledger.hub_epoch,
            case.id,
            act,
            clerk=actor.name,
            role=actor.role,
            seq=ledger.sequence,
            args=args,
        )
        verdict, _seq = ledger.record(entry, lambda _case, _item: None)
        if verdict.outcome != "applied":
            # The transaction is given up: at the hub a person is there to hear the reason at once.
            raise Refused(verdict.code or "conflict_moved_on", **verdict.fields)
        after = ledger.case(case.id)
        assert after is not None
        return after

    def _done(self, session: Session, case: Case, item: Item) -> dict[str, Any]:
        due = clocks(case, item, publication.calendar(session)).document()
        return {
            "case": case.id,
            "number": case.text("number"),
            "status": case.status,
            "due": due,
            "missing": list(lacking(case, item)),
        }

    def _row(self, row: CaseRow, calendar: Any) -> dict[str, Any]:
        case = Case(row.id, canonical.decode(row.fields))
        item = self._item(case)
        due = clocks(case, item, calendar).next_due
        return {
            "case": row.id,
            "number": row.number,
            "item": row.item,
            "item_name": item.name,
            "name": row.name,
            "status": row.status,
            "due": due.isoformat() if due else None,
            "division": row.division,
            "sync": "parked" if row.parked else "acknowledged",
        }


def find(session: Session, ref: str) -> str:
    """The id of a case by its id or its number. Raises BadInput `case_unknown`."""
    query = select(col(CaseRow.id)).where((col(CaseRow.id) == ref) | (col(CaseRow.number) == ref))
    found: str | None = session.execute(query).scalar()
    if found is None:
        raise BadInput("case_unknown", field="case", case=ref)
    return found


def _conflict(session: Session, conflict_id: str) -> Conflict:
    row = session.get(HubConflictRow, conflict_id)
    if row is None:
        raise BadInput("conflict_unknown", field="conflict", conflict=conflict_id)
    return Conflict.read(row.body)
