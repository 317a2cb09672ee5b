"""Which acts a clerk may do on a case now, and why not the others; and what one of them would do. Asked, never done.

Pure: the same rights and the same reducer as the desk's own, on an operation that is never journalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from station.act_request import NOT_ASKED, checked_args, read_request
from station.case import Case
from station.case_states import ACTS, TABLE, Row, State, rows
from station.errors import BadInput, Refused
from station.item import Item
from station.operation import CHAIN_START, Entry, Operation
from station.reducer import effect
from station.rights import Actor, permitted

TRIAL = "trial"  # the device of an operation that nobody journals
# Acts that bring a case on, from the states in which somebody waits for them.
STEPS = (
    (State.RECEIVED, "accept"),
    (State.CORRECTION, "supplement"),
    (State.ACCEPTED, "decide"),
    (State.ACCEPTED, "forward"),
    (State.DECIDED_GRANT, "close"),
    (State.DECIDED_DENY, "close"),
    (State.CLOSED, "deliver"),
)
STEP_ACTS = frozenset(act for _, act in STEPS)


class Offer(msgspec.Struct, frozen=True):
    """One act: the row of the state table under which it may be done now, or why it may not."""

    act: str
    row: Row | None = None
    refusal: Refused | None = None


class Foreseen(msgspec.Struct, frozen=True):
    """What an act would do: its row, its checked arguments, the fields that it writes."""

    row: Row
    args: Mapping[str, Any]
    writes: Mapping[str, Any]


def offers(case: Case, item: Item, actor: Actor, at: int) -> tuple[Offer, ...]:
    """Every act that this role may ever ask for at this place, those that may be done now in front."""
    known = [act for act in ACTS if act not in NOT_ASKED and _ever(act, actor)]
    found = [_offer(case, item, actor, act, at) for act in known]
    return tuple(sorted(found, key=lambda offer: (offer.refusal is not None, not _is_step(case, offer.act))))


def foreseen(line: Mapping[str, Any], case: Case, item: Item, actor: Actor, at: int, today: date) -> Foreseen:
    """What the act of a line would do. Raises BadInput at a field, Refused with the law's reason, as the desk does."""
    asked = read_request(line)
    args = checked_args(asked, case, item, today)
    row = permitted(case, asked.act, actor, item, str(args.get("outcome") or ""))
    return Foreseen(row, args, effect(case, _trial(case, asked.act, actor, at, args), item).writes)


def turns(items: Iterable[Item], actor: Actor) -> dict[str, tuple[str, ...] | None]:
    """The states in which the next step is the actor's, with the codes of the items; None where it is so for all."""
    known = list(items)
    found: dict[str, tuple[str, ...] | None] = {}
    for state in dict.fromkeys(state for state, _ in STEPS):
        codes = tuple(item.code for item in known if _has_step(state, item, actor))
        if codes:
            found[state.value] = None if len(codes) == len(known) else codes
    return found


def _ever(act: str, actor: Actor) -> bool:
    """Whether the state table knows this act for this role at this place, from whatever state."""
    return any(row.act == act and actor.role in row.roles and actor.place in row.places for row in TABLE)


def _offer(case: Case, item: Item, actor: Actor, act: str, at: int) -> Offer:
    args = {"outcome": "grant"} if act == "decide" else {}
    try:
        row = permitted(case, act, actor, item, args.get("outcome", ""))
        effect(case, _trial(case, act, actor, at, args), item)
    except Refused as refusal:
        return Offer(act, refusal=refusal)
    except BadInput:
        return Offer(act, row)  # only what the clerk has yet to say is not there
    return Offer(act, row)


def _trial(case: Case, act: str, actor: Actor, at: int, args: Mapping[str, Any]) -> Entry:
    op = Operation(
        device=TRIAL, epoch=0, dseq=0, act=act, case=case.id, clerk=actor.name, role=actor.role, at=at, args=dict(args)
    )
    return Entry(op, CHAIN_START, CHAIN_START)


def _is_step(case: Case, act: str) -> bool:
    return (case.status, act) in STEPS


def _has_step(state: State, item: Item, actor: Actor) -> bool:
    """Whether one of the acts that bring a case of this item on from here is the actor's."""
    case = Case("", {"status": state.value, "division": actor.division})
    return any(_may(case, act, actor, item) for frm, act in STEPS if frm == state and rows(frm, act))


def _may(case: Case, act: str, actor: Actor, item: Item) -> bool:
    try:
        permitted(case, act, actor, item, "grant")
    except Refused:
        return False
    return True
