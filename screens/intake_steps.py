"""An intake as the steps that a clerk walks: who, questions and form in pages that fit, materials, review.

Pure: from an item and a draft to what stands on a page, and from what was typed back to the line that the desk takes.
A text stays in the draft as it was typed; it is checked on leaving its field and once more at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

import msgspec

from station.checklist import missing, visible_fields, visible_questions
from station.drafts import Draft
from station.errors import BadInput, StationError
from station.forms import check_answer
from station.identity import ORGANISATION_KINDS, PERSON_KINDS, check_identity
from station.intake import GOT
from station.item import FormField, Item, Material, Question
from station.names import check_name
from station.phone import check_phone

ROWS_MOST = 7  # of one page at 80x24: each may have a sentence below it
FULL_ID, FULL_PHONE = 18, 11

Kind = Literal["text", "choice", "choices", "yes_no"]
YES, NO = frozenset({"1", "y", "Y", "是"}), frozenset({"2", "n", "N", "否", "0"})


class Choice(msgspec.Struct, frozen=True):
    """One answer that a digit picks."""

    value: str
    label: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a page. `path` is where its text lives in the draft; `label` is a text or a word's id."""

    path: str
    label: str
    kind: Kind = "text"
    choices: tuple[Choice, ...] = ()
    required: bool = False
    hint: str = ""
    fixed_length: int = 0
    max_length: int = 200


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the intake."""

    kind: Literal["form", "materials", "review"]
    title: str  # a word's id
    entries: tuple[Entry, ...] = ()


def steps(item: Item, draft: Draft) -> tuple[Step, ...]:
    """The pages of this intake, as its answers make them now."""
    asked = [_question(each) for each in visible_questions(item, answers(item, draft))]
    asked += [_field(each) for each in visible_fields(item, answers(item, draft))]
    forms = [Step(kind="form", title="intake.form", entries=tuple(page)) for page in _pages(asked)]
    who = Step(kind="form", title="intake.applicant", entries=_applicant(item, draft))
    return (who, *forms, Step(kind="materials", title="intake.materials"), Step(kind="review", title="intake.review"))


def _pages(entries: list[Entry]) -> Iterable[list[Entry]]:
    return (entries[start : start + ROWS_MOST] for start in range(0, len(entries), ROWS_MOST))


def _applicant(item: Item, draft: Draft) -> tuple[Entry, ...]:
    kind = draft.applicant.get("kind") or item.applicant_kinds[0]
    kinds = ORGANISATION_KINDS if kind == "organisation" else PERSON_KINDS
    id_kind = draft.applicant.get("id_kind") or kinds[0]
    full = FULL_ID if id_kind in ("resident_id", "hmt_residence", "uscc") else 0
    entries = [
        Entry(path="applicant.id_kind", label="column.id_kind", kind="choice", choices=_named(kinds, "id_kind")),
        Entry(path="applicant.id_no", label="column.id_no", required=True, fixed_length=full, max_length=full or 30),
        Entry(path="applicant.name", label="column.name", required=True),
        Entry(path="applicant.phone", label="column.phone", max_length=40),
        Entry(path="applicant.address", label="column.address"),
        Entry(path="note", label="column.note", max_length=2_000),
    ]
    if len(item.applicant_kinds) > 1:
        choices = _named(item.applicant_kinds, "applicant_kind")
        entries.insert(0, Entry(path="applicant.kind", label="column.applicant_kind", kind="choice", choices=choices))
    return tuple(entries)


def _named(values: Iterable[str], section: str) -> tuple[Choice, ...]:
    """Choices whose labels are words' ids."""
    return tuple(Choice(value, f"{section}.{value}") for value in values)


def _question(each: Question) -> Entry:
    choices = tuple(Choice(option.value, option.label) for option in each.options)
    return Entry(path=f"answers.{each.id}", label=each.text, kind="choice", choices=choices, required=each.required)


def _field(each: FormField) -> Entry:
    kinds: dict[str, Kind] = {"choice": "choice", "choices": "choices", "yes_no": "yes_no"}
    choices = tuple(Choice(option.value, option.label) for option in each.options)
    if each.type == "yes_no":
        choices = (Choice("1", "truth.yes"), Choice("2", "truth.no"))
    unit = f"（{each.unit}）" if each.unit else ""
    return Entry(
        path=f"answers.{each.id}",
        label=each.label + unit,
        kind=kinds.get(each.type, "text"),
        choices=choices,
        required=each.required,
        hint=each.hint,
        max_length=each.max_length or 200,
    )


def text_of(draft: Draft, path: str) -> str:
    """What was typed for a field."""
    group, _, key = path.partition(".")
    if group == "note":
        return draft.note
    held = draft.applicant if group == "applicant" else draft.answers
    return str(held.get(key, ""))


def typed(draft: Draft, path: str, text: str) -> Draft:
    """The draft with this text in a field."""
    group, _, key = path.partition(".")
    if group == "note":
        return msgspec.structs.replace(draft, note=text)
    if group == "applicant":
        return msgspec.structs.replace(draft, applicant={**draft.applicant, key: text})
    return msgspec.structs.replace(draft, answers={**draft.answers, key: text})


def received(draft: Draft, material: str, got: str) -> Draft:
    """The draft with this state of a material; the same state again takes it back."""
    kept = {key: value for key, value in draft.materials.items() if key != material}
    if draft.materials.get(material) != got:
        kept[material] = got
    return msgspec.structs.replace(draft, materials=kept)


def answers(item: Item, draft: Draft) -> dict[str, Any]:
    """The answers that hold, as the desk would keep them; what does not hold is left out."""
    held: dict[str, Any] = {}
    for key, text in draft.answers.items():
        try:
            value = _checked_answer(item, key, str(text))
        except BadInput:
            continue
        if value is not None:
            held[key] = value
    return held


def trouble(item: Item, draft: Draft, path: str, today: date) -> StationError | None:
    """What is wrong with what was typed in one field; nothing typed is never wrong here."""
    text = text_of(draft, path)
    if not text.strip():
        return None
    try:
        _check(item, draft, path, text, today)
    except StationError as wrong:
        return wrong
    return None


def _check(item: Item, draft: Draft, path: str, text: str, today: date) -> None:
    if path.startswith("answers."):
        _checked_answer(item, path.partition(".")[2], text)
    elif path == "applicant.id_no":
        check_identity(_id_kind(item, draft), text, today, path)
    elif path == "applicant.name":
        kind = draft.applicant.get("kind") or item.applicant_kinds[0]
        check_name(text, "organisation" if kind == "organisation" else "person", path)
    elif path == "applicant.phone":
        check_phone(text, path)


def _id_kind(item: Item, draft: Draft) -> str:
    kind = draft.applicant.get("kind") or item.applicant_kinds[0]
    return draft.applicant.get("id_kind") or ("uscc" if kind == "organisation" else "resident_id")


def _checked_answer(item: Item, key: str, text: str) -> Any:
    return check_answer(item, key, _meant(item, key, text))


def _meant(item: Item, key: str, text: str) -> Any:
    """A typed text as the value it stands for: digits pick, yes and no have their own words."""
    asked = item.askable(key)
    if isinstance(asked, FormField) and asked.type == "yes_no" and text.strip() in YES | NO:
        return text.strip() in YES
    if isinstance(asked, FormField) and asked.type == "choices":
        return [part for part in text.split() if part]
    if isinstance(asked, FormField) and asked.type == "integer" and text.strip().lstrip("-").isdigit():
        return int(text)
    return text.strip()


def line(item: Item, draft: Draft) -> dict[str, Any]:
    """The intake line that the desk takes. `ref` is the draft's id: taking it twice gives one case."""
    kind = draft.applicant.get("kind") or item.applicant_kinds[0]
    applicant = {key: value.strip() for key, value in draft.applicant.items() if value.strip()}
    return {
        "item": item.code,
        "applicant": {"kind": kind, "id_kind": _id_kind(item, draft), **applicant},
        "agent": draft.agent or None,
        "answers": {key: _meant(item, key, str(text)) for key, text in draft.answers.items() if str(text).strip()},
        "materials": [{"name": key, "got": got} for key, got in draft.materials.items() if got in GOT],
        "note": draft.note,
        "ref": draft.id,
    }


def lacking(item: Item, draft: Draft) -> tuple[str, ...]:
    """The names of what is still missing."""
    return missing(item, answers(item, draft), draft.materials)


def offered(item: Item, draft: Draft) -> tuple[tuple[Material, bool], ...]:
    """Every material of the item, with whether these answers ask for it."""
    asked = missing(item, answers(item, draft), {})
    return tuple((material, material.name in asked) for material in item.materials)
