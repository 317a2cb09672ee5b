"""What stands on the review of an intake: what will be taken, as the applicant can read it, and what was checked.

Pure: an item, a draft, a day and the words. The checks are the desk's own, on the line that the desk would be given.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from screens import intake_answers as given
from screens.intake_materials import offered
from screens.papers.facts import masked
from screens.words import Words
from station.case_document import label
from station.checklist import PRESENT
from station.deadlines import Clocks
from station.drafts import Draft
from station.errors import BadInput, StationError
from station.intake import Warnings, checked_intake, takeable
from station.item import FormField, Item, Question
from station.resident_id import PersonFacts, age_on

DISCARD = "discard"  # the path of the row that forgets the draft


class Line(NamedTuple):
    """One line of what will be taken; `path` is the field that it comes from, `loud` where it needs a look."""

    path: str
    label: str
    text: str
    loud: bool = False


class Check(NamedTuple):
    """One thing that was checked: right, or to be looked at. `path` is the field that it is about, if it is one."""

    good: bool
    text: str
    path: str = ""


def lines(item: Item, draft: Draft, words: Words, *, whole_numbers: bool) -> list[Line]:
    """What will be taken, in the order of the steps; numbers are masked unless they are asked for."""
    return [
        *_applicant(item, draft, words, whole_numbers=whole_numbers),
        *_answers(item, draft, words),
        *_materials(item, draft, words),
        Line(DISCARD, words.say("intake.discard"), words.say("intake.discard_how")),
    ]


def checks(item: Item, draft: Draft, words: Words, today: date) -> list[Check]:
    """What the desk would say of it now, and what is missing."""
    return [*_as_the_desk_would(item, draft, words, today), _missing(item, draft, words)]


def limits(clocks: Clocks | None, words: Words) -> list[str]:
    """By when the applicant hears something, if the case is taken and accepted today: one line, or none."""
    if clocks is None:
        return []
    days = {name: day for name in ("intake", "promised", "statutory") if (day := getattr(clocks, name))}
    told = [
        words.say(f"intake.due_{name}", day=day.isoformat())
        + (words.say("intake.estimated") if name in clocks.estimated else "")
        for name, day in days.items()
    ]
    return [words.say("intake.due", days="".join(told))] if told else []


def notes(item: Item, words: Words, *, offline: bool) -> list[str]:
    """What the clerk should know: what the connection means, and the conditions to ask about."""
    found = [words.say("intake.offline")] if offline else []
    if item.conditions:
        found.append(words.say("intake.conditions", conditions=list(item.conditions)))
    return found


def holder_told(found: PersonFacts | None, today: date, words: Words) -> str:
    """What a right number says of its holder; empty where it says nothing."""
    if found is None:
        return ""
    sex = words.say(f"intake.{found.sex}") if found.sex else ""
    return words.say("intake.holder", sex=sex, age=age_on(found.born_on, today), born_on=found.born_on.isoformat())


def _applicant(item: Item, draft: Draft, words: Words, *, whole_numbers: bool) -> Iterator[Line]:
    say = words.say

    def number(text: str) -> str:
        return text if whole_numbers else masked(text)

    organised = given.kind_of(item, draft) == "organisation"
    shown = (
        ("name", say("intake.legal_name" if organised else "column.name"), given.text_of(draft, "applicant.name")),
        (
            "id_no",
            say(f"id_kind.{given.id_kind(item, draft)}"),
            number(given.text_of(draft, "applicant.id_no").strip()),
        ),
        ("phone", say("column.phone"), given.text_of(draft, "applicant.phone")),
        ("address", say("column.address"), given.text_of(draft, "applicant.address")),
    )
    for key, named, text in shown:
        if text.strip():
            yield Line(f"applicant.{key}", named, text.strip())
        elif key in ("name", "id_no"):
            yield Line(f"applicant.{key}", named, say("intake.not_filled"), loud=True)
    agent = given.line(item, draft)["agent"] or {}
    if agent:
        parts = (agent.get("name", ""), number(agent.get("id_no", "")), agent.get("phone", ""))
        who = say("intake.handler" if organised else "came.agent")
        yield Line("agent.name", who, "  ".join(part for part in parts if part))
    elif not organised:
        yield Line("agent.by", say("intake.came"), say("came.self"))
    if draft.note.strip():
        yield Line("note", say("column.note"), draft.note)


def _answers(item: Item, draft: Draft, words: Words) -> Iterator[Line]:
    held = given.answers(item, draft)
    for asked in given.asked(item, held):
        path = f"answers.{asked.id}"
        named = asked.text if isinstance(asked, Question) else asked.label
        text = given.text_of(draft, path).strip()
        if asked.id in held:
            yield Line(path, named, _answer(asked, held[asked.id], words))
        elif text:
            yield Line(path, named, words.say("intake.not_right", text=text), loud=True)
        elif asked.required:
            yield Line(path, named, words.say("intake.not_filled"), loud=True)


def _answer(asked: Question | FormField, value: object, words: Words) -> str:
    """An answer as people read it: the labels of what was picked, yes or no, and an amount with its unit."""
    if isinstance(value, bool):
        return words.say("truth.yes" if value else "truth.no")
    names = {option.value: option.label for option in asked.options}
    parts = value if isinstance(value, list) else [value]
    text = words.say("layout.comma").join(names.get(str(part), str(part)) for part in parts)
    return text + (asked.unit if isinstance(asked, FormField) else "")


def _materials(item: Item, draft: Draft, words: Words) -> Iterator[Line]:
    for material, asked, got in offered(item, draft):
        path = f"materials.{material.id}"
        if got:
            yield Line(path, material.name, words.say(f"got.{got}"), loud=asked and got not in PRESENT)
        elif asked:
            yield Line(path, material.name, words.say("intake.not_received"), loud=True)


def _as_the_desk_would(item: Item, draft: Draft, words: Words, today: date) -> Iterator[Check]:
    """The desk's own rules, without its base: what it would refuse, and what it would warn of."""
    warnings = Warnings()
    try:
        takeable(item, today)
        checked = checked_intake(given.line(item, draft), item, today, warnings)
    except StationError as wrong:
        path = str(wrong.fields.get("field") or "") if isinstance(wrong, BadInput) else ""
        yield Check(good=False, text=words.error(wrong), path=path)
        return
    applicant = checked["applicant"]
    holder = given.holder(applicant["id_kind"], applicant["id_no"], today)
    yield Check(good=True, text=words.say("intake.id_checked", holder=holder_told(holder, today, words)))
    for warning in warnings:
        yield Check(good=False, text=words.warning(warning), path=warning["field"])


def _missing(item: Item, draft: Draft, words: Words) -> Check:
    names = [label(name, item) for name in given.lacking(item, draft)]
    if not names:
        return Check(good=True, text=words.say("intake.complete"))
    return Check(good=False, text=words.say("intake.still_missing", missing=names))
