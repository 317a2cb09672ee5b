"""Numbers of 18 characters with a birth date: resident IDs, residence permits, permanent residents' cards.

All three share GB 11643; the first digits tell them apart. The check digit is judged before the first digits, so that a
slip there is called a slip. An area code never blocks: codes are those at issue, and many are gone.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import msgspec

from station import check_digits
from station.errors import BadInput
from station.identity_number import CheckedIdentity, area_known, cleaned, refuse_length

LENGTH = 18
OLD_LENGTH = 15  # first generation: two-digit year, no check digit; no document any more
AGE_MAX = 150
AGE_UNUSUAL = 110

_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_OLD_NUMBER = re.compile(r"[0-9]{15}")
_OLD_FOREIGN = re.compile(r"[A-Z]{3}[0-9]{12}")
_HMT_AREAS = {"81": "810000", "82": "820000", "83": "830000"}  # Hong Kong, Macao, Taiwan


class PersonFacts(msgspec.Struct, frozen=True):
    """What a checked number says of its holder; sex is None where the number does not tell."""

    born_on: date
    sex: Literal["male", "female"] | None


def check_resident_id(text: str, today: date, field: str) -> CheckedIdentity:
    """A resident ID (居民身份证). Source: GB 11643."""
    number = cleaned(text, field)
    if _OLD_NUMBER.fullmatch(number):
        _birth_date("19" + number[6:12], today, field)
        raise BadInput("id_lookup_only", field=field)
    return _check("resident_id", number, today, field)


def check_hmt_residence(text: str, today: date, field: str) -> CheckedIdentity:
    """A residence permit of Hong Kong, Macao or Taiwan residents (港澳台居民居住证)."""
    return _check("hmt_residence", cleaned(text, field), today, field)


def check_foreign_permanent(text: str, today: date, field: str) -> CheckedIdentity:
    """A permanent resident's ID of a foreigner: the 2023 edition, or the old one until it expires."""
    number = cleaned(text, field)
    if len(number) == OLD_LENGTH:
        if not _OLD_FOREIGN.fullmatch(number):
            raise BadInput("id_characters", field=field)
        return CheckedIdentity(number, ("id_no_checksum",))
    if len(number) != LENGTH:
        refuse_length(number, f"{OLD_LENGTH}/{LENGTH}", field)
    return _check("foreign_permanent", number, today, field)


def upgraded(text: str, field: str) -> str:
    """The 18 characters of a 15-digit number, to look up old files; an 18-character number comes back as it is."""
    number = cleaned(text, field)
    if len(number) == LENGTH:
        return number
    if len(number) != OLD_LENGTH:
        refuse_length(number, f"{OLD_LENGTH}/{LENGTH}", field)
    if not _OLD_NUMBER.fullmatch(number):
        raise BadInput("id_characters", field=field)
    body = number[:6] + "19" + number[6:]
    return body + check_digits.mod_11_2(body)


def person_facts(number: str) -> PersonFacts:
    """Birth date and sex from a checked number of 18 characters."""
    born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    if _kind_of(number) == "foreign_permanent":
        return PersonFacts(born_on, None)  # nothing published says what its serial means
    return PersonFacts(born_on, "male" if int(number[16]) % 2 else "female")


def age_on(born_on: date, day: date) -> int:
    """Full years on that day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def _check(kind: str, number: str, today: date, field: str) -> CheckedIdentity:
    if len(number) != LENGTH:
        refuse_length(number, str(LENGTH), field)
    if not _NUMBER.fullmatch(number):
        raise BadInput("id_characters", field=field)
    if check_digits.mod_11_2(number[:-1]) != number[-1]:
        raise BadInput("id_check_digit", field=field)
    if _kind_of(number) != kind:
        raise BadInput("id_other_kind", field=field, id_kind=_kind_of(number))
    age = age_on(_birth_date(number[6:14], today, field), today)
    return CheckedIdentity(number, _warnings(kind, number, age))


def _kind_of(number: str) -> str:
    if number[:2] in _HMT_AREAS:
        return "hmt_residence"
    return "foreign_permanent" if number.startswith("9") else "resident_id"


def _birth_date(digits: str, today: date, field: str) -> date:
    try:
        born_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise BadInput("id_birth_date", field=field) from None
    if born_on > today:
        raise BadInput("id_birth_future", field=field)
    if age_on(born_on, today) > AGE_MAX:
        raise BadInput("id_age", field=field, maximum=AGE_MAX)
    return born_on


def _warnings(kind: str, number: str, age: int) -> tuple[str, ...]:
    area_usual = {
        "resident_id": area_known(number[:6]),
        "hmt_residence": number[:6] == _HMT_AREAS.get(number[:2]),
        "foreign_permanent": True,  # its area and nationality codes are not published
    }[kind]
    found = {"id_age_unusual": age > AGE_UNUSUAL, "id_area_unknown": not area_usual}
    return tuple(code for code, applies in found.items() if applies)
