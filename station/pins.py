"""A clerk's PIN as a hash. A PIN switches clerks while the base is open; it never unwraps a key."""

from __future__ import annotations

import unicodedata

from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

OPS = 2
MEM_BYTES = 19 * 1024 * 1024  # with OPS a few hundredths of a second: a queue stands at the counter


def pin_hash(pin: str) -> str:
    """The PIN's argon2id hash as text, with its salt and its limits inside."""
    return argon2id.str(_typed(pin), opslimit=OPS, memlimit=MEM_BYTES).decode()


def pin_matches(kept: str, pin: str) -> bool:
    """Whether the PIN made that hash; a hash that is none matches nothing."""
    try:
        return argon2id.verify(kept.encode(), _typed(pin))
    except (InvalidkeyError, ValueError):
        return False


def _typed(pin: str) -> bytes:
    return unicodedata.normalize("NFKC", pin).strip().encode()  # full-width digits of an input method are digits
