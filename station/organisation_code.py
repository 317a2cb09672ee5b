"""Codes of organisations: the unified social credit code, and the pseudo-codes of town bodies that have none."""

from __future__ import annotations

import re

from station import check_digits
from station.errors import BadInput
from station.identity_number import CheckedIdentity, area_known, cleaned

USCC_LENGTH = 18
_NATIONAL = "100000"  # bodies registered with the State Council's own offices
_PSEUDO_START = re.compile(r"TE[0-9]{6}")
_PSEUDO = re.compile(r"TE[0-9]{6}[0-9A-Z]{1,24}")  # published ones have 18 characters; nothing fixes the length


def check_uscc(text: str, field: str) -> CheckedIdentity:
    """A unified social credit code (统一社会信用代码). Source: GB 32100-2015; the inner code, GB 11714, only warns."""
    code = cleaned(text, field)
    if len(code) != USCC_LENGTH:
        raise BadInput("uscc_length", field=field, expected=USCC_LENGTH, got=len(code))
    if _PSEUDO_START.match(code):
        raise BadInput("id_other_kind", field=field, id_kind="org_pseudo")
    if not set(code) <= set(check_digits.USCC_ALPHABET):
        raise BadInput("uscc_characters", field=field)
    if check_digits.uscc(code[:-1]) != code[-1]:
        raise BadInput("uscc_check_digit", field=field)
    return CheckedIdentity(code, _warnings(code))


def check_org_pseudo(text: str, field: str) -> CheckedIdentity:
    """A town body's pseudo-code: TE, six digits of area, the rest as it was given. It has no check character."""
    code = cleaned(text, field)
    if not _PSEUDO.fullmatch(code):
        raise BadInput("org_pseudo_form", field=field)
    return CheckedIdentity(code, ("id_no_checksum",))


def _warnings(code: str) -> tuple[str, ...]:
    found = {
        "id_area_unknown": code[2:8] != _NATIONAL and not area_known(code[2:8]),
        "uscc_inner_check": check_digits.organisation(code[8:16]) != code[16],
    }
    return tuple(name for name, applies in found.items() if applies)
