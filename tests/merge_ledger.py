"""A hub of one case in memory, for the tests of the merge: it does with an outcome what the real ledger does."""

from __future__ import annotations

from typing import Any

import msgspec

from station.case import Case
from station.case_states import Role
from station.item import Item, Material
from station.operation import CHAIN_START, HUB, Base, Entry, Operation, chained
from station.reducer import changed
from sync.conflict import OPEN, Conflict
from sync.merge import Held, Mark, Outcome, Written, judge

EPOCH = 1
ITEM = Item(
    code="X",
    version=1,
    name="示例",
    decide_level="town",
    village_role="accept_and_forward",
    materials=(Material("m_form", "申请表"),),
)
OPENED = {
    "item": "X",
    "item_version": 1,
    "number": "260000000010",
    "division": "350212103201",
    "received_on": "2026-09-21",
    "channel": "counter",
    "note": "",
    "applicant": {
        "kind": "person",
        "name": "陈秀英",
        "id_kind": "resident_id",
        "id_no": "A",
        "phone": "0",
        "address": "0",
    },
    "agent": {},
    "answers": {},
    "materials": {"m_form": "paper"},
}


class Ledger:
    """A hub of one case in memory: what the real ledger does with an outcome, and nothing else."""

    def __init__(self) -> None:
        self.case: Case | None = None
        self.seq = 0
        self.marks: dict[str, Mark] = {}
        self.conflicts: dict[str, Conflict] = {}
        self.every_conflict: dict[str, Conflict] = {}
        self.log: list[tuple[int, str, Any, Written]] = []
        self.dseqs: dict[str, int] = {}
        self.outcomes: dict[str, Outcome] = {}

    def held(self) -> Held:
        return Held(self.case, self.marks, self.conflicts, self.value_at, self.written)

    def value_at(self, name: str, base: int) -> Any:
        values = [value for seq, field, value, _ in self.log if field == name and seq <= base]
        return values[-1] if values else None

    def written(self, name: str) -> Written:
        return next(who for _, field, _, who in reversed(self.log) if field == name)

    def entry(self, device: str, act: str, base: int, role: str = Role.VILLAGE_CLERK, **args: Any) -> Entry:
        """The next act of a device that had seen the case at `base`."""
        self.dseqs[device] = self.dseqs.get(device, 0) + 1
        op = Operation(
            device=device,
            epoch=1,
            dseq=self.dseqs[device],
            act=act,
            case=self.case.id if self.case else "",
            clerk=f"clerk of {device}",
            role=role,
            at=1_790_000_000_000 + sum(self.dseqs.values()),
            base=Base(EPOCH, base),
            salt=device,
            args=args,
        )
        return chained(op, CHAIN_START)

    def take(self, entry: Entry) -> Outcome:
        """Judges and applies."""
        outcome = judge(self.held(), entry, ITEM, EPOCH)
        self.seq += 1
        op, writer = entry.op, Written(entry.id, entry.op.clerk, entry.op.device, entry.op.at)
        if outcome.line is not None:
            line = msgspec.structs.replace(outcome.line, seq=self.seq)
            self.case = changed(self.case, entry.case_id, outcome.writes, (line,))
        for name, value in outcome.writes.items():
            self.marks[name] = Mark(self.seq, op.device, outcome.verdict.outcome != "applied")
            self.log.append((self.seq, name, value, writer))
        for conflict in outcome.conflicts:
            self.every_conflict[conflict.id] = conflict
            if conflict.state == OPEN:
                self.conflicts[conflict.field] = conflict
            else:
                self.conflicts.pop(conflict.field, None)
        self.outcomes[entry.id] = outcome
        return outcome

    def act(self, device: str, act: str, base: int, role: str = Role.VILLAGE_CLERK, **args: Any) -> Outcome:
        return self.take(self.entry(device, act, base, role, **args))

    def amend(self, device: str, base: int, **wanted: Any) -> Outcome:
        return self.act(device, "amend", base, set=wanted)

    def at_hub(self, act: str, **args: Any) -> Outcome:
        return self.act(HUB, act, self.seq, Role.APPROVER, **args)

    @property
    def fields(self) -> Any:
        assert self.case is not None
        return self.case.fields


def choice(of: Conflict, value: Any, **more: Any) -> dict[str, Any]:
    return {
        "conflict": of.id,
        "field": of.field,
        "value": value,
        "seen": of.seen,
        "reason": "核实",
    } | more
