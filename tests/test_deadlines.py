"""The legal clocks: how limits are counted, and which clock a case shows in which state."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station import deadlines, limits, workdays
from station.case import CHINA, Case
from station.deadlines import Clocks, clocks
from station.errors import BadInput
from station.item import Item
from station.limits import Due, Pause, due_after
from sync.hub.calendar_seed import seed_document

CALENDAR = workdays.from_document(seed_document())
EXAMPLES = (Path(__file__).parent / "data" / "working_day_examples.csv").read_text(encoding="utf-8").splitlines()
STATES_BEFORE_ACCEPTANCE = ["DRAFT", "RECEIVED", "CORRECTION"]
STATES_AFTER_DECISION = ["DECIDED_GRANT", "DECIDED_DENY", "CLOSED", "DELIVERED", "ARCHIVED"]
END_STATES = ["NOT_ACCEPTED", "NOT_REQUIRED", "WITHDRAWN", "TERMINATED", "ARCHIVED", "VOID"]


def day(text: str) -> date:
    return date.fromisoformat(text)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


def item(promised: int | None = 10, statutory: int | None = 20, unit: str = "工作日") -> Item:
    return Item(
        code="350200", version=1, name="示例", promised_limit=promised, statutory_limit=statutory, limit_unit=unit
    )


def case(status: str, **fields: Any) -> Case:
    return Case("c", {"status": status, **fields})


def counted(start: str, amount: int, unit: str = "工作日", *pauses: tuple[str, str | None], **more: Any) -> str | None:
    spans = tuple(Pause(day(frm), day(to) if to else None) for frm, to in pauses)
    last = due_after(day(start), amount, unit, CALENDAR, pauses=spans, **more).day
    return last.isoformat() if last else None


# How a limit is counted


@pytest.mark.parametrize("row", list(csv.DictReader(EXAMPLES)), ids=lambda row: row["note"])
def test_the_start_day_is_not_counted(row: dict[str, str]) -> None:
    assert counted(row["start_date"], int(row["working_days"])) == row["deadline_start_day_excluded"]


def test_a_rest_day_is_day_nought_like_any_other() -> None:
    assert counted("2026-10-01", 5) == "2026-10-13"
    assert counted("2026-03-07", 1) == "2026-03-09"  # a Saturday


@pytest.mark.parametrize(
    ("start", "amount", "unit", "last"),
    [
        ("2026-03-02", 15, "自然日", "2026-03-17"),
        ("2026-01-31", 1, "月", "2026-02-28"),
        ("2028-01-31", 1, "月", "2028-02-29"),
        ("2026-01-15", 1, "月", "2026-02-15"),
        ("2026-12-31", 2, "月", "2027-02-28"),
        ("2026-03-31", 12, "月", "2027-03-31"),
        ("2026-03-02", 0, "即办", "2026-03-02"),
        ("2026-03-07", 3, "即办", "2026-03-07"),
        ("2026-03-02", 0, "工作日", "2026-03-02"),
        ("2026-03-02", 23, "小时", "2026-03-02"),
        ("2026-03-02", 24, "小时", "2026-03-03"),
    ],
)
def test_each_unit_counts_in_its_own_way(start: str, amount: int, unit: str, last: str) -> None:
    assert counted(start, amount, unit) == last


def test_hours_run_from_the_instant() -> None:
    assert counted("2026-03-02", 8, "小时", start_at=instant("2026-03-02T15:59")) == "2026-03-02"
    assert counted("2026-03-02", 8, "小时", start_at=instant("2026-03-02T16:00")) == "2026-03-03"


def test_hours_of_an_acceptance_that_goes_back_run_from_that_day() -> None:
    assert counted("2026-03-02", 30, "小时", start_at=instant("2026-03-09T16:00")) == "2026-03-03"


def test_the_first_day_of_a_pause_counts_and_its_last_does_not() -> None:
    assert counted("2026-03-02", 5) == "2026-03-09"
    assert counted("2026-03-02", 5, "工作日", ("2026-03-03", "2026-03-05")) == "2026-03-11"
    assert counted("2026-03-02", 1, "工作日", ("2026-03-03", "2026-03-05")) == "2026-03-03"


def test_a_pause_over_rest_days_costs_nothing() -> None:
    assert counted("2026-03-02", 5, "工作日", ("2026-03-06", "2026-03-08")) == "2026-03-09"


def test_a_pause_that_ends_on_its_first_day_costs_nothing() -> None:
    assert counted("2026-03-02", 5, "工作日", ("2026-03-04", "2026-03-04")) == "2026-03-09"


def test_days_under_two_pauses_are_left_out_once() -> None:
    assert (
        counted("2026-03-02", 5, "自然日", ("2026-03-03", "2026-03-05"), ("2026-03-04", "2026-03-06")) == "2026-03-10"
    )


def test_pauses_prolong_natural_days_and_months_too() -> None:
    assert counted("2026-03-02", 5, "自然日", ("2026-03-03", "2026-03-05")) == "2026-03-09"
    assert counted("2026-03-02", 1, "月", ("2026-03-03", "2026-03-05")) == "2026-04-04"


def test_an_open_pause_gives_no_date() -> None:
    assert counted("2026-03-02", 5, "工作日", ("2026-03-03", None)) is None
    assert counted("2026-03-02", 5, "工作日", ("2026-03-03", None), extension_days=10) is None


def test_an_open_pause_does_not_hide_a_limit_that_was_used_up() -> None:
    assert counted("2026-03-02", 5, "工作日", ("2026-03-09", None)) == "2026-03-09"
    assert counted("2026-03-02", 5, "工作日", ("2026-03-20", None)) == "2026-03-09"


def test_an_extension_adds_working_days_whatever_the_unit() -> None:
    assert counted("2026-03-02", 5, extension_days=10) == counted("2026-03-02", 15)
    assert counted("2026-03-02", 5, "自然日", extension_days=10) == counted("2026-03-07", 10)


def test_only_counts_of_working_days_are_ever_estimated() -> None:
    assert due_after(day("2026-12-30"), 5, "工作日", CALENDAR) == Due(day("2027-01-07"), estimated=True)
    assert due_after(day("2026-12-30"), 5, "自然日", CALENDAR) == Due(day("2027-01-04"))
    assert due_after(day("2026-12-30"), 5, "自然日", CALENDAR, extension_days=1) == Due(
        day("2027-01-05"), estimated=True
    )


@pytest.mark.parametrize(
    ("amount", "unit", "extension", "code"),
    [
        (1, "天", 0, "limit_unit"),
        (-1, "工作日", 0, "limit_range"),
        (3_651, "自然日", 0, "limit_range"),
        (1, "工作日", -1, "limit_range"),
        (1, "工作日", 3_651, "limit_range"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(amount: int, unit: str, extension: int, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        due_after(day("2026-03-02"), amount, unit, CALENDAR, extension_days=extension)


STARTS = st.dates(date(2017, 1, 1), date(2028, 12, 31))
AMOUNTS = st.integers(0, 90)
UNITS = st.sampled_from(["工作日", "自然日", "月", "小时", "即办"])


@st.composite
def closed_pauses(draw: st.DrawFn) -> Pause:
    frm = draw(STARTS)
    return Pause(frm, frm + timedelta(days=draw(st.integers(-2, 60))))


PAUSES = st.lists(closed_pauses(), max_size=4).map(tuple)


def last_day(start: date, amount: int, unit: str, pauses: tuple[Pause, ...] = (), extension: int = 0) -> date:
    last = due_after(start, amount, unit, CALENDAR, pauses=pauses, extension_days=extension).day
    assert last is not None
    return last


@given(STARTS, AMOUNTS, UNITS, PAUSES)
def test_a_greater_amount_is_never_due_earlier(start: date, amount: int, unit: str, pauses: tuple[Pause, ...]) -> None:
    assert start <= last_day(start, amount, unit, pauses) <= last_day(start, amount + 1, unit, pauses)


@given(STARTS, AMOUNTS, UNITS, PAUSES, st.integers(-20, 60), st.integers(0, 60))
def test_one_more_pause_never_makes_it_earlier(
    start: date, amount: int, unit: str, pauses: tuple[Pause, ...], after: int, length: int
) -> None:
    frm = start + timedelta(days=after)
    more = Pause(frm, frm + timedelta(days=length))
    assert last_day(start, amount, unit, (more, *pauses)) >= last_day(start, amount, unit, pauses)
    opened = due_after(start, amount, unit, CALENDAR, pauses=(Pause(frm), *pauses)).day
    assert opened is None or opened >= last_day(start, amount, unit, pauses)


@given(STARTS, AMOUNTS, UNITS, PAUSES, st.integers(1, 15))
def test_an_extension_makes_it_later(
    start: date, amount: int, unit: str, pauses: tuple[Pause, ...], extension: int
) -> None:
    assert last_day(start, amount, unit, pauses, extension) > last_day(start, amount, unit, pauses)


@given(STARTS, st.integers(1, 60), PAUSES)
def test_exactly_so_many_working_days_lie_outside_of_the_pauses(
    start: date, amount: int, pauses: tuple[Pause, ...]
) -> None:
    last = last_day(start, amount, "工作日", pauses)
    passed = [start + timedelta(days=place) for place in range(1, (last - start).days + 1)]
    free = [one for one in passed if not any(pause.frm < one <= (pause.to or one) for pause in pauses)]
    assert sum(map(CALENDAR.is_workday, free)) == amount
    assert free[-1] == last and CALENDAR.is_workday(last)


@given(STARTS, st.integers(0, 48))
def test_months_end_on_the_corresponding_day_or_the_last(start: date, months: int) -> None:
    later = limits.month_later(start, months)
    assert (later.year * 12 + later.month) - (start.year * 12 + start.month) == months
    assert later.day == start.day or (later.day < start.day and (later + timedelta(days=1)).day == 1)


# Which clock a case shows


def test_a_received_case_has_five_working_days_for_intake_and_nothing_else() -> None:
    shown = clocks(case("RECEIVED", intake_from="2026-09-23"), item(), CALENDAR)
    assert shown == Clocks(intake=day("2026-10-08"), next_due=day("2026-10-08"))


def test_the_intake_clock_restarts_when_supplements_come() -> None:
    told = {"told_on": "2026-09-24", "within_days": 90}
    shown = clocks(case("RECEIVED", intake_from="2026-09-29", correction=told), item(), CALENDAR)
    assert shown == Clocks(intake=day("2026-10-12"), next_due=day("2026-10-12"))


def test_in_correction_only_the_applicants_own_days_run() -> None:
    told = {"told_on": "2026-03-02", "within_days": 90, "missing": ["x"]}
    shown = clocks(case("CORRECTION", intake_from="2026-03-02", correction=told), item(), CALENDAR)
    assert shown == Clocks(correction=day("2026-05-31"), next_due=day("2026-05-31"))
    assert clocks(case("CORRECTION", intake_from="2026-03-02"), item(), CALENDAR) == Clocks()


@pytest.mark.parametrize("status", STATES_BEFORE_ACCEPTANCE)
def test_promised_and_statutory_are_unknown_before_acceptance(status: str) -> None:
    shown = clocks(case(status, intake_from="2026-03-02"), item(), CALENDAR)
    assert (shown.promised, shown.statutory) == (None, None)


@pytest.mark.parametrize("status", ["ACCEPTED", "REVIEW_TOWN", "REVIEW_DEPT"])
def test_acceptance_starts_both_clocks_and_ends_that_of_intake(status: str) -> None:
    shown = clocks(case(status, intake_from="2018-10-12", accepted_on="2018-10-15"), item(7, 10), CALENDAR)
    assert shown == Clocks(promised=day("2018-10-24"), statutory=day("2018-10-29"), next_due=day("2018-10-24"))


def test_an_item_without_a_limit_has_no_date() -> None:
    accepted = case("ACCEPTED", accepted_on="2026-03-02")
    assert clocks(accepted, item(None, None), CALENDAR) == Clocks()
    assert clocks(accepted, item(None, 1), CALENDAR).next_due == day("2026-03-03")


def test_on_the_spot_is_a_promise_beside_a_statutory_limit_in_working_days() -> None:
    shown = clocks(case("ACCEPTED", accepted_on="2026-03-06"), item(None, 1, "即办"), CALENDAR)
    assert (shown.promised, shown.statutory) == (day("2026-03-06"), day("2026-03-09"))


def test_hours_run_from_the_accepted_instant() -> None:
    fields = {"accepted_on": "2026-03-02", "accepted_at": instant("2026-03-02T20:00")}
    assert clocks(case("ACCEPTED", **fields), item(8, None, "小时"), CALENDAR).promised == day("2026-03-03")


@pytest.mark.parametrize(("status", "kind"), [("SPECIAL", "special"), ("SUSPENDED", "suspend")])
def test_a_paused_case_says_so_and_has_nothing_due(status: str, kind: str) -> None:
    pauses = [{"kind": kind, "from": "2026-03-03", "to": None, "reason": "检测"}]
    assert clocks(case(status, accepted_on="2026-03-02", pauses=pauses), item(), CALENDAR) == Clocks(paused=True)


def test_a_promise_that_passed_before_a_pause_stays_due_while_the_statutory_date_waits() -> None:
    pauses = [{"kind": "special", "from": "2026-03-12", "to": None}]
    shown = clocks(case("SPECIAL", accepted_on="2026-03-02", pauses=pauses), item(5, 20), CALENDAR)
    assert shown == Clocks(promised=day("2026-03-09"), paused=True, next_due=day("2026-03-09"))


def test_a_closed_pause_moves_both_dates() -> None:
    pauses = [{"kind": "special", "from": "2026-03-03", "to": "2026-03-05"}]
    shown = clocks(case("REVIEW_DEPT", accepted_on="2026-03-02", pauses=pauses), item(5, 6), CALENDAR)
    assert (shown.promised, shown.statutory, shown.paused) == (day("2026-03-11"), day("2026-03-12"), False)


def test_an_extension_moves_both_dates_by_ten_working_days() -> None:
    fields = {"accepted_on": "2018-10-15", "extension_days": 10}
    shown = clocks(case("REVIEW_DEPT", **fields), item(7, 10), CALENDAR)
    assert (shown.promised, shown.statutory) == (day("2018-11-07"), day("2018-11-12"))


@pytest.mark.parametrize("status", STATES_AFTER_DECISION)
def test_the_dates_of_a_decided_case_stay_what_they_were(status: str) -> None:
    fields = {"accepted_on": "2018-10-15", "decided_on": "2018-10-22", "decision": "deny"}
    shown = clocks(case(status, **fields), item(7, 10), CALENDAR)
    assert shown == Clocks(promised=day("2018-10-24"), statutory=day("2018-10-29"))


@pytest.mark.parametrize("status", ["DECIDED_GRANT", "CLOSED"])
def test_a_grant_must_be_served_within_ten_working_days(status: str) -> None:
    fields = {"accepted_on": "2018-10-08", "decided_on": "2018-10-15", "decision": "grant"}
    shown = clocks(case(status, **fields), item(7, 10), CALENDAR)
    assert shown.delivery == shown.next_due == day("2018-10-29")


def test_what_was_served_is_due_no_more_and_its_date_stays() -> None:
    fields = {"accepted_on": "2018-10-08", "decided_on": "2018-10-15", "decision": "grant"}
    shown = clocks(case("DELIVERED", **fields), item(7, 10), CALENDAR)
    assert (shown.delivery, shown.next_due) == (day("2018-10-29"), None)


@pytest.mark.parametrize("status", [*END_STATES, "A_STATE_OF_A_NEWER_HUB"])
def test_a_case_that_ended_has_nothing_due(status: str) -> None:
    told = {"told_on": "2026-03-02", "within_days": 90}
    assert clocks(case(status, intake_from="2026-03-02", correction=told), item(), CALENDAR) == Clocks()
    pauses = [{"kind": "special", "from": "2026-03-03", "to": None}]
    ended = clocks(case(status, accepted_on="2026-03-02", pauses=pauses), item(1, 20), CALENDAR)
    assert ended == Clocks(promised=day("2026-03-03"))


def test_every_clock_that_rests_on_an_unpublished_year_is_named() -> None:
    shown = clocks(case("ACCEPTED", accepted_on="2026-12-28"), item(2, 10), CALENDAR)
    assert shown.estimated == ("statutory",)
    shown = clocks(case("RECEIVED", intake_from="2026-12-28"), item(), CALENDAR)
    assert shown.estimated == ("intake",)


def test_the_document_has_every_clock_whether_it_runs_or_not() -> None:
    assert clocks(case("RECEIVED", intake_from="2026-12-28"), item(), CALENDAR).document() == {
        "intake": "2027-01-05",
        "promised": None,
        "statutory": None,
        "correction": None,
        "delivery": None,
        "paused": False,
        "estimated": ["intake"],
    }


def test_only_known_states_run_clocks() -> None:
    assert set(deadlines.RUNNING) == {"RECEIVED", "CORRECTION", "ACCEPTED", "REVIEW_TOWN", "REVIEW_DEPT"} | {
        "SPECIAL",
        "SUSPENDED",
        "DECIDED_GRANT",
        "CLOSED",
    }
