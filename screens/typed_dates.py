"""Dates as clerks type them: 0312, 20250312, 3-12 and +7 become 2025-03-12. What is no date stays as it was typed.

A day without a year is of this year. What people get wrong: this is done on leaving the field, never while typing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

from station.answer_values import TYPED_MAX, YEARS, iso_date
from station.errors import BadInput

_SHORT = re.compile(r"([0-9]{1,2})(?:[-/.]|月)([0-9]{1,2})日?")
_FOUR_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})")
_AWAY = re.compile(r"([+-][0-9]{1,5})(?:天|日)?")


def normalised(text: str, today: date) -> str:
    """The day as ISO 8601, or the text as it was typed."""
    if len(text) > TYPED_MAX:
        return text
    typed = "".join(unicodedata.normalize("NFKC", text).split())
    for reading in _READINGS:
        day = reading(typed, today)
        if day is not None and YEARS[0] <= day.year <= YEARS[1]:
            return day.isoformat()
    return text


def _whole(typed: str, _today: date) -> date | None:
    """With its year, in any of the usual ways."""
    with suppress(BadInput):
        return date.fromisoformat(iso_date(typed, ""))
    return None


def _of_this_year(typed: str, today: date) -> date | None:
    found = _SHORT.fullmatch(typed) or _FOUR_DIGITS.fullmatch(typed)
    with suppress(ValueError):
        return today.replace(month=int(found[1]), day=int(found[2])) if found else None
    return None


def _days_away(typed: str, today: date) -> date | None:
    found = _AWAY.fullmatch(typed)
    with suppress(OverflowError):
        return today + timedelta(days=int(found[1])) if found else None
    return None


_READINGS: tuple[Callable[[str, date], date | None], ...] = (_whole, _of_this_year, _days_away)
