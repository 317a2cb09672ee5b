"""How a legal limit is counted: from a day that is not counted, over days that count, around pauses.

The day of receipt or acceptance is day 0, on rest days too. Special procedures and suspensions are intervals: the days
after their first day, up to and with their last, are not counted, and the clock goes on with the day after.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec

from station.case import china_day
from station.errors import BadInput
from station.workdays import Calendar

WORKING_DAYS = "工作日"
ON_THE_SPOT = "即办"
AMOUNT_MAX = 3_650  # of any unit, and of an extension; protects the counting from a slip in a catalogue

_ONE_DAY = timedelta(days=1)
_HOUR_MS = 3_600_000


class Pause(msgspec.Struct, frozen=True):
    """A special procedure or a suspension; open while `to` is None."""

    frm: date = msgspec.field(name="from")
    to: date | None = None
    kind: str = ""

    def covers(self, day: date) -> bool:
        """Whether the clock stands still on that day: the first day of a pause still counts, its last does not."""
        return self.frm < day and (self.to is None or day <= self.to)


class Due(msgspec.Struct, frozen=True):
    """A due date, or None where there is none; estimated where it rests on an unpublished year."""

    day: date | None = None
    estimated: bool = False


def due_after(
    start_on: date,
    amount: int,
    unit: str,
    calendar: Calendar,
    *,
    pauses: tuple[Pause, ...] = (),
    extension_days: int = 0,
    start_at: int | None = None,
) -> Due:
    """The last day of a limit that starts on `start_on`, which is not counted; `start_at` (ms) matters to 小时 only.

    An extension is in working days, whatever the unit (第四十二条). While a pause is open there is no date, unless the
    limit had been used up before it: a pause never hides an overdue case.
    Raises BadInput `limit_unit` or `limit_range`.
    """
    _check_limit(amount, unit, extension_days)
    if unit == WORKING_DAYS:
        base = _count(start_on, amount, calendar.is_workday, pauses)
    else:
        base = _count(start_on, _NATURAL_DAYS[unit](start_on, start_at, amount), _every_day, pauses)
    last = base and _count(base, extension_days, calendar.is_workday, pauses)
    if base is None or last is None:
        return Due()
    return Due(last, calendar.estimates(start_on if unit == WORKING_DAYS else base, last))


def month_later(day: date, months: int) -> date:
    """The corresponding day of a later month, or that month's last day. Source: 民法典 第二百零二条."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year, month + 1, 1) + timedelta(days=31)).replace(day=1) - _ONE_DAY
    return last.replace(day=min(day.day, last.day))


def _count(start: date, amount: int, counts: Callable[[date], bool], pauses: tuple[Pause, ...]) -> date | None:
    """The amount-th day after `start` that counts and that no pause covers; None where an open pause comes first."""
    day = start
    while amount > 0:
        day += _ONE_DAY
        pause = next((pause for pause in pauses if pause.covers(day)), None)
        if pause is None:
            amount -= counts(day)
        elif pause.to is None:
            return None
        else:
            day = pause.to
    return day


def _hours(start_on: date, start_at: int | None, amount: int) -> int:
    """Calendar days that the hours reach over; from the day's first minute where no instant of that day is known."""
    if start_at is None or china_day(start_at) != start_on:  # deemed acceptance goes back to the day of receipt
        return amount // 24
    return (china_day(start_at + amount * _HOUR_MS) - start_on).days


# Natural days of a limit in each unit that is not counted in working days.
_NATURAL_DAYS: dict[str, Callable[[date, int | None, int], int]] = {
    "自然日": lambda _start_on, _start_at, amount: amount,
    "月": lambda start_on, _start_at, amount: (month_later(start_on, amount) - start_on).days,
    "小时": _hours,
    ON_THE_SPOT: lambda _start_on, _start_at, _amount: 0,
}


def _every_day(_day: date) -> bool:
    return True


def _check_limit(amount: int, unit: str, extension_days: int) -> None:
    if unit != WORKING_DAYS and unit not in _NATURAL_DAYS:
        raise BadInput("limit_unit", field="limit_unit", unit=unit)
    if not 0 <= min(amount, extension_days) <= max(amount, extension_days) <= AMOUNT_MAX:
        raise BadInput("limit_range", field="limit", maximum=AMOUNT_MAX)
