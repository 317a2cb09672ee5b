"""A paper as plain text: 32 columns for 58 mm, 48 for 80 mm, 80 for A4. Columns are terminal cells."""

from __future__ import annotations

from screens.cells import cell_width
from screens.papers.marks import visible
from screens.papers.rows import Columns, Made, Row
from station.paper import Barcode, Paper, Part

COLUMNS_58, COLUMNS_80, COLUMNS_A4 = 32, 48, 80


def text(paper: Paper, columns: int = COLUMNS_A4) -> str:
    """The whole paper; a line of `- - -` stands where it is cut."""
    device = Columns(count=columns, width=cell_width, shown=visible, doubles=False)
    return _cut(paper, columns).join(_part(part, device) for part in paper.parts)


def _part(part: Part, device: Columns) -> str:
    return "".join(_line(row, device.count).rstrip() + "\n" for row in device.rows(part))


def _line(row: Made, columns: int) -> str:
    if isinstance(row, Row):
        return _centred(row.text, columns) if row.centred else row.text
    if isinstance(row, Barcode):
        return _centred(f"*{row.digits}*", columns)
    # A square that only repeats the number says nothing new in a text.
    return "" if row.text.isdigit() else _centred(f"{row.caption} {row.text}".strip(), columns)


def _centred(line: str, columns: int) -> str:
    return " " * ((columns - cell_width(line)) // 2) + line


def _cut(paper: Paper, columns: int) -> str:
    word = f" {visible(paper.cut)} " if paper.cut else ""
    left = (columns - cell_width(word)) // 2
    dashes = "- " * columns
    return f"\n{dashes[:left]}{word}{dashes[: columns - left - cell_width(word)]}".rstrip() + "\n\n"
