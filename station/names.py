"""Names of persons and organisations: kept as people write them.

No normal form is applied: NFC and NFKC rewrite rare hanzi that stand on identity cards. Only the middle dot, for which
every keyboard has another character, becomes one.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

import msgspec

from station.errors import BadInput

NameKind = Literal["person", "organisation"]

LENGTH_MAX: dict[NameKind, int] = {"person": 50, "organisation": 200}  # characters (code points)
MIDDLE_DOT = "\u00b7"
_OTHER_DOTS = "\u30fb\u2022\uff0e"  # katakana dot, bullet, full-width full stop

_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, halves of pairs, line and paragraph breaks
_BLANK_LETTERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
)  # called letters or marks, seen as nothing


class CheckedName(msgspec.Struct, frozen=True):
    """A name as it is kept, and the codes of what a clerk should look at again."""

    text: str
    warnings: tuple[str, ...] = ()


def check_name(text: str, kind: NameKind, field: str) -> CheckedName:
    """The name without outer white space and with U+00B7 as its middle dot.

    Raises BadInput `name_empty`, `name_length` or `name_characters`. What cannot be seen is kept, and warned of.
    """
    name = text.strip()
    if all(_invisible(char) or char.isspace() for char in name):
        raise BadInput("name_empty", field=field)
    if len(name) > LENGTH_MAX[kind]:
        raise BadInput("name_length", field=field, maximum=LENGTH_MAX[kind], got=len(name))
    if any(_forbidden(char) for char in name):
        raise BadInput("name_characters", field=field)
    return CheckedName(_with_middle_dots(name), ("name_invisible",) if any(map(_invisible, name)) else ())


def _with_middle_dots(name: str) -> str:
    inner = range(1, len(name) - 1)
    return "".join(
        MIDDLE_DOT
        if char in _OTHER_DOTS and place in inner and _letter(name[place - 1]) and _letter(name[place + 1])
        else char
        for place, char in enumerate(name)
    )


def _letter(char: str) -> bool:
    """Letters, their marks (Tibetan vowels), and all of the hanzi planes: new hanzi are unknown to older tables."""
    return unicodedata.category(char)[0] in "LM" or 0x20000 <= ord(char) <= 0x3FFFD


def _forbidden(char: str) -> bool:
    noncharacter = ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
    return noncharacter or unicodedata.category(char) in _FORBIDDEN


def _invisible(char: str) -> bool:
    """Zero-width, bidirectional and other format characters, and letters that show nothing."""
    return unicodedata.category(char) == "Cf" or char in _BLANK_LETTERS
