"""What a case still needs: scenario answers (情形) decide the materials, `show_if` decides what is asked at all.

An answer to a question that is not shown decides nothing, but stays: showing the question again brings it back. A
question that nobody answered asks for no material; it is itself what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from station.item import DEFERRABLE, REQUIRED, Condition, FormField, Item, Material, Question

STATES = ("original_seen", "paper", "copy", "ecert", "deferred", "missing")
PRESENT = frozenset(STATES) - {"deferred", "missing"}


def missing(item: Item, answers: Mapping[str, Any], got: Mapping[str, str]) -> tuple[str, ...]:
    """What a one-time notice (一次性告知) lists: names of materials, then `answers.ID` of what is not answered.

    `got` maps material ids to one of STATES; a deferred material is still missing.
    """
    names = tuple(material.name for material in missing_materials(item, answers, got))
    return names + tuple(f"answers.{asked.id}" for asked in unanswered(item, answers))


def missing_materials(item: Item, answers: Mapping[str, Any], got: Mapping[str, str]) -> tuple[Material, ...]:
    """The required materials that are not here, in the order of the item."""
    return tuple(m for m in required_materials(item, answers) if got.get(m.id) not in PRESENT)


def deferrable(item: Item, answers: Mapping[str, Any], got: Mapping[str, str]) -> tuple[Material, ...]:
    """The missing materials that may come later (容缺)."""
    return tuple(m for m in missing_materials(item, answers, got) if m.can_defer or m.necessity == DEFERRABLE)


def required_materials(item: Item, answers: Mapping[str, Any]) -> tuple[Material, ...]:
    """The materials that these answers ask for, in the order of the item."""
    asked_for = _asked_for(item, answers)
    return tuple(m for m in item.materials if m.necessity == REQUIRED or m.id in asked_for)


def unanswered(item: Item, answers: Mapping[str, Any]) -> tuple[Question | FormField, ...]:
    """The required questions and fields that are shown and not answered, questions first."""
    shown = _visible(item, answers)
    return tuple(asked for asked in shown if asked.required and not answered(answers.get(asked.id)))


def visible_questions(item: Item, answers: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions that are asked, given these answers."""
    return tuple(question for question in item.questions if _shown(item, question, answers))


def visible_fields(item: Item, answers: Mapping[str, Any]) -> tuple[FormField, ...]:
    """The form fields that are shown, given these answers."""
    return tuple(field for field in item.form if _shown(item, field, answers))


def answered(value: Any) -> bool:
    """Whether a value says anything. No and 0 are answers; blank text and an empty choice are not."""
    return bool(value.strip()) if isinstance(value, str) else value is not None and value not in ([], ())


def _asked_for(item: Item, answers: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        material
        for asked in _visible(item, answers)
        for option in asked.options
        if option.value in _values(answers.get(asked.id))
        for material in option.materials
    )


def _visible(item: Item, answers: Mapping[str, Any]) -> Iterator[Question | FormField]:
    return (asked for asked in item.askables if _shown(item, asked, answers))


def _shown(item: Item, asked: Question | FormField, answers: Mapping[str, Any]) -> bool:
    """Shown when its condition holds, and the conditions of all that it depends on."""
    passed = set()
    while asked.show_if is not None:
        decider = item.askable(asked.show_if.field)
        passed.add(asked.id)
        if decider is None or decider.id in passed or not _holds(asked.show_if, answers):
            return False  # the catalogue check refuses circles and unknown fields; here they show nothing
        asked = decider
    return True


def _holds(condition: Condition, answers: Mapping[str, Any]) -> bool:
    return any(_same(value, among) for value in _values(answers.get(condition.field)) for among in condition.among)


def _same(one: Any, other: Any) -> bool:
    """Equal and of one type: yes is not 1."""
    return type(one) is type(other) and bool(one == other)


def _values(answer: Any) -> tuple[Any, ...]:
    return tuple(answer) if isinstance(answer, list | tuple) else (answer,)
