"""What the hub makes of one operation: applied, merged by a named rule, in conflict before a person, or refused.

An operation is clean when what it reads and writes was last changed at or before its base, or by the same device. A
clean operation has exactly the effect that its author saw, so it is not sent back to him. Anything else gets a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from station.case import Case, HistoryLine
from station.errors import BadInput, Refused, StationError
from station.item import Item
from station.operation import Base, Entry
from station.reducer import Effect, effect
from sync import rules
from sync.conflict import SETTLED, Candidate, Conflict, conflict_id

SET_FIELDS = ("applicant.", "agent.", "answers.", "delivery.", "materials.", "note")  # where two people can differ
IDENTITY_GROUP = ("applicant.id_kind", "applicant.id_no")  # stand or fall together

OutcomeName = Literal["applied", "merged", "conflict", "rejected", "quarantined", "deferred"]


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """The last change of a field: its sequence, its device, and whether that device must be told."""

    seq: int
    device: str
    echo: bool = False


class Written(msgspec.Struct, frozen=True):
    """Who gave a field its present value."""

    op: str
    by: str
    station: str
    at: int


class Held(msgspec.Struct):
    """A case as the hub holds it. `value_at` and `written` look into the log of field changes.

    `value_at(field, base)` is what the author had before him: the value at his base, or a later one of his own.
    """

    case: Case | None
    marks: Mapping[str, Mark]
    conflicts: Mapping[str, Conflict]  # by field, open ones
    value_at: Callable[[str, int], Any]
    written: Callable[[str], Written]


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an operation; stored, and repeated word for word when asked again."""

    outcome: OutcomeName
    rule: str = ""
    code: str = ""
    fields: dict[str, Any] = {}


class Outcome(msgspec.Struct, frozen=True):
    """The verdict with all that it changes at the hub."""

    verdict: Verdict
    writes: Mapping[str, Any] = {}
    line: HistoryLine | None = None
    conflicts: tuple[Conflict, ...] = ()


def judge(held: Held, entry: Entry, item: Item, hub_epoch: int) -> Outcome:
    """The outcome of one operation on one case. Total: every StationError becomes a verdict."""
    base = base_seq(entry.op.base, hub_epoch)
    try:
        done = effect(held.case, entry, item)
    except Refused as refusal:
        return _refused(held, entry, base, refusal)
    except BadInput as fault:
        # No desk journals this: a newer program, another's station, or damage. Kept; later acts of the case wait.
        return Outcome(Verdict("quarantined", rules.BAD_1.id, fault.code, fault.fields))
    if entry.op.act == "settle":
        return _settled(held, entry, done)
    if entry.op.act == "decide" and any(each.rule == rules.ID_1.id for each in held.conflicts.values()):
        return _refused(held, entry, base, Refused("identity_in_conflict"), rules.ID_1)
    return _merged(held, entry, base, done)


def base_seq(base: Base, hub_epoch: int) -> int:
    """What the author had seen; of an epoch that the hub does not know, nothing."""
    return base.seq if base.hub_epoch == hub_epoch else 0


def changed_elsewhere(held: Held, name: str, base: int, device: str) -> bool:
    """Whether another device changed the field after the author saw it."""
    mark = held.marks.get(name)
    return mark is not None and mark.seq > base and mark.device != device


def _refused(held: Held, entry: Entry, base: int, refusal: StationError, rule: rules.Rule | None = None) -> Outcome:
    status = held.case.status if held.case else ""
    stale = changed_elsewhere(held, "status", base, entry.op.device)
    rule = rule or rules.for_refusal(status, stale, refusal)
    verdict = Verdict("rejected", rule.id if rule else "", refusal.code, refusal.fields)
    line = None
    if held.case is not None:
        op = entry.op
        line = HistoryLine(
            op=entry.id,
            at=op.at,
            act=op.act,
            by=op.clerk,
            station=op.device,
            rule=verdict.rule or "REJECTED",
            frm=status,
            to=status,
        )
    return Outcome(verdict, {}, line)


def _merged(held: Held, entry: Entry, base: int, done: Effect) -> Outcome:
    contested = _contested(held, entry, base, done.writes)
    writes = {name: value for name, value in done.writes.items() if name not in contested}
    rule = None
    if any(changed_elsewhere(held, name, base, entry.op.device) for name in done.reads):
        rule = rules.for_stale_state(entry.op, done.writes)
    opened = tuple(_opened(held, entry, base, name, done.writes[name]) for name in contested)
    conflicts = opened + tuple(_overtaken(held, entry, name, writes[name]) for name in writes if name in held.conflicts)
    if opened:
        # Identity first: it is the graver reason to show.
        worst = sorted((each.rule for each in opened), key=lambda each: each != rules.ID_1.id)[0]
        return Outcome(Verdict("conflict", worst), writes, _ruled(done.line, worst), conflicts)
    if rule is not None:
        return Outcome(Verdict("merged", rule.id), writes, _ruled(done.line, rule.id), conflicts)
    return Outcome(Verdict("applied"), writes, done.line, conflicts)


def _ruled(line: HistoryLine, rule: str) -> HistoryLine:
    return msgspec.structs.replace(line, rule=rule)


def _contested(held: Held, entry: Entry, base: int, writes: Mapping[str, Any]) -> list[str]:
    """The fields to which both sides gave different values; the parts of an identity go together."""
    found = [name for name in writes if _differs(held, entry, base, name, writes[name])]
    return found + [name for name in _identity_differs(held, entry, base, writes) if name not in found]


def _identity_differs(held: Held, entry: Entry, base: int, writes: Mapping[str, Any]) -> list[str]:
    """The parts of an identity that the entry changes, where another side changed any part: halves never mix."""
    if held.case is None or entry.op.act == "settle":
        return []
    now, device = held.case.fields, entry.op.device
    moved = any(
        changed_elsewhere(held, name, base, device) and now.get(name) != held.value_at(name, base)
        for name in IDENTITY_GROUP
    )
    return [name for name in IDENTITY_GROUP if moved and name in writes and now.get(name) != writes[name]]


def _differs(held: Held, entry: Entry, base: int, name: str, value: Any) -> bool:
    if held.case is None or not name.startswith(SET_FIELDS):
        return False
    if not changed_elsewhere(held, name, base, entry.op.device):
        return False
    current = held.case.fields.get(name)
    # Equal on both sides, or the other side put it back to what the author saw: nothing to choose between.
    return bool(current != value and current != held.value_at(name, base))


def _opened(held: Held, entry: Entry, base: int, name: str, value: Any) -> Conflict:
    op = entry.op
    mine = Candidate(entry.id, value, op.clerk, op.device, op.at)
    known = held.conflicts.get(name)
    there = held.written(name)
    if known is not None:
        return _reopened(held, known, there, mine)
    assert held.case is not None
    theirs = Candidate(there.op, held.case.fields.get(name), there.by, there.station, there.at)
    return Conflict(
        id=conflict_id(held.case.id, name, entry.id),
        case=held.case.id,
        field=name,
        rule=rules.for_same_field(name).id,
        base=held.value_at(name, base),
        candidates=(theirs, mine),
        owner=op.device,
        opened_at=op.at,
    )


def _overtaken(held: Held, entry: Entry, name: str, value: Any) -> Conflict:
    """An open conflict on a field that was given a new value meanwhile: that one stands now, the others still wait."""
    known, op = held.conflicts[name], entry.op
    now = Candidate(entry.id, value, op.clerk, op.device, op.at)
    return msgspec.structs.replace(known, candidates=(now, *known.candidates))


def _settled(held: Held, entry: Entry, done: Effect) -> Outcome:
    """A person's choice holds when it named exactly what is on the table; else the conflict stays open."""
    args = entry.op.args
    known = held.conflicts.get(str(args.get("field")))
    if known is None or known.id != args.get("conflict"):
        return Outcome(Verdict("rejected", "", "conflict_not_open", {"conflict": args.get("conflict")}))
    stands = held.written(known.field)
    if sorted(known.seen) != sorted(args.get("seen") or []) or stands.op != known.stands.op:
        op = entry.op
        again = _reopened(held, known, stands, Candidate(entry.id, args["value"], op.clerk, op.device, op.at))
        return Outcome(Verdict("conflict", known.rule), {}, _ruled(done.line, known.rule), (again,))
    closed = msgspec.structs.replace(
        known, state=SETTLED, settled_by=entry.op.clerk, reason=str(args.get("reason") or "")
    )
    return Outcome(Verdict("applied"), done.writes, done.line, (closed,))


def _reopened(held: Held, known: Conflict, stands: Written, mine: Candidate) -> Conflict:
    """The same conflict with what came later: the value that stands now comes first, the entry's own last."""
    assert held.case is not None
    candidates = known.candidates
    if stands.op not in known.seen:
        now = Candidate(stands.op, held.case.fields.get(known.field), stands.by, stands.station, stands.at)
        candidates = (now, *candidates)
    return msgspec.structs.replace(known, candidates=(*candidates, mine))
