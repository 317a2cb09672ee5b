"""What no paper may hide: control, format and blank characters become visible marks before anything is laid out.

A citizen's name may hold an escape sequence that cuts paper or opens a drawer, or a mark that turns text around. It is
kept as typed in the case; on paper it is shown as [U+001B].
"""

from __future__ import annotations

import re
import unicodedata

MISSING = "〓"  # the printers' own sign for a character that they lack

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # called letters or marks, seen as nothing
_SHOWN_BY_WORDS = re.compile("⟨(U\\+[0-9A-F]{4,6})⟩")
_NEW_HANZI = range(0x20000, 0x3FFFE)  # newer than Python's tables: a hanzi that is unknown here is still a hanzi


def visible(text: str) -> str:
    """The text with nothing in it that is obeyed or unseen; spaces of all kinds become plain ones."""
    return _SHOWN_BY_WORDS.sub(r"[\1]", "".join(map(_visible, text)))


def mark(char: str) -> str:
    """A character's code point, in characters that every printer has."""
    return f"[U+{ord(char):04X}]"


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if char in _BLANK or (category in _HIDDEN and ord(char) not in _NEW_HANZI):
        return mark(char)
    return " " if category == "Zs" and char != "\u3000" else char
