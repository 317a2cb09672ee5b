"""The small form of each act: what it asks, and the line that it makes for the desk.

Pure. What a clerk types is held as the texts of a draft, as in an intake; what only the act asks lies among its answers
under names that no item has. An amendment is what differs from the case as it was shown, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from screens import intake_answers as given
from screens.case_commands import SeenCase
from screens.case_facts import NUMBERS
from screens.intake_answers import BETWEEN
from screens.intake_materials import MARKS
from screens.intake_steps import Choice, Entry, steps
from screens.papers.facts import masked
from station.act_request import OUTCOMES, REASON_MAX
from station.drafts import Draft
from station.errors import StationError
from station.intake import ADDRESS_MAX, NOTE_MAX

OWN = "answers.act:"  # before the names of what only an act asks
ALSO = ("also_1", "also_2", "also_3")  # free lines of a one-time notice
DAYS_LONGEST = 4  # digits of a period
NEEDS_REASON = frozenset({"withdraw", "void", "terminate", "not_accept", "extend"})
METHODS = {
    "counter": "窗口领取",
    "post": "邮寄送达",
    "home": "上门送达",
    "online": "网上送达",
}  # kept as offices write them
UNTOUCHED = ("applicant.kind", "agent.")  # of the first page of an intake: no amendment changes these
APPLICANT = ("name", "id_kind", "phone", "address")
MARKED = "supplement"  # its materials are marked in a list


def begun(seen: SeenCase, clerk: str) -> Draft:
    """The texts with which a form begins: those of the case. Numbers that are half hidden are not among them."""
    held, hidden = seen.document["applicant"], _hidden(seen)
    answers = {key: _text(value) for key, value in seen.case.below("answers").items() if key not in hidden}
    return Draft(
        id="",
        clerk=clerk,
        item=seen.item.code,
        item_version=seen.item.version,
        applicant={"kind": str(held["kind"]), **{key: str(held[key] or "") for key in APPLICANT}},
        answers=answers,
        note=seen.document["note"],
    )


def pages(act: str, seen: SeenCase, draft: Draft) -> tuple[tuple[Entry, ...], ...]:
    """The fields of an act, page by page; one page without a field is a list of materials."""
    reason = _own("reason", "field.reason", required=act in NEEDS_REASON, most=REASON_MAX)
    if act == "amend":
        return _amendable(seen, draft, reason)
    if act == MARKED:
        return ((),)
    return ((*_asked(act), reason),)


def _asked(act: str) -> tuple[Entry, ...]:
    """What an act asks beside its reason."""
    match act:
        case "note":
            return (_own("text", "field.text", required=True, most=NOTE_MAX),)
        case "ask_correction":
            also = tuple(_own(name, "field.also", most=NOTE_MAX) for name in ALSO)
            return (*also, _own("within_days", "field.within_days", most=DAYS_LONGEST, hint="90"))
        case "decide":
            return (_chosen("outcome", "field.outcome", {each: f"case.decision_{each}" for each in OUTCOMES}),)
        case "deliver":
            methods = {kept: f"act_page.method_{name}" for name, kept in METHODS.items()}
            names = (("recipient", "field.recipient"), ("proxy", "field.proxy"))
            return (
                _chosen("method", "field.method", methods),
                *(_own(name, label, most=ADDRESS_MAX) for name, label in names),
            )
        case _:
            return ()


def _amendable(seen: SeenCase, draft: Draft, reason: Entry) -> tuple[tuple[Entry, ...], ...]:
    """The applicant and the note, then the form, as the answers make it now."""
    forms = [step.entries for step in steps(seen.item, draft) if step.kind == "form"]
    hints = {f"answers.{key}": masked(str(value)) for key, value in _hidden(seen).items()}
    hints["applicant.id_no"] = masked(seen.document["applicant"]["id_no"])
    first, *rest = (
        tuple(msgspec.structs.replace(each, hint=hints.get(each.path, each.hint)) for each in page) for page in forms
    )
    return ((*(each for each in first if not each.path.startswith(UNTOUCHED)), reason), *rest)


def _hidden(seen: SeenCase) -> dict[str, Any]:
    """The answers that are numbers of people or of accounts: a form shows their ends and takes new ones whole."""
    asked = {each.id for each in seen.item.form if each.type in NUMBERS}
    return {key: value for key, value in seen.case.below("answers").items() if key in asked}


def _own(name: str, label: str, *, required: bool = False, most: int, hint: str = "") -> Entry:
    return Entry(path=OWN + name, label=label, required=required, max_length=most, hint=hint)


def _chosen(name: str, label: str, labels: Mapping[str, str]) -> Entry:
    choices = tuple(Choice(value, said) for value, said in labels.items())
    return Entry(path=OWN + name, label=label, kind="choice", choices=choices, required=name == "outcome")


def trouble(seen: SeenCase, draft: Draft, path: str, today: date) -> StationError | None:
    """What is wrong with what was typed in one field; an act's own are judged by what they would do."""
    return None if path.startswith(OWN) else given.trouble(seen.item, draft, path, today)


def carried(draft: Draft, before: Draft, after: Draft) -> Draft:
    """What was typed over an older page, over the newer one: what nobody touched is as it stands now."""
    paths = [f"applicant.{key}" for key in APPLICANT] + ["note"]
    paths += [f"answers.{key}" for key in {**before.answers, **after.answers}]
    for path in paths:
        if given.text_of(draft, path) == given.text_of(before, path):
            draft = given.typed(draft, path, given.text_of(after, path))
    return draft


def line(act: str, seen: SeenCase, draft: Draft) -> dict[str, Any]:
    """The line that the desk takes."""
    asked: dict[str, Any] = {"case": seen.case.id, "act": act, "reason": own(draft, "reason")}
    if act == "amend":
        return asked | {"set": _amended(seen, draft)}
    if act == MARKED:
        return asked | {"materials": [{"name": key, "got": got} for key, got in draft.materials.items()]}
    if act == "ask_correction":
        asked["also"] = [text for name in ALSO if (text := own(draft, name))]
        days = own(draft, "within_days")
        return asked | ({"within_days": int(days) if days.isascii() and days.isdigit() else days} if days else {})
    return asked | {name: own(draft, name) for name in ("text", "outcome", "method", "recipient", "proxy")}


def own(draft: Draft, name: str) -> str:
    """What was typed in a field of the act's own."""
    return given.text_of(draft, OWN + name).strip()


def is_touched(act: str, seen: SeenCase, draft: Draft) -> bool:
    """Whether anything was typed or picked that would be lost."""
    if any(text.strip() for path, text in draft.answers.items() if f"answers.{path}".startswith(OWN)):
        return True
    return bool(draft.materials) or (act == "amend" and bool(_amended(seen, draft)))


def value_entry(seen: SeenCase, field: str, draft: Draft) -> Entry:
    """The field in which a person types what no side has said, as its form would have it."""
    if field.startswith("materials."):
        choices = tuple(Choice(got, f"got.{got}") for got in MARKS)
        return Entry(path=OWN + field, label="conflict.other", kind="choice", choices=choices)
    asked = [entry for step in steps(seen.item, draft) for entry in step.entries if entry.path == field]
    found = asked[0] if asked else Entry(path=OWN + field, label="conflict.other", max_length=NOTE_MAX)
    return msgspec.structs.replace(found, label="conflict.other", required=True, passed=False)


def value_of(seen: SeenCase, field: str, draft: Draft) -> Any:
    """What was typed there, as the desk takes it."""
    path = value_entry(seen, field, draft).path
    text = given.text_of(draft, path).strip()
    return given.line(seen.item, draft)["answers"].get(field.removeprefix("answers."), text) if path == field else text


def _amended(seen: SeenCase, draft: Draft) -> dict[str, Any]:
    """What differs from the case as it was shown. Texts that are emptied take the value away."""
    first = begun(seen, "")
    meant = given.line(seen.item, draft)["answers"]
    wanted: dict[str, Any] = {}
    for key in APPLICANT:
        text = given.text_of(draft, f"applicant.{key}").strip()
        if text != given.text_of(first, f"applicant.{key}").strip():
            wanted[key] = text
    if number := given.text_of(draft, "applicant.id_no").strip():
        wanted["id_no"] = number
    if draft.note != first.note:
        wanted["note"] = draft.note
    for key, text in draft.answers.items():
        differs = seen.item.askable(key) is not None and text != first.answers.get(key, "")
        if differs and (key in meant or not text.strip()):  # what is not asked any more stays as it was
            wanted[f"answers.{key}"] = meant.get(key, "")
    return wanted


def _text(value: Any) -> str:
    """A kept answer as it would be typed."""
    if isinstance(value, bool):
        return "1" if value else "2"
    return BETWEEN.join(map(str, value)) if isinstance(value, list) else str(value)
