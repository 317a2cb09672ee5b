"""Columns of a row: which of them have room, and a text cut to its cells with a mark where it was cut.

Widths are those that Textual lays out with, so no line is ever longer than its widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size

CUT = "…"
GAP = 2  # cells between two columns


class Column(NamedTuple):
    """One column: its width in cells, and from which width of the list on it is shown. One column may grow."""

    width: int
    from_width: int = 0
    grows: bool = False
    right: bool = False


def layout(columns: Sequence[Column], width: int) -> list[tuple[int, int]]:
    """The columns that are shown in a width: (place in the row, cells). What is left over goes to those that grow."""
    shown = [(place, column) for place, column in enumerate(columns) if width >= column.from_width]
    left = width - sum(column.width for _, column in shown) - GAP * max(0, len(shown) - 1)
    growing = [place for place, column in shown if column.grows]
    share = max(0, left) // len(growing) if growing else 0
    return [(place, column.width + (share if place in growing else 0)) for place, column in shown]


def line(cells: Sequence[str], columns: Sequence[Column], width: int) -> str:
    """A row as one text of exactly that many cells."""
    parts = [
        fitted(cells[place] if place < len(cells) else "", size, right=columns[place].right)
        for place, size in layout(columns, width)
    ]
    return set_cell_size((" " * GAP).join(parts), width)


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly that many cells, cut with a mark or filled with blanks."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(f"{_first(text, width - 1)}{CUT}", width) if width > 0 else ""
    blanks = " " * (width - size)
    return blanks + text if right else text + blanks


def _first(text: str, width: int) -> str:
    """As many whole characters as have room."""
    return chop_cells(text, width)[0] if width > 0 else ""
