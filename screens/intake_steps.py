"""An intake as the steps that a clerk walks: who, questions and form in pages that fit, materials, review.

Pure: from an item and a draft to what stands on a page. A field has its page and its place for ever: what the answers
hide leaves a gap and moves nothing to another page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

import msgspec

from screens import intake_answers as given
from screens.cells import cell_width
from station.drafts import Draft
from station.forms import LONG_TEXT_MAX, TEXT_MAX
from station.identity import PERSON_KINDS
from station.intake import ADDRESS_MAX, NOTE_MAX
from station.item import FormField, Item, Option, Question

LINES_MOST = 14  # of the fields of one page at 80x24, where none has a sentence below it
LABEL_CELLS = 22  # a longer label stands above its field
ROOM_CELLS = 48  # for choices beside a label at 80 columns
CHOICE_LINES_MOST = 2  # choices that need more are picked from a list
FULL_ID, FULL_PHONE, ID_MOST, PHONE_MOST, CODE_MOST = 18, 11, 30, 40, 64
FULL_KINDS = ("resident_id", "hmt_residence", "uscc")  # their numbers are 18 characters, always

Kind = Literal["text", "date", "long_text", "choice", "choices", "yes_no"]
StepKind = Literal["form", "materials", "review"]


class Choice(msgspec.Struct, frozen=True):
    """One answer that a digit picks."""

    value: str
    label: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a page. `path` is where its text lives in the draft; `label` is a text or a word's id.

    `preset` stands there until something else is picked, and the keys go past what is `passed`. A text of
    `fixed_length` that begins with `begins` and is right is complete: the next field has the keys.
    """

    path: str
    label: str
    kind: Kind = "text"
    choices: tuple[Choice, ...] = ()
    preset: str = ""
    passed: bool = False
    required: bool = False
    hint: str = ""
    fixed_length: int = 0
    begins: str = ""
    max_length: int = TEXT_MAX


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the intake. `title` is a word's id; `part` is its number among pages of one title."""

    kind: StepKind
    title: str
    part: int = 0
    entries: tuple[Entry, ...] = ()


class Progress(msgspec.Struct, frozen=True):
    """How far a page is filled in: fields that say something rightly, all fields, and those that are still needed."""

    filled: int
    count: int
    needed: tuple[Entry, ...]


Pages = tuple[tuple[Entry, ...], ...]


def pages(item: Item) -> Pages:
    """All that the item may ask, hidden or not, in pages of so many lines: the same for ever."""
    return tuple(tuple(map(_asked, page)) for page in _pages(item))


def steps(item: Item, draft: Draft, asked_in: Pages | None = None) -> tuple[Step, ...]:
    """The pages of this intake, as its answers make them now; `asked_in` are the item's, where they are at hand."""
    held = given.answers(item, draft)
    shown = {f"answers.{each.id}" for each in given.asked(item, held)}
    every = pages(item) if asked_in is None else asked_in
    filled = [page for page in (tuple(each for each in page if each.path in shown) for page in every) if page]
    forms = [
        Step(kind="form", title="intake.form", part=place if len(filled) > 1 else 0, entries=page)
        for place, page in enumerate(filled, 1)
    ]
    who = Step(kind="form", title="intake.applicant", entries=_applicant(item, draft))
    return (who, *forms, Step(kind="materials", title="intake.materials"), Step(kind="review", title="intake.review"))


def place_of(found: tuple[Step, ...], path: str) -> int | None:
    """The place of the step that holds a field or the materials; None where none does."""
    kind = "materials" if path.startswith("materials") else "form"
    return next(
        (
            place
            for place, step in enumerate(found)
            if step.kind == kind and (kind == "materials" or any(each.path == path for each in step.entries))
        ),
        None,
    )


def progress(item: Item, draft: Draft, step: Step, today: date) -> Progress:
    """How far this page is filled in."""
    filled = [each for each in step.entries if _is_filled(item, draft, each, today)]
    needed = tuple(each for each in step.entries if each.required and each not in filled)
    return Progress(len(filled), len(step.entries), needed)


def _is_filled(item: Item, draft: Draft, entry: Entry, today: date) -> bool:
    if not given.text_of(draft, entry.path).strip():
        return bool(entry.preset)
    return given.trouble(item, draft, entry.path, today) is None


def _pages(item: Item) -> Iterator[list[Question | FormField]]:
    page: list[Question | FormField] = []
    lines = 0
    for asked in item.askables:
        size = _lines(asked)
        if page and lines + size > LINES_MOST:
            yield page
            page, lines = [], 0
        page.append(asked)
        lines += size
    yield page


def _lines(asked: Question | FormField) -> int:
    """Lines of one field: a long label has its own."""
    label = asked.text if isinstance(asked, Question) else _with_unit(asked)
    above = -(-cell_width(label) // (LABEL_CELLS + ROOM_CELLS)) if cell_width(label) > LABEL_CELLS else 0
    return above + min(CHOICE_LINES_MOST, -(-_width(asked.options) // ROOM_CELLS) or 1)


def _width(options: tuple[Option, ...]) -> int:
    return sum(cell_width(option.label) + len("[1)]") for option in options)


def _applicant(item: Item, draft: Draft) -> tuple[Entry, ...]:
    organised = given.kind_of(item, draft) == "organisation"
    kinds, id_kind = given.id_kinds(item, draft), given.id_kind(item, draft)
    entries = []
    if len(item.applicant_kinds) > 1:
        preset = item.applicant_kinds[0]
        choices = _named(item.applicant_kinds, "applicant_kind")
        entries.append(
            Entry(path="applicant.kind", label="column.applicant_kind", kind="choice", choices=choices, preset=preset)
        )
    entries += [
        _id_kind("applicant.id_kind", "column.id_kind", kinds),
        _id_no("applicant.id_no", "column.id_no", id_kind, required=True),
        Entry(path="applicant.name", label="intake.legal_name" if organised else "column.name", required=True),
        _phone("applicant.phone", "column.phone"),
        Entry(path="applicant.address", label="column.address", max_length=ADDRESS_MAX),
    ]
    if not organised:
        entries.append(_choice("agent.by", "intake.came", (given.SELF, given.AGENT), "came"))
    if given.has_agent(item, draft):
        entries += _agent(draft, "intake.handler" if organised else "intake.agent")
    return (*entries, Entry(path="note", label="column.note", max_length=NOTE_MAX))


def _agent(draft: Draft, who: str) -> list[Entry]:
    """The fields of the person who came; their labels begin with what that person is."""
    return [
        Entry(path="agent.name", label=f"{who}_name", required=draft.agent.get(given.BY) == given.AGENT),
        _id_kind("agent.id_kind", f"{who}_id_kind", PERSON_KINDS),
        _id_no("agent.id_no", f"{who}_id_no", given.agent_id_kind(draft), required=False),
        _phone("agent.phone", f"{who}_phone"),
    ]


def _choice(path: str, label: str, values: tuple[str, ...], section: str) -> Entry:
    return Entry(path=path, label=label, kind="choice", choices=_named(values, section), preset=values[0])


def _id_kind(path: str, label: str, kinds: tuple[str, ...]) -> Entry:
    """A digit that is meant for the number must not pick its kind: the keys pass by."""
    return msgspec.structs.replace(_choice(path, label, kinds, "id_kind"), passed=True)


def _id_no(path: str, label: str, id_kind: str, *, required: bool) -> Entry:
    full = FULL_ID if id_kind in FULL_KINDS else 0
    return Entry(path=path, label=label, required=required, fixed_length=full, max_length=ID_MOST)


def _phone(path: str, label: str) -> Entry:
    return Entry(path=path, label=label, fixed_length=FULL_PHONE, begins="1", max_length=PHONE_MOST)


def _named(values: Iterable[str], section: str) -> tuple[Choice, ...]:
    """Choices whose labels are words' ids."""
    return tuple(Choice(value, f"{section}.{value}") for value in values)


def _asked(each: Question | FormField) -> Entry:
    return _question(each) if isinstance(each, Question) else _field(each)


def _question(each: Question) -> Entry:
    choices = tuple(Choice(option.value, option.label) for option in each.options)
    return Entry(path=f"answers.{each.id}", label=each.text, kind="choice", choices=choices, required=each.required)


def _field(each: FormField) -> Entry:
    path, label = f"answers.{each.id}", _with_unit(each)
    if each.type == "phone":
        return msgspec.structs.replace(_phone(path, label), required=each.required, hint=each.hint)
    if each.type == "resident_id":
        return msgspec.structs.replace(_id_no(path, label, "resident_id", required=each.required), hint=each.hint)
    choices = tuple(Choice(option.value, option.label) for option in each.options)
    if each.type == "yes_no":
        choices = (Choice("1", "truth.yes"), Choice("2", "truth.no"))
    return Entry(
        path=path,
        label=label,
        kind=_KINDS.get(each.type, "text"),
        choices=choices,
        required=each.required,
        hint=each.hint,
        max_length=each.max_length or _MOST.get(each.type, CODE_MOST),
    )


_KINDS: dict[str, Kind] = {
    "choice": "choice",
    "choices": "choices",
    "yes_no": "yes_no",
    "date": "date",
    "long_text": "long_text",
}
_MOST = {"text": TEXT_MAX, "long_text": LONG_TEXT_MAX}  # characters; numbers, dates and accounts need fewer


def _with_unit(each: FormField) -> str:
    return f"{each.label}（{each.unit}）" if each.unit else each.label
