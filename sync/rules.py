"""The named rules: what happens when an operation meets a case that others changed meanwhile.

Each rule has an id, a version, the person before whom it parks (if any) and its legal effect. `merge.py` asks them; the
words for people stand in `screens/words` under `rule.ID`. When in doubt, a rule parks: it never drops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from station.acts import IDENTITY
from station.case_states import State
from station.errors import StationError
from station.operation import Operation


class Rule(msgspec.Struct, frozen=True):
    """One way to settle a difference. `parks_before` is empty where nobody needs to look."""

    id: str
    version: int
    situation: str
    parks_before: str
    legal_effect: str


FLD_1 = Rule(
    "FLD-1",
    1,
    "the same field was changed on both sides",
    "author",
    "the value at the hub stands until a person settles",
)
ID_1 = Rule(
    "ID-1", 1, "identity was corrected on both sides", "author, then supervisor", "no decision while it is open"
)
DEC_1 = Rule(
    "DEC-1", 1, "amended after acceptance or decision elsewhere", "", "the amendment is a request to the decider"
)
DEC_2 = Rule("DEC-2", 1, "the case moved on, the amended field is still free", "", "the amendment applies")
WD_1 = Rule(
    "WD-1",
    1,
    "withdrawn here while the case moved on there",
    "decider",
    "a request; the case goes on until it is confirmed",
)
TR_1 = Rule(
    "TR-1", 1, "the act is no longer legal in the state of the case", "author", "the first act at the hub stands"
)
TR_2 = Rule("TR-2", 1, "the case moved on, the act is still legal", "", "the act applies")
DEL_1 = Rule(
    "DEL-1",
    1,
    "an act on a case that was voided meanwhile",
    "supervisor",
    "the case stays void; restore is an act of its own",
)
AUTH_1 = Rule(
    "AUTH-1",
    1,
    "the hub does not know the clerk, or not in this role or place",
    "supervisor",
    "no effect until a supervisor looks",
)
BAD_1 = Rule(
    "BAD-1",
    1,
    "an operation that cannot be understood or breaks an invariant",
    "developer, supervisor",
    "kept, later acts of the case wait",
)

RULES: tuple[Rule, ...] = (FLD_1, ID_1, DEC_1, DEC_2, WD_1, TR_1, TR_2, DEL_1, AUTH_1, BAD_1)


def for_refusal(status: str, stale: bool, refusal: StationError) -> Rule | None:  # noqa: FBT001  # a fact, not a switch
    """The rule for an act that the state table refuses: none where the author could have known."""
    if not stale or refusal.code not in ("illegal_act", "needs_hub", "not_your_role"):
        return None
    return DEL_1 if status == State.VOID else TR_1


def for_stale_state(op: Operation, writes: Mapping[str, Any]) -> Rule:
    """The rule for an act that is still legal although the case moved on while the author could not see it."""
    requested = any(name.startswith("requests.") for name in writes)
    if op.act == "amend":
        return DEC_1 if requested else DEC_2
    return WD_1 if requested else TR_2


def for_same_field(field: str) -> Rule:
    """The rule for a field that both sides changed to different values."""
    return ID_1 if field in IDENTITY else FLD_1
