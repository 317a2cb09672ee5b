"""Working days: the published years day by day, the estimate beyond them, and what a calendar must look like."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station import workdays
from station.errors import BadInput
from station.workdays import Calendar
from sync.hub.calendar_seed import seed_document

DATA = Path(__file__).parent / "data"
CALENDAR = workdays.from_document(seed_document())
DAYS = st.dates(date(2016, 1, 1), date(2032, 12, 31))


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_every_day_of_the_published_years_is_as_published() -> None:
    published = rows("cn_workdays_2017_2026.csv")
    wrong = [row["date"] for row in published if CALENDAR.is_workday(day(row["date"])) != (row["is_workday"] == "1")]
    assert (len(published), wrong) == (3652, [])
    assert not any(CALENDAR.is_estimated(day(row["date"])) for row in published)


@pytest.mark.parametrize("row", rows("working_day_examples.csv"), ids=lambda row: row["note"])
def test_the_start_day_is_not_counted(row: dict[str, str]) -> None:
    last = CALENDAR.nth_workday_after(day(row["start_date"]), int(row["working_days"]))
    assert last == day(row["deadline_start_day_excluded"])


@pytest.mark.parametrize(
    ("start", "n", "last"),
    [("2026-02-10", 20, "2026-03-16"), ("2025-12-31", 2, "2026-01-05"), ("2026-10-01", 5, "2026-10-13")],
)
def test_counts_over_holidays_and_adjusted_weekends(start: str, n: int, last: str) -> None:
    assert CALENDAR.nth_workday_after(day(start), n) == day(last)


def test_an_unpublished_year_is_monday_to_friday_without_the_fixed_days() -> None:
    off = {day("2027-01-01"), day("2027-10-01")}  # the other fixed days of 2027 are at weekends
    for place in range(365):
        one = day("2027-01-01") + timedelta(days=place)
        assert CALENDAR.is_workday(one) == (one.weekday() < 5 and one not in off)
        assert CALENDAR.is_estimated(one)


def test_the_second_of_may_is_fixed_since_2025_only() -> None:
    empty = Calendar(1)
    assert empty.is_workday(day("2023-05-02"))
    assert not empty.is_workday(day("2028-05-02"))
    assert not empty.is_workday(day("2028-05-01"))


def test_a_day_that_the_law_fixes_is_off_even_where_the_list_forgot_it() -> None:
    forgetful = workdays.from_document(document({"2027": {"holidays": [], "workdays": []}}))
    assert not forgetful.is_workday(day("2027-01-01"))


def test_publishing_a_year_ends_the_estimate() -> None:
    more = seed_document(2)
    more["years"]["2027"] = {"holidays": ["2027-01-01", "2027-02-08"], "workdays": ["2027-02-20"]}
    published = workdays.from_document(more)
    assert CALENDAR.estimates(day("2026-12-30"), day("2027-01-04"))
    assert not published.estimates(day("2026-12-30"), day("2027-01-04"))
    assert published.is_workday(day("2027-02-20")) and not published.is_workday(day("2027-02-08"))


@pytest.mark.parametrize(
    ("after", "until", "estimated"),
    [
        ("2026-12-30", "2026-12-31", False),
        ("2026-12-31", "2026-12-31", False),
        ("2026-12-31", "2027-01-01", True),
        ("2016-12-31", "2017-01-03", False),
        ("2016-12-30", "2017-01-03", True),
        ("2027-03-01", "2027-03-01", False),
    ],
)
def test_a_count_is_estimated_where_a_counted_day_is(after: str, until: str, estimated: bool) -> None:
    assert CALENDAR.estimates(day(after), day(until)) is estimated


@given(DAYS, st.integers(0, 80))
def test_the_nth_working_day_has_n_working_days_before_it(start: date, n: int) -> None:
    last = CALENDAR.nth_workday_after(start, n)
    passed = [start + timedelta(days=place) for place in range(1, (last - start).days + 1)]
    assert sum(map(CALENDAR.is_workday, passed)) == n
    assert n == 0 or CALENDAR.is_workday(last)


@given(DAYS)
def test_the_next_working_day_is_later_and_worked(start: date) -> None:
    following = CALENDAR.next_workday(start)
    assert following > start and CALENDAR.is_workday(following)
    assert (following - start).days <= 12


@pytest.mark.parametrize("n", [-1, workdays.WORKDAYS_MAX + 1])
def test_nobody_counts_for_ever(n: int) -> None:
    with pytest.raises(BadInput, match="limit_range"):
        CALENDAR.nth_workday_after(day("2026-03-02"), n)


def document(years: Any, **changes: Any) -> dict[str, Any]:
    return {"version": 1, "region": "CN", "years": years, **changes}


def test_a_calendar_survives_the_way_through_bytes() -> None:
    assert workdays.decode(workdays.encode(CALENDAR)) == CALENDAR
    assert json.loads(workdays.encode(CALENDAR)) == CALENDAR.document() == seed_document()


def test_unknown_fields_are_passed_over() -> None:
    years = {"2026": {"holidays": ["2026-01-01"], "workdays": ["2026-01-04"], "names": {}}}
    assert workdays.from_document(document(years, source="notice")).years == {2026}


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (None, "calendar_form", "years"),
        ([], "calendar_form", "years"),
        (document([]), "calendar_form", "years"),
        (document({}, version=True), "calendar_version", "version"),
        (document({}, version="1"), "calendar_version", "version"),
        (document({}, version=0), "calendar_version", "version"),
        (document({}, version=2**53), "calendar_version", "version"),
        (document({}, region="TW"), "calendar_region", "region"),
        (document({"26": {}}), "calendar_year", "years.26"),
        (document({"\uff12\uff10\uff12\uff16": {}}), "calendar_year", "years.\uff12\uff10\uff12\uff16"),
        (document({"1948": {}}), "calendar_year", "years.1948"),
        (document({"2026": []}), "calendar_form", "years.2026.holidays"),
        (document({"2026": {"holidays": []}}), "calendar_form", "years.2026.workdays"),
        (document({"2026": {"holidays": "2026-01-01", "workdays": []}}), "calendar_form", "years.2026.holidays"),
    ],
)
def test_a_calendar_of_another_form_is_refused(wrong: Any, code: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        workdays.from_document(wrong)
    assert (refused.value.code, refused.value.fields["field"]) == (code, field)


@pytest.mark.parametrize("text", ["2026-02-30", "20260101", "2026-W01-1", "2027-01-01", "1 Jan", "", 20260101, None])
def test_a_day_must_be_a_real_date_of_its_year(text: Any) -> None:
    with pytest.raises(BadInput) as refused:
        workdays.from_document(document({"2026": {"holidays": [text], "workdays": []}}))
    assert refused.value.document() == {"code": "calendar_date", "field": "years.2026.holidays.0", "year": 2026}


@pytest.mark.parametrize(
    ("holidays", "worked", "code"),
    [
        (["2026-01-01", "2026-01-01"], [], "calendar_twice"),
        (["2026-01-04"], ["2026-01-04"], "calendar_twice"),
        ([], ["2026-01-05"], "calendar_workday"),
        ([], ["2026-05-02"], "calendar_workday"),
    ],
)
def test_the_lists_may_not_contradict_each_other_or_the_law(holidays: list, worked: list, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        workdays.from_document(document({"2026": {"holidays": holidays, "workdays": worked}}))


@pytest.mark.parametrize("data", ["", "{", b"\xff", b"{}", "[]"])
def test_what_is_no_json_document_is_refused(data: bytes | str) -> None:
    with pytest.raises(BadInput, match="calendar_form"):
        workdays.decode(data)
