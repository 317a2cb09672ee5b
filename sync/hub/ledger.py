"""What the hub holds of each case, and the record of each operation: loaded, judged and written in one transaction.

The ledger is the only writer of cases at the hub. Rows are gathered and written together at the end of the block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from station import canonical
from station.case import Case
from station.errors import BadInput, Refused
from station.item import Item
from station.operation import Entry
from station.reducer import changed
from sync.conflict import Conflict
from sync.hub import tables
from sync.hub.database import current_number, set_number
from sync.hub.held_case import HeldCase
from sync.merge import Held, Mark, Outcome, Verdict, Written, judge

ItemOf = Callable[[str, int], Item]


class Ledger:
    """The cases and operations of one write transaction. Call `flush` before the transaction ends."""

    def __init__(self, session: Session, hub_epoch: int, item_of: ItemOf) -> None:
        self._session = session
        self.hub_epoch = hub_epoch
        self._item_of = item_of
        self._held: dict[str, HeldCase] = {}
        self._rows: dict[type[tables.HubTable], list[dict[str, Any]]] = {}
        self._changes: dict[tuple[str, str], list[tuple[int, Any, Written]]] = {}
        self._broken: dict[str, bool] = {}
        self._seq = current_number(session, "seq")  # ours until the transaction ends: it holds the write lock

    @property
    def sequence(self) -> int:
        """The last sequence number given."""
        return self._seq

    def case(self, case_id: str) -> Case | None:
        """The case as it stands, with what this transaction did."""
        return self._load(case_id).case

    def open_conflicts(self, case_id: str) -> list[Conflict]:
        """The conflicts of a case that wait for a person."""
        return list(self._load(case_id).conflicts.values())

    def record(self, entry: Entry, device_allows: Callable[[Case | None, Item], None]) -> tuple[Verdict, int]:
        """Judges the entry, applies the outcome, stores both. Returns the verdict and its sequence number.

        `device_allows` raises a StationError where the sender's scope or the clerk's rights forbid the act.
        """
        held = self._load(entry.case_id)
        outcome = self._outcome(held, entry, device_allows)
        self._seq += 1
        seq = self._seq
        self._apply(held, entry, outcome, seq)
        self._store(entry, outcome.verdict, seq)
        return outcome.verdict, seq

    def flush(self) -> None:
        """Writes everything that was gathered."""
        for held in self._held.values():
            held.write(self._session)
        for table, rows in self._rows.items():
            self._session.execute(insert(table), rows)
        self._rows.clear()
        set_number(self._session, "seq", self._seq)

    def _outcome(self, held: HeldCase, entry: Entry, allows: Callable[[Case | None, Item], None]) -> Outcome:
        if self._is_broken(entry.case_id):
            return Outcome(Verdict("deferred", "BAD-1", "case_waits"))
        try:
            outcome = self._judged(held, entry, allows)
        except SQLAlchemyError:
            raise  # the base is in trouble, not the operation: nothing of the block holds, and it will come again
        except Exception:  # BAD-1: whatever breaks here must not stop the other cases
            outcome = Outcome(Verdict("quarantined", "BAD-1", "operation_broken"))
        if outcome.verdict.outcome == "quarantined":
            self._broken[entry.case_id] = True
        return outcome

    def _judged(self, held: HeldCase, entry: Entry, allows: Callable[[Case | None, Item], None]) -> Outcome:
        try:
            item = self._item(held.case, entry)
            allows(held.case, item)
        except Refused as refusal:
            return self._not_allowed(held, entry, refusal)
        except BadInput as fault:
            return Outcome(Verdict("quarantined", "BAD-1", fault.code, fault.fields))
        return judge(self._as_held(held, entry), entry, item, self.hub_epoch)

    def _not_allowed(self, held: HeldCase, entry: Entry, refusal: Refused) -> Outcome:
        """A case that the state table refuses anyway is judged by the rules for stale acts; the rest is AUTH-1."""
        state_speaks = refusal.code in ("illegal_act", "needs_hub", "not_your_role")
        if held.case is not None and state_speaks:
            item = self._item(held.case, entry)
            outcome = judge(self._as_held(held, entry), entry, item, self.hub_epoch)
            if outcome.verdict.outcome == "rejected":
                return outcome
        return Outcome(Verdict("rejected", "AUTH-1", refusal.code, refusal.fields))

    def _item(self, case: Case | None, entry: Entry) -> Item:
        source: Mapping[str, Any] = case.fields if case else entry.op.args
        return self._item_of(str(source.get("item")), int(source.get("item_version") or 0))

    def _is_broken(self, case_id: str) -> bool:
        if case_id not in self._broken:
            row = tables.OperationRow
            query = select(col(row.op_id)).where(col(row.case_id) == case_id, col(row.outcome) == "quarantined")
            self._broken[case_id] = self._session.execute(query).first() is not None
        return self._broken[case_id]

    def _apply(self, held: HeldCase, entry: Entry, outcome: Outcome, seq: int) -> None:
        op = entry.op
        echo = outcome.verdict.outcome != "applied"
        if outcome.line is not None:
            line = msgspec.structs.replace(outcome.line, seq=seq)
            held.case = changed(held.case, entry.case_id, outcome.writes, (line,))
            body = canonical.encode(line).decode()
            self._row(tables.HistoryRow, case_id=entry.case_id, seq=seq, device=op.device, echo=echo, body=body)
            held.touched(seq)
        written = Written(entry.id, op.clerk, op.device, op.at)
        for name, value in outcome.writes.items():
            held.marks[name] = Mark(seq, op.device, echo)
            self._log_change(entry.case_id, name, seq, value, written)
        for conflict in outcome.conflicts:
            held.put_conflict(msgspec.structs.replace(conflict, seq=seq))

    def _log_change(self, case_id: str, name: str, seq: int, value: Any, written: Written) -> None:
        self._changes.setdefault((case_id, name), []).append((seq, value, written))
        self._row(
            tables.FieldChangeRow,
            case_id=case_id,
            field=name,
            seq=seq,
            op_id=written.op,
            by=written.by,
            station=written.station,
            at=written.at,
            value=canonical.encode(value).decode(),
        )

    def _store(self, entry: Entry, verdict: Verdict, seq: int) -> None:
        op = entry.op
        header = {
            "role": op.role,
            "hlc": op.hlc,
            "elapsed": op.elapsed,
            "boot": op.boot,
            "base": [op.base.hub_epoch, op.base.seq],
            "opens": not op.case,
        }
        self._row(
            tables.OperationRow,
            device=op.device,
            epoch=op.epoch,
            dseq=op.dseq,
            op_id=entry.id,
            case_id=entry.case_id,
            act=op.act,
            clerk=op.clerk,
            at=op.at,
            header=canonical.encode(header).decode(),
            prev=entry.prev,
            hash=entry.hash,
            outcome=verdict.outcome,
            verdict=canonical.encode(verdict).decode(),
            seq=seq,
        )
        args = canonical.encode(op.args).decode()
        self._row(tables.HubPayloadRow, op_id=entry.id, salt=op.salt, args=args)

    def _row(self, table: type[tables.HubTable], **values: Any) -> None:
        self._rows.setdefault(table, []).append(values)

    def _load(self, case_id: str) -> HeldCase:
        if case_id not in self._held:
            self._held[case_id] = HeldCase.load(self._session, case_id)
        return self._held[case_id]

    def _as_held(self, held: HeldCase, entry: Entry) -> Held:
        return Held(
            held.case,
            held.marks,
            held.conflicts,
            lambda name, base: self.value_at(held.id, name, base, entry.op.device),
            lambda name: self.written(held.id, name),
        )

    def value_at(self, case_id: str, name: str, base: int, device: str) -> Any:
        """What the field was for the author: at that sequence number, or as his own device last set it."""
        now = [each for each in self._changes.get((case_id, name), []) if each[0] <= base or each[2].station == device]
        if now:
            return now[-1][1]
        row = tables.FieldChangeRow
        seen = (col(row.seq) <= base) | (col(row.station) == device)
        query = (
            select(col(row.value))
            .where(col(row.case_id) == case_id, col(row.field) == name, seen)
            .order_by(col(row.seq).desc())
            .limit(1)
        )
        found = self._session.execute(query).scalar()
        return None if found is None else canonical.decode(found)

    def written(self, case_id: str, name: str) -> Written:
        """Who gave the field its present value."""
        now = self._changes.get((case_id, name))
        if now:
            return now[-1][2]
        row = tables.FieldChangeRow
        query = (
            select(col(row.op_id), col(row.by), col(row.station), col(row.at))
            .where(col(row.case_id) == case_id, col(row.field) == name)
            .order_by(col(row.seq).desc())
            .limit(1)
        )
        return Written(*self._session.execute(query).one())
