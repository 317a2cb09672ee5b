"""What every identity number has in common: how it is cleaned, what a check returns, and what a refusal looks like.

Numbers only are normalised: full-width digits and a small x are slips of the keyboard. Names are never treated so.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn

import msgspec

from station.check_digits import ALPHANUMERIC
from station.errors import BadInput

TYPED_MAX = 64  # longer is no identity number; protects the normaliser

# The first two of an area code's six digits. Source: GB/T 2260.
_AREA = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71)[0-9]{4}")


class CheckedIdentity(msgspec.Struct, frozen=True):
    """A number in its normal form, and the codes of what a clerk should look at again. Warnings never block."""

    number: str
    warnings: tuple[str, ...] = ()


def cleaned(text: str, field: str) -> str:
    """The number without white space, in half-width capitals. Raises BadInput `id_empty`."""
    if len(text) > TYPED_MAX:
        return text  # every kind refuses that length
    number = "".join(unicodedata.normalize("NFKC", text).split())
    if not number:
        raise BadInput("id_empty", field=field)
    return number.upper() if number.isascii() else number  # other alphabets have letters whose capital is ASCII


def require_alphanumeric(number: str, field: str) -> None:
    """Raises BadInput `id_characters` unless all are ASCII digits and capitals."""
    if not set(number) <= set(ALPHANUMERIC):
        raise BadInput("id_characters", field=field)


def area_known(area: str) -> bool:
    """Whether six digits begin like a province's area code. Codes are those at issue and many are gone: only warn."""
    return _AREA.fullmatch(area) is not None


def refuse_length(number: str, expected: str, field: str) -> NoReturn:
    """Raises BadInput `id_length`; `expected` says which lengths would do: "18", "15/18", "5-20"."""
    raise BadInput("id_length", field=field, expected=expected, got=len(number))
