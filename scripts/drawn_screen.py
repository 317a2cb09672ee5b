"""A painted page as an SVG picture. Each run of letters of one width begins at its own cell, so columns stay columns
in every viewer, whatever font it takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from textual.strip import Strip

CELL_W, CELL_H, SIZE, MARGIN = 8, 20, 16, 10  # pixels; a cell is half an em, as in fonts for hanzi
FONTS = "'Noto Sans Mono CJK SC','Sarasa Mono SC','WenQuanYi Zen Hei Mono',monospace"
FOREGROUND, BACKGROUND = "#e0e0e0", "#121212"
BASELINE = 15
DIM = 0.6


def svg(strips: Iterable[Strip], columns: int) -> str:
    """The picture of a screen."""
    lines = list(strips)
    width, height = columns * CELL_W + 2 * MARGIN, len(lines) * CELL_H + 2 * MARGIN
    parts = [part for row, strip in enumerate(lines) for part in _row(strip, MARGIN + row * CELL_H)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    ground = f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>'
    return "\n".join([f'{head} font-family="{FONTS}" font-size="{SIZE}">', ground, *parts, "</svg>"]) + "\n"


def _row(strip: Strip, top: int) -> list[str]:
    """The backgrounds of a line, then its letters."""
    grounds, letters, x = [], [], MARGIN
    for segment in strip:
        text, style = segment.text, segment.style or Style()
        width = cell_len(text) * CELL_W
        ink, ground = _colours(style)
        if ground != BACKGROUND and width:
            grounds.append(f'<rect x="{x}" y="{top}" width="{width}" height="{CELL_H}" fill="{ground}"/>')
        letters += _letters(segment, x, top + BASELINE, ink)
        x += width
    return [*grounds, *letters]


def _letters(segment: Segment, x: int, y: int, ink: str) -> list[str]:
    """The runs of a segment, each at the place of its cell."""
    style = segment.style or Style()
    look = (' font-weight="bold"' if style.bold else "") + (f' opacity="{DIM}"' if style.dim else "")
    found = []
    for (blank, width), run in groupby(segment.text, lambda char: (char == " ", cell_len(char))):
        text = "".join(run)
        if not blank:
            found.append(f'<text x="{x}" y="{y}" fill="{ink}"{look}>{escape(text)}</text>')
        x += width * len(text) * CELL_W
    return found


def _colours(style: Style) -> tuple[str, str]:
    ink, ground = _hex(style.color, FOREGROUND), _hex(style.bgcolor, BACKGROUND)
    return (ground, ink) if style.reverse else (ink, ground)


def _hex(colour: Color | None, default: str) -> str:
    if colour is None or colour.is_default:
        return default
    return colour.get_truecolor(DIMMED_MONOKAI).hex
