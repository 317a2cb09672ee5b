"""A case as scripts and screens see it, with the same names at the station and at the hub, so that they compare."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from station.acts import SETTABLE
from station.case import Case, HistoryLine, china_time
from station.checklist import missing
from station.deadlines import clocks
from station.item import Item, Question
from station.workdays import Calendar

APPLICANT = ("kind", "name", "id_kind", "id_no", "phone", "address")


def document(
    case: Case,
    item: Item,
    calendar: Calendar,
    *,
    conflicts: Sequence[dict[str, Any]] = (),
    sync: str,
    at_hub: Collection[str] = (),
) -> dict[str, Any]:
    """The case whole, unmasked: who shows it asks first who may look. `at_hub` are the hashes that the hub holds."""
    return {
        "case": case.id,
        "number": case.text("number"),
        "item": case.text("item"),
        "item_version": case.fields.get("item_version"),
        "item_name": item.name,
        "status": case.status,
        "division": case.text("division"),
        "applicant": {key: case.fields.get(f"applicant.{key}", "") for key in APPLICANT},
        "agent": case.below("agent") or None,
        "answers": case.below("answers"),
        "note": case.text("note"),
        "remarks": sorted(case.below("remarks").values(), key=lambda each: each["at"]),
        "requests": [{"id": key, **value} for key, value in case.below("requests").items()],
        "materials": materials(case, item, at_hub),
        "missing": list(lacking(case, item)),
        "missing_labels": [label(name, item) for name in lacking(case, item)],
        "due": clocks(case, item, calendar).document(),
        "received_on": case.text("received_on"),
        "received_reason": case.text("received_reason"),
        "pre_accepted_on": case.fields.get("pre_accepted_on"),
        "decision": case.fields.get("decision"),
        "history": [line(each) for each in case.history],
        "conflicts": list(conflicts),
        "sync": sync,
    }


def lacking(case: Case, item: Item) -> tuple[str, ...]:
    """The names of what is still missing: materials, then `answers.ID`."""
    return missing(item, case.below("answers"), case.below("materials"))


def label(name: str, item: Item) -> str:
    """What a person calls a thing that is missing: a material by its name, an answer by its question or field."""
    asked = item.askable(name.removeprefix("answers."))
    if asked is None or not name.startswith("answers."):
        return name
    return asked.text if isinstance(asked, Question) else asked.label


def materials(case: Case, item: Item, at_hub: Collection[str]) -> list[dict[str, Any]]:
    """One entry for each material of the item that was handed in or has a file, in the item's order."""
    got = case.below("materials")
    files: dict[str, list[dict[str, Any]]] = {}
    for sha256, facts in case.below("files").items():
        shown = {"sha256": sha256, "size": facts["size"], "name": facts["name"], "at_hub": sha256 in at_hub}
        files.setdefault(facts["material"], []).append(shown)
    known = [(each.id, each.name) for each in item.materials]
    known += [(each, each) for each in sorted({*got, *files} - {each.id for each in item.materials})]
    return [
        {"id": key, "name": name, "got": got.get(key, "missing"), "files": files.get(key, [])}
        for key, name in known
        if key in got or key in files
    ]


def line(each: HistoryLine) -> dict[str, Any]:
    """One act of the history."""
    shown: dict[str, Any] = {
        "at": china_time(each.at),
        "act": each.act,
        "by": each.by,
        "station": each.station,
        "rule": each.rule,
        "from": each.frm,
        "to": each.to,
    }
    if each.reason:
        shown["reason"] = each.reason
    if each.fields:
        shown["fields"] = [_KEY_OF.get(name, name) for name in each.fields]
    return shown


_KEY_OF = {field: key for key, field in SETTABLE.items()}
