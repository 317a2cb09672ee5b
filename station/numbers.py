"""Case numbers: 12 digits that can be printed offline, told over the phone, and never change.

26 000000123 c    year of the china day, serial leased from the hub, check digit
9 00017 00042 c   lease spent: the device's code and its own serial; years stay below 90, so the two never meet
"""

from __future__ import annotations

import unicodedata

from station import check_digits
from station.errors import BadInput

NUMBER_DIGITS = 12
YEAR_MIN = 2000
YEAR_MAX = 2089  # a first digit of 9 marks a spare number
LEASED_SERIAL_MAX = 999_999_999
DEVICE_CODE_MAX = 99_999
SPARE_SERIAL_MAX = 99_999
TYPED_MAX = 64  # more than this is not a number with spaces in it
_SPARE = "9"
_SEPARATORS = {ord(char): None for char in " -\t\u2010\u2011\u2012\u2013\u2014\u2212"}


def leased_number(year: int, serial: int) -> str:
    """The number of a leased serial in a four-digit year. Raises BadInput `number_range`."""
    _within("year", year, YEAR_MIN, YEAR_MAX)
    _within("serial", serial, 0, LEASED_SERIAL_MAX)
    return _checked(f"{year % 100:02}{serial:09}")


def spare_number(device_code: int, serial: int) -> str:
    """The number that a device gives when its lease is spent. Raises BadInput `number_range`."""
    _within("device_code", device_code, 0, DEVICE_CODE_MAX)
    _within("serial", serial, 0, SPARE_SERIAL_MAX)
    return _checked(f"{_SPARE}{device_code:05}{serial:05}")


def check_number(text: str, field: str = "number") -> str:
    """The 12 digits of a number as typed or scanned; spaces, dashes and full-width digits are taken.

    Raises BadInput `number_form` or `number_check_digit`.
    """
    if len(text) > TYPED_MAX:
        raise BadInput("number_form", field=field, digits=NUMBER_DIGITS)
    number = unicodedata.normalize("NFKC", text).strip().translate(_SEPARATORS)
    if len(number) != NUMBER_DIGITS or not set(number) <= set(check_digits.DIGITS):
        raise BadInput("number_form", field=field, digits=NUMBER_DIGITS)
    if check_digits.mod_11_10(number[:-1]) != number[-1]:
        raise BadInput("number_check_digit", field=field)
    return number


def is_spare(number: str) -> bool:
    """Whether a checked number was given without a lease."""
    return number.startswith(_SPARE)


def _checked(body: str) -> str:
    return body + check_digits.mod_11_10(body)


def _within(field: str, value: int, minimum: int, maximum: int) -> None:
    if not minimum <= value <= maximum:
        raise BadInput("number_range", field=field, minimum=minimum, maximum=maximum)
