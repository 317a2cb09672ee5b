"""An act on a case as a line asks for it, checked into the payload of an operation. Desk and hub use the same one.

{"case": ID_OR_NUMBER, "act": "amend", "set": {"phone": "13800000001"}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from station.acts import ACTS, SETTABLE, settable
from station.case import Case
from station.checklist import missing
from station.errors import BadInput
from station.forms import check_answer
from station.identity import ORGANISATION_KINDS, PERSON_KINDS, check_identity
from station.intake import (
    ADDRESS_MAX,
    GOT,
    NOTE_MAX,
    Warnings,
    agent_value,
    bounded,
    checked_materials,
    checked_note,
    checked_phone,
    mapping,
    text,
)
from station.item import Item
from station.names import check_name

REASON_MAX = 500
KEY_OF = {field: key for key, field in SETTABLE.items()}
DAYS_MAX = 3_650
OUTCOMES = ("grant", "deny")
NOT_ASKED = frozenset({"take", "register", "correct", "attach", "settle", "deem_accepted"})  # have verbs of their own


class Asked(msgspec.Struct, frozen=True):
    """Who asks what of which case."""

    case: str
    act: str
    line: Mapping[str, Any]


def read_request(line: Any) -> Asked:
    """The case and the act of a line. Raises BadInput `not_an_object`, `field_missing`, `unknown_act`."""
    if not isinstance(line, dict):
        raise BadInput("not_an_object", field="")
    for key in ("case", "act"):
        if not isinstance(line.get(key), str) or not line[key].strip():
            raise BadInput("field_missing", field=key)
    if line["act"] not in ACTS or line["act"] in NOT_ASKED:
        raise BadInput("unknown_act", field="act", act=line["act"])
    return Asked(line["case"].strip(), line["act"], line)


def checked_args(asked: Asked, case: Case, item: Item, today: date) -> dict[str, Any]:
    """The payload of the operation. Raises BadInput at the field that is wrong."""
    args = _BY_ACT.get(asked.act, _plain)(asked.line, case, item, today)
    reason = bounded(text(asked.line, "reason", "").strip(), REASON_MAX, "reason")
    return args | ({"reason": reason} if reason else {})


def settled_value(field: str, value: Any, case: Case, item: Item, today: date) -> Any:
    """A value that a person typed for a field in conflict, checked as an amendment or a hand-in would be."""
    if field.startswith("materials."):
        if value not in GOT:
            raise BadInput("got_unknown", field="value", known=list(GOT))
        return value
    key = KEY_OF.get(field, field)
    return _new_value(key, value, {key: value}, case, item, today)


def _plain(line: Mapping[str, Any], _case: Case, _item: Item, _today: date) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key in ("name", "method", "recipient", "proxy", "planned_end", "result"):
        if line.get(key) not in (None, ""):
            kept[key] = bounded(text(line, key, ""), ADDRESS_MAX, key)
    if line.get("limit") is not None:
        kept["limit"] = _days(line["limit"], "limit")
    return kept


def _amend(line: Mapping[str, Any], case: Case, item: Item, today: date) -> dict[str, Any]:
    wanted = mapping(line, "set")
    if not wanted:
        raise BadInput("nothing_to_set", field="set")
    return {"set": {key: _new_value(key, value, wanted, case, item, today) for key, value in wanted.items()}}


def _new_value(  # noqa: PLR0911  (one return for each key: it reads as a table)
    key: str, value: Any, wanted: Mapping[str, Any], case: Case, item: Item, today: date
) -> Any:
    settable(key)
    field = f"set.{key}"
    if key.startswith("answers."):
        return check_answer(item, key.split(".", 1)[1], value)
    if key == "phone":
        return checked_phone(value, field)
    if key == "note":
        return checked_note(value, field)
    if not isinstance(value, str):
        raise BadInput("not_text", field=field)
    if key == "name":
        kind = "organisation" if case.text("applicant.kind") == "organisation" else "person"
        return check_name(value, kind, field).text  # type: ignore[arg-type]
    if key == "id_kind":
        return _id_kind(value, case, field)
    if key == "id_no":
        id_kind = str(wanted.get("id_kind") or case.text("applicant.id_kind"))
        return check_identity(id_kind, value, today, field).number
    if key.startswith("agent."):
        return agent_value(key.split(".", 1)[1], value, case.below("agent"), today, Warnings())
    return bounded(value, ADDRESS_MAX, field)


def _id_kind(value: str, case: Case, field: str) -> str:
    kinds = ORGANISATION_KINDS if case.text("applicant.kind") == "organisation" else PERSON_KINDS
    if value not in kinds:
        raise BadInput("id_kind_unknown", field=field, known=list(kinds))
    return value


def _supplement(line: Mapping[str, Any], _case: Case, item: Item, _today: date) -> dict[str, Any]:
    materials = checked_materials(line.get("materials"), item)
    if not materials:
        raise BadInput("materials_empty", field="materials")
    return {"materials": materials}


def _ask_correction(line: Mapping[str, Any], case: Case, item: Item, _today: date) -> dict[str, Any]:
    """Everything that is missing, at once, is the law's default; a clerk may add to it."""
    lacking = list(missing(item, case.below("answers"), case.below("materials")))
    also = line.get("also") or []
    if not isinstance(also, list) or not all(isinstance(each, str) for each in also):
        raise BadInput("not_a_list", field="also")
    lacking += [bounded(each, NOTE_MAX, "also") for each in also]
    if not lacking and not line.get("reason"):
        raise BadInput("nothing_to_correct", field="also")
    args: dict[str, Any] = {"missing": lacking}
    if line.get("within_days") is not None:
        args["within_days"] = _days(line["within_days"], "within_days")
    return args


def _defer(_line: Mapping[str, Any], case: Case, item: Item, _today: date) -> dict[str, Any]:
    return {"missing": list(missing(item, case.below("answers"), case.below("materials")))}


def _decide(line: Mapping[str, Any], _case: Case, _item: Item, _today: date) -> dict[str, Any]:
    if line.get("outcome") not in OUTCOMES:
        raise BadInput("outcome_unknown", field="outcome", known=list(OUTCOMES))
    return {"outcome": line["outcome"]}


def _note(line: Mapping[str, Any], _case: Case, _item: Item, _today: date) -> dict[str, Any]:
    said = bounded(text(line, "text", "") or text(line, "note", ""), NOTE_MAX, "text").strip()
    if not said:
        raise BadInput("note_empty", field="text")
    return {"text": said}


def _days(value: Any, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= DAYS_MAX:
        raise BadInput("days_form", field=field, maximum=DAYS_MAX)
    return value


_BY_ACT: dict[str, Callable[[Mapping[str, Any], Case, Item, date], dict[str, Any]]] = {
    "amend": _amend,
    "supplement": _supplement,
    "ask_correction": _ask_correction,
    "defer": _defer,
    "decide": _decide,
    "note": _note,
}
