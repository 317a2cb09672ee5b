"""A conflict as an entity that both sides see: which values, by whom, from where, when, and what was there before.

Settling names exactly the candidates seen; a later candidate re-opens it. Nothing that a person typed is lost in here.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from station.acts import SETTABLE
from station.case import china_time
from station.errors import BadInput
from station.operation import id_of

OPEN = "open"
SETTLED = "settled"


class Candidate(msgspec.Struct, frozen=True):
    """One value that somebody gave to the field; the first candidate is the one that stands at the hub."""

    op: str
    value: Any
    by: str
    station: str
    at: int


class Conflict(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Values of one field of one case between which a person must choose."""

    id: str
    case: str
    field: str
    rule: str
    base: Any = None
    candidates: tuple[Candidate, ...]
    owner: str  # the station whose edit is waiting
    state: str = OPEN
    opened_at: int = 0
    seq: int = 0
    settled_by: str = ""
    reason: str = ""

    @staticmethod
    def read(body: str | bytes) -> Conflict:
        """A conflict as it was kept or sent."""
        return msgspec.json.decode(body, type=Conflict)

    @property
    def seen(self) -> list[str]:
        """The operations whose values a person sees when looking at this conflict."""
        return [candidate.op for candidate in self.candidates]

    @property
    def stands(self) -> Candidate:
        """The value that stands at the hub."""
        return self.candidates[0]

    def mine(self, device: str) -> Candidate:
        """The latest candidate of that station; for who has none, the latest one that does not stand."""
        own = [each for each in self.candidates if each.station == device]
        return (own or list(self.candidates))[-1]

    def theirs(self, device: str) -> Candidate:
        """What that station's own value is held against: the one that stands, or the latest where its own stands."""
        mine = self.mine(device)
        return self.stands if mine.op != self.stands.op else self.candidates[-1]

    def chosen(self, take: str, value: Any, device: str) -> Any:
        """The value that a person takes: mine, theirs, or one of her own. Raises BadInput `take_unknown`."""
        if take == "mine":
            return self.mine(device).value
        if take == "theirs":
            return self.theirs(device).value
        if take == "value":
            return value
        raise BadInput("take_unknown", field="take", known=["mine", "theirs", "value"])

    def document(self, device: str) -> dict[str, Any]:
        """The shape that the command line promises; `field` is the key that `set` would take."""
        return {
            "id": self.id,
            "case": self.case,
            "field": key_of(self.field),
            "base": self.base,
            "mine": self.mine(device).value,
            "theirs": self.theirs(device).value,
            "by": self.theirs(device).by,
            "at": china_time(self.theirs(device).at),
            "rule": self.rule,
            "state": self.state,
        }


_KEYS = {field: key for key, field in SETTABLE.items()}


def key_of(field: str) -> str:
    """The key under which people and scripts know a field."""
    return _KEYS.get(field, field)


def conflict_id(case: str, field: str, op: str) -> str:
    """Both ends can name a conflict without asking each other."""
    return id_of(hashlib.sha256(f"{case}\n{field}\n{op}".encode()).hexdigest())
