"""Working days in China, as the hub last published them: the State Council moves weekends once a year.

A year that is not published is estimated (暂估): Monday to Friday, less the days that the law itself fixes. A date that
rests on such a year must be shown as estimated, and is counted again when the year is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import msgspec

from station import canonical
from station.errors import BadInput

REGION = "CN"
VERSION_MAX = 2**53 - 1  # what every JSON reader can hold
YEAR_MIN, YEAR_MAX = 1949, 2199
WORKDAYS_MAX = 4_000  # about sixteen years; protects whoever counts from a slip in a limit
FRIDAY = 4

# Month and day, and the first year in which the law fixed it. Source: 全国年节及纪念日放假办法 (1949, 1999, 2024).
STATUTORY_DAYS = {(1, 1): 1949, (5, 1): 1949, (5, 2): 2025, (10, 1): 1949, (10, 2): 1949, (10, 3): 1999}

_ONE_DAY = timedelta(days=1)


class Calendar(msgspec.Struct, frozen=True):
    """One published calendar: the years it covers, their days off, and the weekend days that are worked."""

    version: int
    years: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day; estimated outside of the published years."""
        if day in self.workdays:
            return True
        return day.weekday() <= FRIDAY and day not in self.holidays and not is_statutory(day)

    def is_estimated(self, day: date) -> bool:
        """Whether nobody has published that day's year yet (暂估)."""
        return day.year not in self.years

    def estimates(self, after: date, until: date) -> bool:
        """Whether a count over the days after `after`, up to and with `until`, rests on an unpublished year."""
        return after < until and not self.years.issuperset(range((after + _ONE_DAY).year, until.year + 1))

    def nth_workday_after(self, day: date, n: int) -> date:
        """The n-th working day after `day`, which itself is not counted; `day` for n = 0.

        Source: 行政许可法 第八十二条. Raises BadInput `limit_range`.
        """
        if not 0 <= n <= WORKDAYS_MAX:
            raise BadInput("limit_range", field="n", maximum=WORKDAYS_MAX)
        while n:
            day += _ONE_DAY
            n -= self.is_workday(day)
        return day

    def next_workday(self, day: date) -> date:
        """The first working day after `day`."""
        return self.nth_workday_after(day, 1)

    def document(self) -> dict[str, Any]:
        """The calendar as the hub publishes it, years and days in order."""
        years = {str(year): self._year(year) for year in sorted(self.years)}
        return {"version": self.version, "region": REGION, "years": years}

    def _year(self, year: int) -> dict[str, list[str]]:
        return {"holidays": _listed(self.holidays, year), "workdays": _listed(self.workdays, year)}


def is_statutory(day: date) -> bool:
    """Whether the law fixes that day as a day off in every year, whatever is published."""
    return day.year >= STATUTORY_DAYS.get((day.month, day.day), YEAR_MAX + 1)


def encode(calendar: Calendar) -> bytes:
    """The calendar's canonical bytes."""
    return canonical.encode(calendar.document())


def decode(data: bytes | str) -> Calendar:
    """A calendar from its JSON document. Raises BadInput."""
    try:
        document = canonical.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadInput("calendar_form", field="") from None
    return from_document(document)


def from_document(document: Any) -> Calendar:
    """A calendar from its parsed document; unknown fields are passed over.

    Raises BadInput: `calendar_form`, `calendar_version`, `calendar_region`, `calendar_year`, `calendar_date`,
    `calendar_twice`, `calendar_workday`; `field` is the path of the first trouble.
    """
    version, years = _head(document)
    holidays: set[date] = set()
    workdays: set[date] = set()
    for name, lists in years.items():
        year = _year_number(name)
        holidays |= _days(lists, "holidays", year)
        workdays |= _days(lists, "workdays", year)
    _check_workdays(holidays, workdays)
    return Calendar(version, frozenset(map(int, years)), frozenset(holidays), frozenset(workdays))


def _head(document: Any) -> tuple[int, dict[str, Any]]:
    if not isinstance(document, dict) or not isinstance(document.get("years"), dict):
        raise BadInput("calendar_form", field="years")
    version = document.get("version")
    if type(version) is not int or not 1 <= version <= VERSION_MAX:  # True is an int elsewhere
        raise BadInput("calendar_version", field="version")
    if document.get("region") != REGION:
        raise BadInput("calendar_region", field="region", expected=REGION)
    return version, document["years"]


def _year_number(name: Any) -> int:
    if isinstance(name, str) and len(name) == 4 and name.isascii() and name.isdigit():
        year = int(name)
        if YEAR_MIN <= year <= YEAR_MAX:
            return year
    raise BadInput("calendar_year", field=f"years.{name}", minimum=YEAR_MIN, maximum=YEAR_MAX)


def _days(lists: Any, name: str, year: int) -> set[date]:
    path = f"years.{year}.{name}"
    texts = lists.get(name) if isinstance(lists, dict) else None
    if not isinstance(texts, list):
        raise BadInput("calendar_form", field=path)
    days: set[date] = set()
    for place, text in enumerate(texts):
        day = _day(text, year, f"{path}.{place}")
        if day in days:
            raise BadInput("calendar_twice", field=f"{path}.{place}", day=text)
        days.add(day)
    return days


def _day(text: Any, year: int, path: str) -> date:
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadInput("calendar_date", field=path, year=year) from None
    if day.isoformat() != text or day.year != year:  # 20260101 and 2026-W01-1 are read by Python, not by others
        raise BadInput("calendar_date", field=path, year=year)
    return day


def _check_workdays(holidays: set[date], workdays: set[date]) -> None:
    """A day listed as worked must be one that would be off: a weekend, not a day off by law or by the same list."""
    for day in sorted(workdays):
        path = f"years.{day.year}.workdays"
        if day in holidays:
            raise BadInput("calendar_twice", field=path, day=day.isoformat())
        if day.weekday() <= FRIDAY or is_statutory(day):
            raise BadInput("calendar_workday", field=path, day=day.isoformat())


def _listed(days: Iterable[date], year: int) -> list[str]:
    return sorted(day.isoformat() for day in days if day.year == year)
