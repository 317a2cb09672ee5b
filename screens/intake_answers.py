"""What was typed into an intake, what it means, what is wrong with it, and the line that the desk takes.

Pure. A text stays in the draft as it was typed; the same rules as the desk's say what it stands for. A field is named
by its path: `applicant.name`, `agent.phone`, `answers.ID`, `note`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from screens.typed_dates import normalised
from station.checklist import missing, visible_fields, visible_questions
from station.drafts import Draft
from station.errors import BadInput, StationError
from station.forms import check_answer
from station.identity import ORGANISATION_KINDS, PERSON_KINDS, check_identity
from station.intake import ADDRESS_MAX, GOT, Warnings, agent_value, bounded, checked_note
from station.item import FormField, Item, Question
from station.names import check_name
from station.phone import check_phone
from station.resident_id import LENGTH, PersonFacts, person_facts

YES, NO = frozenset({"1", "y", "Y", "是"}), frozenset({"2", "n", "N", "否", "0"})
DATED = ("resident_id", "hmt_residence", "foreign_permanent")  # kinds whose numbers of 18 characters hold a birth date
BROUGHT = ("name", "phone", "address")  # what an earlier case knows of an applicant
BY = "by"  # key of the draft's agent: who came; never a part of the case
SELF, AGENT = "self", "agent"
BETWEEN = "\n"  # between the values of a field with several choices


def text_of(draft: Draft, path: str) -> str:
    """What was typed for a field."""
    group, _, key = path.partition(".")
    return draft.note if group == "note" else str(getattr(draft, group).get(key, ""))


def typed(draft: Draft, path: str, text: str) -> Draft:
    """The draft with this text in a field, which is the clerk's own from now on."""
    if text == text_of(draft, path):
        return draft
    group, _, key = path.partition(".")
    value = text if group == "note" else {**getattr(draft, group), key: text}
    brought = tuple(each for each in draft.brought if each != path)
    return msgspec.structs.replace(draft, **{group: value, "brought": brought})


def bring(draft: Draft, known: Mapping[str, Any]) -> Draft:
    """The draft with what an earlier case knows of this person, where nothing was typed."""
    for key in BROUGHT:
        path, text = f"applicant.{key}", str(known.get(key) or "")
        if text and not text_of(draft, path).strip():
            draft = typed(draft, path, text)
            draft = msgspec.structs.replace(draft, brought=(*draft.brought, path))
    return draft


def without_brought(draft: Draft) -> Draft:
    """The draft without what was brought and not edited since: the number is another person's now."""
    for path in draft.brought:
        draft = typed(draft, path, "")
    return draft


def tidied(item: Item, draft: Draft, today: date) -> Draft:
    """The draft with every date in the form that it is kept in; what was brought stays marked so."""
    for field in item.form:
        path = f"answers.{field.id}"
        if field.type == "date" and (text := text_of(draft, path)):
            draft = typed(draft, path, normalised(text, today))
    return draft


def kind_of(item: Item, draft: Draft) -> str:
    """Person or organisation: as chosen, else the first that the item takes."""
    chosen = draft.applicant.get("kind", "")
    return chosen if chosen in item.applicant_kinds else item.applicant_kinds[0]


def id_kinds(item: Item, draft: Draft) -> tuple[str, ...]:
    """The kinds of identity number that this applicant may have, the commonest in front."""
    return ORGANISATION_KINDS if kind_of(item, draft) == "organisation" else PERSON_KINDS


def id_kind(item: Item, draft: Draft) -> str:
    """The kind of the applicant's number: as chosen, else the commonest."""
    chosen, known = draft.applicant.get("id_kind", ""), id_kinds(item, draft)
    return chosen if chosen in known else known[0]


def agent_id_kind(draft: Draft) -> str:
    """The kind of the agent's number."""
    return draft.agent.get("id_kind") or PERSON_KINDS[0]


def has_agent(item: Item, draft: Draft) -> bool:
    """Whether somebody acts for the applicant; an organisation always comes as a person who handles it."""
    if kind_of(item, draft) == "organisation":
        return True
    came = draft.agent.get(BY, "")
    return came == AGENT if came else any(draft.agent.values())


def number(item: Item, draft: Draft, today: date) -> str:
    """The applicant's number in its normal form; empty where it is not right."""
    text = text_of(draft, "applicant.id_no")
    try:
        return check_identity(id_kind(item, draft), text, today, "").number if text.strip() else ""
    except BadInput:
        return ""


def holder(id_kind: str, number: str, today: date) -> PersonFacts | None:
    """What a right number says of its holder: birth date and sex; None where it is wrong or does not tell."""
    if id_kind not in DATED or not number.strip():
        return None
    try:
        checked = check_identity(id_kind, number, today, "")
    except BadInput:
        return None
    return person_facts(checked.number) if len(checked.number) == LENGTH else None


def answers(item: Item, draft: Draft) -> dict[str, Any]:
    """The answers that are right so far: they decide what is asked and which materials are needed."""
    held = {}
    for key, text in draft.answers.items():
        if item.askable(key) is None:
            continue
        try:
            value = _checked_answer(item, key, str(text))
        except BadInput:
            continue
        if value is not None:
            held[key] = value
    return held


def asked(item: Item, held: Mapping[str, Any]) -> tuple[Question | FormField, ...]:
    """What is asked, given these answers: questions, then fields."""
    return visible_questions(item, held) + visible_fields(item, held)


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
    group, _, key = path.partition(".")
    if group == "answers":
        each = item.askable(key)
        is_date = isinstance(each, FormField) and each.type == "date"
        _checked_answer(item, key, normalised(text, today) if is_date else text)
    elif group == "agent":
        agent_value(key, text.strip(), {"id_kind": agent_id_kind(draft)}, today, Warnings())
    elif group == "note":
        checked_note(text, path)
    elif key == "id_no":
        check_identity(id_kind(item, draft), text, today, path)
    elif key == "name":
        check_name(text, "organisation" if kind_of(item, draft) == "organisation" else "person", path)
    elif key == "phone":
        check_phone(text, path)
    elif key == "address":
        bounded(text, ADDRESS_MAX, path)


def _checked_answer(item: Item, key: str, text: str) -> Any:
    return check_answer(item, key, _meant(item, key, text))


def _meant(item: Item, key: str, text: str) -> Any:
    """A typed text as the value it stands for: digits pick, yes and no have their own words."""
    each = item.askable(key)
    if isinstance(each, FormField) and each.type == "yes_no" and text.strip() in YES | NO:
        return text.strip() in YES
    if isinstance(each, FormField) and each.type == "choices":
        return [part for part in text.split(BETWEEN) if part]
    return text.strip()


def line(item: Item, draft: Draft) -> dict[str, Any]:
    """The intake line that the desk takes. `ref` is the draft's id: taking it twice gives one case.

    Answers to what is not asked any more stay in the draft and are not sent: the case holds what the review showed.
    """
    shown = [each.id for each in asked(item, answers(item, draft))]
    materials = {each.id for each in item.materials}
    applicant = {**_filled(draft.applicant), "kind": kind_of(item, draft), "id_kind": id_kind(item, draft)}
    return {
        "item": item.code,
        "applicant": applicant,
        "agent": _agent(item, draft) or None,
        "answers": {
            key: _meant(item, key, text) for key in shown if (text := text_of(draft, f"answers.{key}")).strip()
        },
        "materials": [
            {"name": key, "got": got} for key, got in draft.materials.items() if got in GOT and key in materials
        ],
        "note": draft.note,
        "ref": draft.id,
    }


def _agent(item: Item, draft: Draft) -> dict[str, str]:
    """Who acts for the applicant, with the kind of a number only where there is a number."""
    found = _filled(draft.agent) if has_agent(item, draft) else {}
    found.pop(BY, None)
    if "id_no" in found:
        return {**found, "id_kind": agent_id_kind(draft)}
    found.pop("id_kind", None)
    return found


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: value.strip() for key, value in texts.items() if value.strip()}


def lacking(item: Item, draft: Draft) -> tuple[str, ...]:
    """The names of what is still missing."""
    return missing(item, answers(item, draft), draft.materials)
