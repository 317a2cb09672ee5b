"""The kinds of value that a form asks for: each function takes what was typed and returns its stored form, or refuses.

Digits may be typed full-width; `path` is where the answer stands, for the refusal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from station import check_digits
from station.errors import BadInput
from station.identity_number import cleaned
from station.item import Option
from station.phone import check_phone

DECIMALS = {"decimal": 4, "money": 2}  # places after the point; money has 角 and 分
DIGITS_MAX = 15  # of a number as typed; far beyond any amount, and exact in every spreadsheet
TYPED_MAX = 64  # characters of a number, date or account as typed
PATTERN_TEXT_MAX = 200  # a longer text is not matched against a pattern: protects from patterns that explode
YEARS = (1900, 2199)

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})日?")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")
_ACCOUNT = re.compile(r"[0-9]{8,30}")  # cards have 16-19 digits; passbooks and rural banks differ
_YES = {"是", "有", "yes", "true", "y"}
_NO = {"否", "没有", "无", "no", "false", "n"}


def choice(value: Any, options: Sequence[Option], path: str) -> str:
    """The value of the option that was meant, by value or by label."""
    text = require_text(value, path).strip()
    found = next((option.value for option in options if text == option.value), None)
    found = found or next((option.value for option in options if text == option.label), None)
    if found is None:
        raise BadInput("answer_choice", field=path, known=[option.value for option in options])
    return found


def choices(value: Any, options: Sequence[Option], path: str) -> list[str]:
    """The values of the options that were meant, each once, in the order of the options."""
    if not isinstance(value, list | tuple):
        value = [value]
    if len(value) > len(options):
        raise BadInput("answer_choice", field=path, known=[option.value for option in options])
    meant = {choice(one, options, path) for one in value}
    return [option.value for option in options if option.value in meant]


def yes_no(value: Any, path: str) -> bool:
    """Yes or no, also as a word."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _YES or word in _NO:
        return word in _YES
    raise BadInput("answer_type", field=path, expected="yes_no")


def iso_date(value: Any, path: str) -> str:
    """2026-03-12, 20260312, 2026/3/12, 2026.3.12 or 2026年3月12日 as ISO 8601."""
    text = "".join(_half_width(value, path).split())
    found = _COMPACT_DATE.fullmatch(text) or _DATE.fullmatch(text)
    if found is None:
        raise BadInput("answer_date", field=path)
    year, month, day = (int(part) for part in found.groups() if part is not None)
    if not YEARS[0] <= year <= YEARS[1]:
        raise BadInput("answer_date", field=path)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise BadInput("answer_date", field=path) from None


def decimal(value: Any, unit: str, path: str) -> Decimal:
    """A number, with or without a sign for yuan, thousands commas and its unit."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadInput("answer_type", field=path, expected="number")
    if isinstance(value, int) and abs(value) >= 10**DIGITS_MAX:
        raise BadInput("answer_range", field=path, minimum=None, maximum=None)
    text = _bare_number(value, unit, path) if isinstance(value, str) else str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadInput("answer_type", field=path, expected="number") from None
    if not number.is_finite():
        raise BadInput("answer_type", field=path, expected="number")
    if number.adjusted() >= DIGITS_MAX or len(number.as_tuple().digits) > DIGITS_MAX:
        raise BadInput("answer_range", field=path, minimum=None, maximum=None)
    return number


def decimal_text(number: Decimal) -> str:
    """The shortest text of a number, without exponent: 1200.50 is 1200.5, -0.0 is 0."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def phone(value: Any, path: str) -> str:
    """A mobile or landline in its normal form."""
    return check_phone(require_text(value, path), path)


def resident_id(value: Any, path: str) -> str:
    """A number of 18 characters with its check digit and a real birth date. Source: GB 11643.

    For people who are named in a form. The applicant's own number is checked against the day of the intake, elsewhere.
    """
    number = cleaned(require_text(value, path), path)
    if not _RESIDENT_ID.fullmatch(number):
        raise BadInput("id_characters", field=path)
    if check_digits.mod_11_2(number[:-1]) != number[-1]:
        raise BadInput("id_check_digit", field=path)
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadInput("id_birth_date", field=path) from None
    return number


def bank_account(value: Any, path: str) -> str:
    """An account or card number as digits; blanks and dashes are for the eye."""
    number = re.sub(r"[\s-]", "", _half_width(value, path))
    if not _ACCOUNT.fullmatch(number):
        raise BadInput("answer_account", field=path)
    return number


def require_text(value: Any, path: str) -> str:
    """The value, which must be text. Raises BadInput `answer_type`."""
    if not isinstance(value, str):
        raise BadInput("answer_type", field=path, expected="text")
    return value


def require_pattern(text: str, pattern: str, path: str) -> None:
    """The whole text must match. Raises BadInput `answer_pattern`."""
    if len(text) > PATTERN_TEXT_MAX or re.fullmatch(pattern, text) is None:
        raise BadInput("answer_pattern", field=path, pattern=pattern)


PLAIN: dict[str, Callable[[Any, str], Any]] = {
    "yes_no": yes_no,
    "date": iso_date,
    "phone": phone,
    "resident_id": resident_id,
    "bank_account": bank_account,
}


def _half_width(value: Any, path: str) -> str:
    text = require_text(value, path)
    if len(text) > TYPED_MAX:
        raise BadInput("answer_length", field=path, maximum=TYPED_MAX, got=len(text))
    return unicodedata.normalize("NFKC", text)


def _bare_number(value: str, unit: str, path: str) -> str:
    text = "".join(_half_width(value, path).split()).removeprefix("¥")
    text = text.removesuffix(unit).removesuffix("元")
    if not _NUMBER.fullmatch(text):
        raise BadInput("answer_type", field=path, expected="number")
    return text.replace(",", "")
