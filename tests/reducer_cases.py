"""Cases and acts for the tests of the reducer, made from the demo catalogue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import station
from station.case import Case
from station.case_states import (
    Role,
)
from station.item import Item
from station.item_record import item_of
from station.operation import CHAIN_START, Base, Entry, Operation, chained
from station.reducer import apply

RECORDS: list[dict[str, Any]] = json.loads(
    (Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8")
)["items"]
ITEMS = {item.code: item for item in map(item_of, RECORDS)}
PENSION = ITEMS["11350212DM0001120963520D0003000"]  # on the spot, offline
INSURANCE = ITEMS["11350212DM0001139663520D0001000"]  # the district decides
ALLOWANCE = ITEMS["11350212DM0001104K53505D0007000"]  # the town decides, may be suspended, one material may come later
WALKED = (PENSION, INSURANCE, ALLOWANCE)

DAY_MS = 86_400_000
START_MS = 1_790_000_000_000
AMENDABLE = ("name", "id_kind", "id_no", "phone", "address", "note", "answers.handler", "agent.name", "delivery.to")


def entry(
    case: Case | None, act: str, role: str = Role.VILLAGE_CLERK, at: int = START_MS, *, hub: bool = False, **args: Any
) -> Entry:
    """An act of that role, at a station or at the hub."""
    op = Operation(
        device="hub" if hub else "laptop",
        epoch=1,
        dseq=len(case.history) + 1 if case else 1,
        act=act,
        case=case.id if case else "",
        clerk="somebody",
        role=role,
        at=at,
        base=Base(),
        salt="salt",
        args=args,
    )
    return chained(op, CHAIN_START)


def taken(item: Item, *, got: str = "original_seen", at: int = START_MS, **more: Any) -> Case:
    """A case with every material handed in that way."""
    args = {
        "item": item.code,
        "item_version": item.version,
        "number": "260000000010",
        "division": "350212103201",
        "received_on": "2026-09-21",
        "channel": "counter",
        "note": "",
        "applicant": {"kind": "person", "name": "陈秀英", "id_kind": "resident_id", "id_no": "350200195503120025"},
        "agent": {},
        "answers": {},
        "materials": {material.id: got for material in item.materials},
    }
    return apply(None, entry(None, "take", at=at, **(args | more)), item)


def went(case: Case, item: Item, *steps: str | tuple[str, dict[str, Any]], at: int = START_MS) -> Case:
    """The case after these acts of an approver at the hub."""
    for step in steps:
        act, args = (step, {}) if isinstance(step, str) else step
        case = apply(case, entry(case, act, Role.APPROVER, at, hub=True, **args), item)
    return case


def in_state(state: str, item: Item = ALLOWANCE) -> Case:
    """A case that came into that state by the shortest legal way."""
    case = taken(item)
    reviewed = ("accept", "forward")
    grant, deny = ("decide", {"outcome": "grant"}), ("decide", {"outcome": "deny"})
    ways: dict[str, Sequence[Any]] = {
        "RECEIVED": (),
        "CORRECTION": ("ask_correction",),
        "NOT_ACCEPTED": (("not_accept", {"reason": "不属于本机关职权"}),),
        "ACCEPTED": ("accept",),
        "REVIEW_TOWN": reviewed,
        "REVIEW_DEPT": (*reviewed, "forward"),
        "SPECIAL": (*reviewed, "start_special"),
        "SUSPENDED": (*reviewed, "suspend"),
        "DECIDED_GRANT": (*reviewed, grant),
        "DECIDED_DENY": (*reviewed, deny),
        "CLOSED": (*reviewed, grant, "close"),
        "DELIVERED": (*reviewed, grant, "close", "deliver"),
        "TERMINATED": (*reviewed, ("terminate", {"reason": "申请人死亡"})),
        "VOID": (("void", {"reason": "误录"}),),
    }
    case = went(case, item, *ways[state])
    assert case.status == state
    return case
