"""What each act writes, as pure functions from (case, entry, item, row) to fields. The reducer calls them by name.

A write of None takes the field away. An act never reads another clock than the operation's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from station.case import Case, china_day
from station.case_states import BEFORE_ACCEPTANCE, IN_HAND, Offline, Place, Role, Row, State
from station.checklist import deferrable, missing_materials
from station.errors import BadInput, Refused
from station.item import Item
from station.operation import Entry
from station.taken import check_taken

Writes = dict[str, Any]

EXTENSION_WORKING_DAYS = 10  # 行政许可法 第四十二条: once, with the head's approval and the reasons told
CORRECTION_DAYS = 90  # natural days printed on the notice (Pingtan's 补办件通知单); the catalogue may say another
IDENTITY = ("applicant.name", "applicant.id_kind", "applicant.id_no")
CONTACT = ("applicant.phone", "applicant.address", "note")

# The keys of `set` in an amendment and the fields that they change.
SETTABLE = {
    "name": "applicant.name",
    "id_kind": "applicant.id_kind",
    "id_no": "applicant.id_no",
    "phone": "applicant.phone",
    "address": "applicant.address",
    "note": "note",
}
SETTABLE_BELOW = ("answers.", "agent.", "delivery.")


class Doing(msgspec.Struct, frozen=True):
    """What an act works with. `case` is None for the act that opens one."""

    case: Case | None
    entry: Entry
    item: Item
    row: Row

    @property
    def args(self) -> dict[str, Any]:
        """The operation's payload."""
        return self.entry.op.args

    @property
    def day(self) -> str:
        """The calendar day of the act in China, ISO."""
        return china_day(self.entry.op.at).isoformat()

    @property
    def at_station(self) -> bool:
        """Whether the act was done at a station's replica."""
        return place_of(self.entry) == Place.STATION

    @property
    def current(self) -> Case:
        """The case; every act but the opening one has it."""
        assert self.case is not None
        return self.case

    def reason(self) -> str:
        """The reason that this act must give. Raises BadInput `reason_missing`."""
        reason = str(self.args.get("reason") or "").strip()
        if not reason:
            raise BadInput("reason_missing", field="reason")
        return reason


def place_of(entry: Entry) -> Place:
    """Where the act of this entry was done."""
    return Place.HUB if entry.op.role == Role.HUB or entry.op.device == "hub" else Place.STATION


def take(doing: Doing) -> Writes:
    """收件: every field of the case as the intake brought it."""
    args = doing.args
    check_taken(args)
    writes: Writes = {
        "status": doing.row.to,
        "taken_by": doing.entry.op.clerk,
        "taken_at": doing.entry.op.at,
        "intake_from": args["received_on"],
        "station": doing.entry.op.device,
    }
    for name in ("number", "item", "item_version", "division", "received_on", "channel", "note"):
        writes[name] = args[name]
    for group in ("applicant", "agent", "answers", "materials"):
        writes.update({f"{group}.{key}": value for key, value in (args.get(group) or {}).items()})
    for name in ("received_reason", "session"):
        if args.get(name):
            writes[name] = args[name]
    return writes


def amend(doing: Doing) -> Writes:
    """更正: within its window a field changes; after it the amendment is a request to the decider."""
    wanted = {settable(key): value for key, value in doing.args.get("set", {}).items()}
    if not wanted:
        raise BadInput("nothing_to_set", field="set")
    if not doing.at_station:
        return wanted
    late = {name: value for name, value in wanted.items() if not _window_open(doing.current, name)}
    writes: Writes = {name: value for name, value in wanted.items() if name not in late}
    if late:
        writes[f"requests.{doing.entry.id}"] = {"act": "amend", "set": late, "state": "open"}
    return writes


def settable(key: str) -> str:
    """The field that a key of `set` changes. Raises BadInput `unknown_field`."""
    if key in SETTABLE:
        return SETTABLE[key]
    if key.startswith(SETTABLE_BELOW) and key.split(".", 1)[1]:
        return key
    raise BadInput("unknown_field", field=f"set.{key}")


def _window_open(case: Case, name: str) -> bool:
    """Contact, address, delivery and note until the decision; identity, agent and answers until acceptance."""
    if case.status in BEFORE_ACCEPTANCE:
        return True
    return case.status in IN_HAND and (name in CONTACT or name.startswith("delivery."))


def supplement(doing: Doing) -> Writes:
    """补正收件: materials handed in; out of CORRECTION the intake clock restarts on this day."""
    materials = doing.args.get("materials") or {}
    if not materials:
        raise BadInput("materials_empty", field="materials")
    writes: Writes = {f"materials.{key}": got for key, got in materials.items()}
    writes.update({f"answers.{key}": value for key, value in (doing.args.get("answers") or {}).items()})
    if doing.current.status == State.CORRECTION:
        writes |= {"status": doing.row.to, "intake_from": doing.day, "correction": None}
    return writes


def ask_correction(doing: Doing) -> Writes:
    """一次性告知: everything that is missing, once, with the applicant's period in natural days."""
    days = doing.args.get("within_days", CORRECTION_DAYS)
    notice = {"told_on": doing.day, "within_days": days, "missing": doing.args.get("missing") or []}
    return {"status": doing.row.to, "correction": notice, "corrections": doing.current.fields.get("corrections", 0) + 1}


def accept(doing: Doing) -> Writes:
    """受理; at a station without `offline_accept` only 预受理, a flag on RECEIVED that the hub confirms."""
    _require_materials(doing)
    if doing.at_station and doing.row.offline == Offline.ACCEPT and not doing.item.offline_accept:
        return {"pre_accepted_on": doing.day, "pre_accepted_by": doing.entry.op.clerk}
    return _accepted(doing, doing.day)


def _require_materials(doing: Doing) -> None:
    """Complete and in statutory form must be accepted; incomplete must not. A form may be keyed after its paper."""
    case = doing.current
    lacking = missing_materials(doing.item, case.below("answers"), case.below("materials"))
    if lacking:
        raise Refused("materials_missing", missing=[material.name for material in lacking])


def deem_accepted(doing: Doing) -> Writes:
    """视为受理: from the day of receipt, because nobody told the applicant in time."""
    return _accepted(doing, doing.current.text("intake_from")) | {"deemed": True}


def defer(doing: Doing) -> Writes:
    """容缺受理: accepted with what may come later; what may not be deferred must be there."""
    case = doing.current
    answers, got = case.below("answers"), case.below("materials")
    may = {material.id for material in deferrable(doing.item, answers, got)}
    firm = [each.name for each in missing_materials(doing.item, answers, got) if each.id not in may]
    if firm:
        raise Refused("not_deferrable", missing=firm)
    return _accepted(doing, doing.day) | {"deferred": doing.args.get("missing") or []}


def _accepted(doing: Doing, day: str) -> Writes:
    by = doing.entry.op.clerk
    return {"status": State.ACCEPTED.value, "accepted_on": day, "accepted_at": doing.entry.op.at, "accepted_by": by}


def forward(doing: Doing) -> Writes:
    """流转: to the level that decides."""
    return {"status": routed(doing.item) if doing.current.status == State.ACCEPTED else doing.row.to}


def routed(item: Item) -> str:
    """Where an accepted case of this item goes for review."""
    town = item.decide_level in ("town", "town_or_district", "village")
    return (State.REVIEW_TOWN if town else State.REVIEW_DEPT).value


def pause(doing: Doing) -> Writes:
    """特别程序 or 挂起: the clock stops; the case will come back to where it was."""
    kind = "special" if doing.row.act == "start_special" else "suspend"
    if kind == "suspend" and not doing.item.suspendable:
        raise Refused("not_suspendable", item=doing.item.code)
    interval = {"kind": kind, "from": doing.day, "to": None}
    interval |= {key: doing.args[key] for key in ("name", "limit", "reason", "planned_end") if doing.args.get(key)}
    return {
        "status": doing.row.to,
        "returns_to": doing.current.status,
        "pauses": [*doing.current.fields.get("pauses", []), interval],
    }


def unpause(doing: Doing) -> Writes:
    """The open interval ends today; the clock resumes tomorrow."""
    pauses = list(doing.current.fields.get("pauses", []))
    if pauses and pauses[-1]["to"] is None:
        pauses[-1] = pauses[-1] | {"to": doing.day}
    return {"status": doing.current.text("returns_to"), "returns_to": None, "pauses": pauses}


def extend(doing: Doing) -> Writes:
    """延期: ten working days, once, with the reason."""
    if doing.current.fields.get("extension_days"):
        raise Refused("extended_already")
    return {"extension_days": EXTENSION_WORKING_DAYS, "extension_reason": doing.reason()}


def decide(doing: Doing) -> Writes:
    """决定: grant or deny."""
    outcome = doing.row.when
    writes: Writes = {"status": doing.row.to, "decision": outcome, "decided_on": doing.day}
    writes["decided_by"] = doing.entry.op.clerk
    if doing.args.get("reason"):
        writes["decision_reason"] = doing.args["reason"]
    return writes


def withdraw(doing: Doing) -> Writes:
    """撤回: at once before acceptance, afterwards a request to the decider."""
    reason = doing.reason()
    if doing.row.request:
        return {f"requests.{doing.entry.id}": {"act": "withdraw", "reason": reason, "state": "open"}}
    return {"status": doing.row.to, "withdrawn_on": doing.day}


def void(doing: Doing) -> Writes:
    """作废: a case that should never have been opened; nothing is deleted."""
    doing.reason()
    return {"status": doing.row.to, "voided_from": doing.current.status}


def restore(doing: Doing) -> Writes:
    """Out of VOID, back to where it was; a pause that was open then is open again, with its own way back."""
    return {"status": doing.current.text("voided_from"), "voided_from": None}


def note(doing: Doing) -> Writes:
    """备注: added, never changed."""
    text = str(doing.args.get("text") or "").strip()
    if not text:
        raise BadInput("note_empty", field="text")
    return {f"remarks.{doing.entry.id}": {"text": text, "by": doing.entry.op.clerk, "at": doing.entry.op.at}}


def attach(doing: Doing) -> Writes:
    """A scan: its hash, size and material; the bytes travel by themselves."""
    args = doing.args
    return {f"files.{args['sha256']}": {"material": args["material"], "name": args["name"], "size": args["size"]}}


def settle(doing: Doing) -> Writes:
    """裁定冲突: the value that a person chose for the field."""
    return {str(doing.args["field"]): doing.args["value"]}


def deliver(doing: Doing) -> Writes:
    """送达: how, to whom, on which day."""
    receipt = {key: doing.args[key] for key in ("method", "recipient", "proxy", "reason") if doing.args.get(key)}
    return {"status": doing.row.to, "delivered_on": doing.day, "delivery.receipt": receipt or None}


def _move(day_field: str, *, needs_reason: bool = False) -> Callable[[Doing], Writes]:
    def write(doing: Doing) -> Writes:
        if needs_reason:
            doing.reason()
        return {"status": doing.row.to, day_field: doing.day}

    return write


ACTS: dict[str, Callable[[Doing], Writes]] = {
    "register": take,
    "take": take,
    "correct": amend,
    "amend": amend,
    "supplement": supplement,
    "ask_correction": ask_correction,
    "accept": accept,
    "deem_accepted": deem_accepted,
    "defer": defer,
    "not_accept": _move("not_accepted_on", needs_reason=True),
    "not_required": _move("not_required_on"),
    "forward": forward,
    "return": _move("returned_on"),
    "start_special": pause,
    "end_special": unpause,
    "suspend": pause,
    "resume": unpause,
    "extend": extend,
    "decide": decide,
    "close": _move("closed_on"),
    "deliver": deliver,
    "withdraw": withdraw,
    "terminate": _move("terminated_on", needs_reason=True),
    "archive": _move("archived_on"),
    "void": void,
    "restore": restore,
    "note": note,
    "attach": attach,
    "settle": settle,
}
