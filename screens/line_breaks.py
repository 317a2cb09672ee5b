"""Lines of a given width: Chinese breaks between any two characters, but not before 。 nor after （ nor in a number.

Widths are whatever the device counts in (columns, points): the caller says how wide one character is.
Source: W3C CLREQ 3.1.3 (characters that may not begin or end a line).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Measure = TypeVar("Measure", int, float)

NOT_FIRST = frozenset("，。、；：？！）》〉”’】〕」』…—·%‰℃,.;:?!)]}")
NOT_LAST = frozenset("（《〈“‘【〔「『([{")


def wrap(text: str, room: Measure, width: Callable[[str], Measure]) -> list[str]:
    """The lines of a text; never empty. A piece wider than the line is broken where it must be."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and width(line + piece) > room:
            lines.append(line.rstrip(" "))
            line = ""
            piece = piece.lstrip(" ")  # noqa: PLW2901  (a line that was broken does not begin with its space)
        *full, rest = _broken(piece, room, width)
        if full:
            lines += [line + full[0], *full[1:]]
            line = rest
        else:
            line += rest
    return [*lines, line.rstrip(" ")] if line.strip(" ") or not lines else lines


def _pieces(text: str) -> list[str]:
    """What may not be divided: words and numbers, and a character with the marks that cling to it."""
    pieces: list[str] = []
    for char in text:
        if pieces and _clings(pieces[-1], char):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _clings(piece: str, char: str) -> bool:
    last = piece[-1]
    if char == " " or last == " ":
        return False
    return char in NOT_FIRST or last in NOT_LAST or (_latin(last) and _latin(char))


def _latin(char: str) -> bool:
    return "!" <= char <= "~"


def _broken(piece: str, room: Measure, width: Callable[[str], Measure]) -> list[str]:
    """The piece in parts that fit; nearly always itself."""
    if width(piece) <= room:
        return [piece]
    parts = [""]
    for char in piece:
        if parts[-1] and width(parts[-1] + char) > room:
            parts.append("")
        parts[-1] += char
    return parts
