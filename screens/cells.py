"""Text on a terminal: its width in cells, and nothing in it that a terminal would obey.

A citizen's name may hold an escape sequence, a bidirectional mark or a line break. It is kept as typed and shown with
visible marks; this is the one exit for data to a plain terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_WIDE = frozenset({"W", "F"})
_ZERO = frozenset({"Mn", "Me"})
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def cell_width(text: str) -> int:
    """Cells that the text takes: 2 for a Chinese character, 0 for a combining mark."""
    return sum(_width(char) for char in text)


def padded(text: str, column: Sequence[str]) -> str:
    """The text filled with spaces to the width of its column."""
    return text + " " * (max(map(cell_width, column)) - cell_width(text))


def safe(text: str) -> str:
    """The text with every control, format or separator character as a visible mark, such as ⟨U+202E⟩."""
    return "".join(f"⟨U+{ord(char):04X}⟩" if unicodedata.category(char) in _HIDDEN else char for char in text)


def _width(char: str) -> int:
    if unicodedata.category(char) in _ZERO:
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1
