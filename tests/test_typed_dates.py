"""Dates as clerks type them: what becomes a day, and what stays as it was typed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.typed_dates import normalised
from station.answer_values import iso_date

TODAY = date(2025, 3, 5)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("0312", "2025-03-12"),
        ("20250312", "2025-03-12"),
        ("3-12", "2025-03-12"),
        ("3/12", "2025-03-12"),
        ("3.2", "2025-03-02"),
        ("3月12日", "2025-03-12"),
        ("12月1", "2025-12-01"),
        ("2024-2-29", "2024-02-29"),
        ("2025年3月12日", "2025-03-12"),
        (" 2025 03 12 ", "2025-03-12"),
        ("\uff10\uff13\uff11\uff12", "2025-03-12"),
        ("+7", "2025-03-12"),
        ("+0", "2025-03-05"),
        ("-5", "2025-02-28"),
        ("\uff0b30天", "2025-04-04"),
        ("2025-03-12", "2025-03-12"),
    ],
)
def test_what_clerks_type_is_a_day(typed: str, day: str) -> None:
    assert normalised(typed, TODAY) == day


@pytest.mark.parametrize(
    "typed",
    ["", "0229", "1332", "3-32", "2025-02-30", "312", "250312", "+", "+99999", "明天", "03 12 上午", "3-1-2", "0" * 70],
)
def test_what_is_no_day_stays_as_it_was_typed(typed: str) -> None:
    assert normalised(typed, TODAY) == typed


def test_the_last_of_february_is_a_day_in_a_leap_year() -> None:
    assert normalised("0229", date(2024, 12, 31)) == "2024-02-29"


@given(st.text(max_size=80))
def test_any_text_stays_or_becomes_what_the_form_takes(text: str) -> None:
    found = normalised(text, TODAY)
    assert found == text or iso_date(found, "") == found


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_doing_it_twice_changes_nothing(day: date) -> None:
    assert normalised(day.isoformat(), TODAY) == day.isoformat()
