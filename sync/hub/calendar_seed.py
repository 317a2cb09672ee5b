"""The first calendar of a new hub, from the chinesecalendar package. Later years are published by the hub's people.

Named days off are listed with their weekends, as the State Council's notice lists them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import chinese_calendar

from station.workdays import REGION

FIRST_YEAR = 2017  # older cases are not counted any more
LAST_YEAR = 2026  # the package's last published year


def seed_document(version: int = 1) -> dict[str, Any]:
    """The calendar document of `station.workdays` for the years FIRST_YEAR to LAST_YEAR."""
    years = {str(year): _year(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)}
    return {"version": version, "region": REGION, "years": years}


def _year(year: int) -> dict[str, list[str]]:
    return {
        "holidays": _listed(chinese_calendar.holidays, year),
        "workdays": _listed(chinese_calendar.workdays, year),
    }


def _listed(days: Iterable[date], year: int) -> list[str]:
    return sorted(day.isoformat() for day in days if day.year == year)
