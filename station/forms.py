"""Answers as they are typed or sent, checked against the item and brought into the one form that is stored.

An absent answer is never an error here: what is missing is the checklist's business. Dates become ISO text, decimals
and money become decimal text (a float in a case would not compare), a choice becomes its option's value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from station import answer_values
from station.checklist import answered
from station.errors import BadInput
from station.item import FormField, Item, Question

ANSWERS_MAX = 400  # more than any form asks: protects the journal from a broken script
TEXT_MAX = 200  # characters of a one-line text whose field names no limit
LONG_TEXT_MAX = 2000  # characters of a long text whose field names no limit


def check_answers(item: Item, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers in their stored form, in the order given; empty ones are left out.

    Raises BadInput at `answers.ID`: `unknown_answer`, `too_many_answers`, and the codes of `check_answer`.
    """
    if len(answers) > ANSWERS_MAX:
        raise BadInput("too_many_answers", field="answers", maximum=ANSWERS_MAX)
    checked = {answer_id: check_answer(item, answer_id, value) for answer_id, value in answers.items()}
    return {answer_id: value for answer_id, value in checked.items() if value is not None}


def check_answer(item: Item, answer_id: str, value: Any) -> Any:
    """One answer in its stored form; None where it was emptied.

    Raises BadInput at `answers.ID`: `unknown_answer`, `answer_type`, `answer_choice`, `answer_range`, `answer_length`,
    `answer_pattern`, `answer_date`, `answer_decimals`, `answer_account`, and the codes of phones and identity numbers.
    """
    path = f"answers.{answer_id}"
    asked = item.askable(answer_id)
    if asked is None:
        raise BadInput("unknown_answer", field=path)
    if not answered(value):
        return None
    if isinstance(asked, Question):
        return answer_values.choice(value, asked.options, path)
    return _by_type(asked, value, path)


def _by_type(asked: FormField, value: Any, path: str) -> Any:
    match asked.type:
        case "text" | "long_text":
            return _text(asked, value, path)
        case "integer" | "decimal" | "money":
            return _number(asked, value, path)
        case "choice":
            return answer_values.choice(value, asked.options, path)
        case "choices":
            return answer_values.choices(value, asked.options, path)
        case _:
            return answer_values.PLAIN[asked.type](value, path)


def _text(asked: FormField, value: Any, path: str) -> str:
    """Text in NFC without blanks around it; a one-line text has no line breaks."""
    text = unicodedata.normalize("NFC", answer_values.require_text(value, path)).strip()
    text = "\n".join(text.splitlines()) if asked.type == "long_text" else " ".join(text.splitlines())
    default = LONG_TEXT_MAX if asked.type == "long_text" else TEXT_MAX
    maximum = default if asked.max_length is None else asked.max_length
    if len(text) > maximum:
        raise BadInput("answer_length", field=path, maximum=maximum, got=len(text))
    if asked.pattern is not None:
        answer_values.require_pattern(text, asked.pattern, path)
    return text


def _number(asked: FormField, value: Any, path: str) -> int | str:
    """An integer as int; a decimal or money as text without exponent and without needless zeros."""
    number = answer_values.decimal(value, asked.unit, path)
    _require_range(asked, number, path)
    if asked.type == "integer":
        if number != number.to_integral_value():
            raise BadInput("answer_type", field=path, expected="integer")
        return int(number)
    places = answer_values.DECIMALS[asked.type]
    if number != round(number, places):
        raise BadInput("answer_decimals", field=path, maximum=places)
    return answer_values.decimal_text(number)


def _require_range(asked: FormField, number: Decimal, path: str) -> None:
    minimum, maximum = asked.minimum, asked.maximum
    below = minimum is not None and number < Decimal(str(minimum))
    above = maximum is not None and number > Decimal(str(maximum))
    if below or above:
        raise BadInput("answer_range", field=path, minimum=_plain(minimum), maximum=_plain(maximum))


def _plain(limit: float | None) -> str | None:
    return None if limit is None else answer_values.decimal_text(Decimal(str(limit)))
