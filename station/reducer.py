"""The only way to change a case: `apply(case, entry, item)`. Desk, hub, rebase and tests all call it.

Pure and total: it returns the case after the act, or raises a StationError with a code. Who may act was asked before
(`rights.py`); here only the state table and the act itself speak, so a fold of old operations always gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from station import acts
from station.case import Case, HistoryLine
from station.errors import BadInput, Refused
from station.item import Item
from station.operation import Entry
from station.rights import chosen_row

HISTORY_MAX = 500  # acts on one case; with the payload's limit it bounds what one case can weigh on the wire


class Effect(msgspec.Struct, frozen=True):
    """What an operation reads and writes, and the line that it leaves in the history."""

    reads: frozenset[str]
    writes: Mapping[str, Any]
    line: HistoryLine


def effect(case: Case | None, entry: Entry, item: Item) -> Effect:
    """What the entry does to the case. Raises Refused (state table) or BadInput (its arguments)."""
    op = entry.op
    if op.act not in acts.ACTS:
        raise BadInput("unknown_act", field="act", act=op.act)
    if case is not None and len(case.history) >= HISTORY_MAX:
        raise Refused("case_full", maximum=HISTORY_MAX)
    row = chosen_row(case, op.act, op.role, acts.place_of(entry), str(op.args.get("outcome") or ""))
    writes = acts.ACTS[op.act](acts.Doing(case, entry, item, row))
    before = case.status if case else ""
    line = HistoryLine(
        op=entry.id,
        at=op.at,
        act=op.act,
        by=op.clerk,
        station=op.device,
        frm=before,
        to=str(writes.get("status") or before),
        reason=str(op.args.get("reason") or ""),
        fields=tuple(sorted(name for name in writes if op.act in ("amend", "settle", "supplement"))),
    )
    return Effect(frozenset({"status"}), writes, line)


def changed(case: Case | None, case_id: str, writes: Mapping[str, Any], lines: Iterable[HistoryLine]) -> Case:
    """The case with these writes and these history lines; a write of None takes the field away."""
    fields = dict(case.fields) if case else {}
    for name, value in writes.items():
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
    return Case(case_id, fields, ordered((*(case.history if case else ()), *lines)))


def apply(case: Case | None, entry: Entry, item: Item) -> Case:
    """The case after the act. Raises Refused or BadInput."""
    done = effect(case, entry, item)
    return changed(case, entry.case_id, done.writes, (done.line,))


def ordered(lines: Iterable[HistoryLine]) -> tuple[HistoryLine, ...]:
    """One line per operation, in the hub's order; lines that the hub has not numbered come last, as they were made."""
    unique: dict[str, HistoryLine] = {}
    for line in lines:
        known = unique.get(line.op)
        if known is None or line.seq:
            unique[line.op] = line
    return tuple(sorted(unique.values(), key=lambda line: line.seq or float("inf")))
