"""The legal clocks of a case: every due date is counted from what happened, and none is ever stored or edited.

Intake and correction have a date only while they run. The dates of the decision (promised, statutory) and of delivery
stay what they were when the case goes on or ends: reports compare with them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from station.case import Case
from station.item import Item
from station.limits import ON_THE_SPOT, WORKING_DAYS, Due, Pause, due_after
from station.workdays import Calendar

INTAKE_WORKDAYS = 5  # 行政许可法 第三十二条第一款第四项: tell once, accept or refuse
DELIVERY_WORKDAYS = 10  # 行政许可法 第四十四条: issue and serve after a grant

_DECISION = ("promised", "statutory")
# Which clocks run in which state; in every other state none does.
RUNNING: dict[str, tuple[str, ...]] = {
    "RECEIVED": ("intake",),
    "CORRECTION": ("correction",),
    "ACCEPTED": _DECISION,
    "REVIEW_TOWN": _DECISION,
    "REVIEW_DEPT": _DECISION,
    "SPECIAL": _DECISION,
    "SUSPENDED": _DECISION,
    "DECIDED_GRANT": ("delivery",),
    "CLOSED": ("delivery",),
}


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """All clocks of a case. `next_due` is the earliest that runs; `estimated` names those that may move (暂估)."""

    intake: date | None = None
    promised: date | None = None
    statutory: date | None = None
    correction: date | None = None
    delivery: date | None = None
    paused: bool = False
    estimated: tuple[str, ...] = ()
    next_due: date | None = None

    def document(self) -> dict[str, Any]:
        """The promise of the command line: each clock's date or null, `paused`, and the names of estimated clocks."""
        days = {name: getattr(self, name) for name in ("intake", "promised", "statutory", "correction", "delivery")}
        dates = {name: day.isoformat() if day else None for name, day in days.items()}
        return {**dates, "paused": self.paused, "estimated": list(self.estimated)}


def clocks(case: Case, item: Item, calendar: Calendar) -> Clocks:
    """The clocks of a case under the version of the item that it is pinned to. Raises BadInput for an item's limits."""
    running = RUNNING.get(case.status, ())
    dues = {
        "intake": _intake(case, calendar) if "intake" in running else Due(),
        "promised": _decision(case, calendar, item.promised_limit, item.limit_unit),
        "statutory": _decision(case, calendar, item.statutory_limit, _statutory_unit(item)),
        "correction": _correction(case) if "correction" in running else Due(),
        "delivery": _delivery(case, calendar),
    }
    days = [day for name in running if (day := dues[name].day)]
    return Clocks(
        intake=dues["intake"].day,
        promised=dues["promised"].day,
        statutory=dues["statutory"].day,
        correction=dues["correction"].day,
        delivery=dues["delivery"].day,
        paused=running == _DECISION and any(pause.to is None for pause in _pauses(case)),
        estimated=tuple(name for name, due in dues.items() if due.estimated),
        next_due=min(days, default=None),
    )


def _intake(case: Case, calendar: Calendar) -> Due:
    start_on = case.day("intake_from")
    return due_after(start_on, INTAKE_WORKDAYS, WORKING_DAYS, calendar) if start_on else Due()


def _decision(case: Case, calendar: Calendar, amount: int | None, unit: str) -> Due:
    start_on = case.day("accepted_on")
    if start_on is None or (amount is None and unit != ON_THE_SPOT):
        return Due()
    return due_after(
        start_on,
        amount or 0,
        unit,
        calendar,
        pauses=_pauses(case),
        extension_days=case.fields.get("extension_days") or 0,
        start_at=case.fields.get("accepted_at"),
    )


def _statutory_unit(item: Item) -> str:
    """On the spot is a promise; a legal limit beside it is in working days. Source: 行政许可法 第八十二条."""
    return WORKING_DAYS if item.limit_unit == ON_THE_SPOT else item.limit_unit


def _correction(case: Case) -> Due:
    """The last of the applicant's own natural days, as printed on the notice."""
    told = case.fields.get("correction")
    if not told:
        return Due()
    return Due(date.fromisoformat(told["told_on"]) + timedelta(days=told["within_days"]))


def _delivery(case: Case, calendar: Calendar) -> Due:
    decided_on = case.day("decided_on")
    if decided_on is None or case.text("decision") != "grant":
        return Due()
    return due_after(decided_on, DELIVERY_WORKDAYS, WORKING_DAYS, calendar)


def _pauses(case: Case) -> tuple[Pause, ...]:
    return msgspec.convert(case.fields.get("pauses") or (), tuple[Pause, ...])
