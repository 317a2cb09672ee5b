"""Phone numbers in mainland China: typed in any usual way, kept in one.

Mobile: 11 digits. Landline: area code, dash, number. The exchange tables hold 11 digits for a mobile.
"""

from __future__ import annotations

import re
import unicodedata

from station.errors import BadInput

TYPED_MAX = 40  # a number with country code, brackets and spaces is shorter

_SEPARATORS = re.compile(r"[\s()\u2010-\u2015\u2212-]+")
_COUNTRY = re.compile(r"(?:\+|00)86|86(?=1[3-9][0-9]{9}$)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# Area codes: three digits (010, 02x) have eight-digit numbers; four digits have seven or eight; Xiamen has seven.
_LANDLINE = re.compile(r"(010|02[0-9])([0-9]{8})|(0592)([0-9]{7})|(0(?!592)[3-9][0-9]{2})([0-9]{7,8})")


def check_phone(text: str, field: str) -> str:
    """A mobile or a landline with its area code, normalised. Raises BadInput `phone_form`."""
    if len(text) > TYPED_MAX:
        raise BadInput("phone_form", field=field)
    digits = _national(_SEPARATORS.sub("", unicodedata.normalize("NFKC", text)))
    if _MOBILE.fullmatch(digits):
        return digits
    landline = _LANDLINE.fullmatch(digits)
    if landline is None:
        raise BadInput("phone_form", field=field)
    return "-".join(part for part in landline.groups() if part)


def _national(number: str) -> str:
    """Without +86, 0086 or 86; abroad a landline is written without its leading zero."""
    country = _COUNTRY.match(number)
    if country is None:
        return number
    rest = number[country.end() :]
    return rest if _MOBILE.fullmatch(rest) or rest.startswith("0") else "0" + rest
