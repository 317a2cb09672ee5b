"""Passports and travel permits: no checksum, and no published rule for the form, so an odd form only warns."""

from __future__ import annotations

import re

from station.identity_number import CheckedIdentity, cleaned, refuse_length, require_alphanumeric

LENGTH_MIN = 5
LENGTH_MAX = 20

_USUAL = {
    "passport": re.compile(r"[A-Z0-9]{6,9}"),  # ICAO 9303 leaves nine places
    "hm_permit": re.compile(r"[HM][0-9]{8}([0-9]{2})?"),
    "tw_permit": re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?|[A-Z][0-9]{9}|[0-9]{9}[A-Z]"),
}


def check_travel_document(id_kind: str, text: str, field: str) -> CheckedIdentity:
    """A passport, or a permit of Hong Kong, Macao (回乡证) or Taiwan residents. Always warns: nothing verifies it."""
    number = cleaned(text, field)
    if not LENGTH_MIN <= len(number) <= LENGTH_MAX:
        refuse_length(number, f"{LENGTH_MIN}-{LENGTH_MAX}", field)
    require_alphanumeric(number, field)
    usual = _USUAL[id_kind].fullmatch(number)
    return CheckedIdentity(number, ("id_no_checksum",) if usual else ("id_no_checksum", "id_form_unusual"))
