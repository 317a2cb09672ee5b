"""What the hub does with a station's operations: chain first, then rights, then the ledger; one transaction a block.

Every operation may come twice: the second time its stored verdict is repeated word for word. The same place in the
journal with another hash is a fork (a cloned disk): nothing of it is taken and nothing overwritten.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import select, update
from sqlmodel import Session, col

from station.case import Case
from station.case_states import Place, Role
from station.errors import BadInput, Refused
from station.item import Item
from station.numbers import check_number
from station.operation import CHAIN_START, Entry, chained
from station.ports import Chance, Clock
from station.rights import permitted
from sync import messages
from sync.hub import hub_journal, registry
from sync.hub.database import HubDatabase
from sync.hub.held_case import awaits_confirmation
from sync.hub.ledger import Ledger
from sync.hub.publication import Items
from sync.hub.tables import CaseRow, OperationRow, StationRow
from sync.merge import Verdict
from sync.messages import Hello, Settled, Up, WireOperation


class Push:
    """The operations of one message, taken block by block. `settled` gathers the verdicts in order."""

    def __init__(self, database: HubDatabase, items: Items, clock: Clock, chance: Chance, hub_epoch: int) -> None:
        self._database = database
        self._items = items
        self._clock = clock
        self._chance = chance
        self._hub_epoch = hub_epoch
        self.settled: list[Settled] = []
        self.changed: set[str] = set()  # cases in which something else came of an act than its author saw
        self.stored = 0
        self.taken = 0  # new ones of this message

    def begin(self, hello: Hello, station: StationRow) -> None:
        """Sets the place in the journal at which the message's operations begin."""
        self._hello = hello
        self._station = station
        self._dseq = hello.first
        self._link = hello.prev
        self.stored = station.stored
        self.taken = 0

    def block(self, up: Up) -> None:
        """Takes one block, in one transaction. Raises Refused `journal_fork`.

        After a gap nothing is taken: the answer's `stored` tells the station where to go on.
        """
        if self._dseq > self.stored + 1:
            return
        with self._database.writing() as session:
            ledger = Ledger(session, self._hub_epoch, self._items.item)
            station = registry.station(session, self._station.id)
            self.stored = station.stored
            link = station.link
            for wire in up.ops:
                link = self._operation(session, ledger, station, wire, link)
            ledger.flush()
            values = {"stored": self.stored, "link": link}
            session.execute(update(StationRow).where(col(StationRow.id) == station.id).values(**values))

    def _operation(self, session: Session, ledger: Ledger, station: StationRow, wire: WireOperation, link: str) -> str:
        op = messages.from_wire(wire, station.id, station.epoch, self._dseq)
        if self._dseq == self.stored + 1 and self._link != (link or CHAIN_START):
            raise Refused("journal_fork", dseq=self._dseq)
        entry = chained(op, self._link)
        if self._dseq <= self.stored:
            self._repeat(session, entry)
        else:
            self._take(session, ledger, station, entry)
            link = entry.hash
            self.stored = self._dseq
            self.taken += 1
        self._dseq += 1
        self._link = entry.hash
        return link

    def _take(self, session: Session, ledger: Ledger, station: StationRow, entry: Entry) -> None:
        verdict, seq = ledger.record(entry, lambda case, item: _allowed(session, station, entry, case, item))
        self._settle(entry, seq, verdict)

    def confirm_acceptances(self) -> None:
        """预受理 becomes 受理: the clerk had the right, and nothing at the hub stands against it.

        At the end of a message, so that what the clerk did after it on the same day still takes effect as she saw it.
        """
        with self._database.reading() as session:
            row = CaseRow
            mine = (col(row.awaits), col(row.station) == self._station.id, col(row.parked).is_(other=False))
            waiting = session.execute(select(col(row.id)).where(*mine)).scalars().all()
        if not waiting:
            return
        with self._database.writing() as session:
            ledger = Ledger(session, self._hub_epoch, self._items.item)
            for case_id in waiting:
                self._confirm(session, ledger, case_id)
            ledger.flush()

    def _confirm(self, session: Session, ledger: Ledger, case_id: str) -> None:
        case = ledger.case(case_id)
        if case is None or not awaits_confirmation(case):
            return
        ledger.flush()  # the hub's chain goes on from its last entry, which may be of this transaction
        entry = hub_journal.entry(
            session,
            self._clock,
            self._chance,
            self._hub_epoch,
            case.id,
            "accept",
            clerk=case.text("pre_accepted_by"),
            role=Role.HUB.value,
            seq=ledger.sequence,
        )
        ledger.record(entry, lambda _case, _item: None)

    def _repeat(self, session: Session, entry: Entry) -> None:
        op = entry.op
        row = OperationRow
        query = select(col(row.hash), col(row.seq), col(row.verdict)).where(
            col(row.device) == op.device, col(row.epoch) == op.epoch, col(row.dseq) == op.dseq
        )
        stored = session.execute(query).first()
        if stored is None or stored.hash != entry.hash:
            raise Refused("journal_fork", dseq=op.dseq)
        verdict = msgspec.json.decode(stored.verdict, type=Verdict)
        self._settle(entry, stored.seq, verdict)

    def _settle(self, entry: Entry, seq: int, verdict: Verdict) -> None:
        self.settled.append(Settled(dseq=entry.op.dseq, seq=seq, verdict=verdict))
        if verdict.outcome != "applied":
            self.changed.add(entry.case_id)


def _allowed(session: Session, station: StationRow, entry: Entry, case: Case | None, item: Item) -> None:
    """Scope of the device, then rights of the clerk. Raises Refused or BadInput."""
    op = entry.op
    division = case.text("division") if case else str(op.args.get("division"))
    if not division.startswith(station.division) or (case is None and division != station.division):
        raise Refused("not_own_division", division=division)
    actor = registry.actor(session, op.clerk, Place.STATION)
    if not division.startswith(actor.division):
        raise Refused("not_own_division", division=division)
    if actor.role != op.role:
        raise Refused("role_changed", role=op.role, now=actor.role)
    if case is None:
        _number_is_free(session, str(op.args.get("number")))
    permitted(case, op.act, actor, item, str(op.args.get("outcome") or ""))


def _number_is_free(session: Session, number: str) -> None:
    if check_number(number) != number:
        raise BadInput("number_form", field="number")
    taken = session.execute(select(col(CaseRow.id)).where(col(CaseRow.number) == number)).first()
    if taken is not None:
        raise Refused("number_taken", number=number)
