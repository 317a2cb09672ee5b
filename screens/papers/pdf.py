"""A paper as PDF pages of A4 or A5: two parts on one A4 with a line to cut along where they fit, else a page each.

The same paper gives the same bytes: no clock and no chance in the file.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

import msgspec

from screens.papers.pdf_blocks import FAINT, GREY, Piece, Pieces
from screens.papers.pdf_letters import AUTO, Letters, letters
from station.paper import Paper, Part

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

Size = Literal["a4", "a5"]

MM = 72 / 25.4
SHEETS: dict[str, tuple[float, float]] = {"a4": (210 * MM, 297 * MM), "a5": (148 * MM, 210 * MM)}
MARGIN: dict[str, float] = {"a4": 14 * MM, "a5": 12 * MM}
LETTERS: dict[str, float] = {"a4": 10.5, "a5": 9.5}  # points; the large ones are multiples
TIGHTER = (1.0, 0.95, 0.9, 0.85, 0.8)  # what is tried before a part gets a page of its own
CUT_HIGH = 26.0  # points between two parts on one sheet
FOOT = 7 * MM
_SCISSORS_GAP = 6.0


class Sheet(msgspec.Struct, frozen=True):
    """One page: what stands on it, from the top; None is where it is cut by hand."""

    pieces: tuple[Piece | None, ...]
    name: str


def pdf(paper: Paper, size: Size = "a4", font: str = AUTO, page_words: str = "") -> bytes:
    """The pages. `page_words` is said at the foot of each with {page} and {pages}. StationError: font_missing."""
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    chosen = letters(font)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=SHEETS[size], invariant=1, pageCompression=1, initialFontName=chosen.names[0])
    canvas.setTitle(paper.title)
    sheets = _sheets(paper, size, chosen)
    for place, sheet in enumerate(sheets, 1):
        _draw(canvas, sheet, paper, size, chosen)
        if len(sheets) > 1:
            foot = page_words.replace("{page}", str(place)).replace("{pages}", str(len(sheets)))
            _foot(canvas, f"{sheet.name}　{foot}", size, chosen)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _sheets(paper: Paper, size: Size, chosen: Letters) -> list[Sheet]:
    room = SHEETS[size][1] - 2 * MARGIN[size]
    if size == "a4":
        for factor in TIGHTER:
            parts = [_pieces(part, size, chosen, factor) for part in paper.parts]
            if sum(map(_high, parts)) + CUT_HIGH * (len(parts) - 1) <= room:
                return [_together(parts, paper)]
    return [
        Sheet(tuple(page), part.name)
        for part in paper.parts
        for page in _pages(_fitted(part, size, chosen, room), room)
    ]


def _fitted(part: Part, size: Size, chosen: Letters, room: float) -> list[Piece]:
    """The part in the largest letters with which it takes one page; in full size where it takes more anyway."""
    tried = (_pieces(part, size, chosen, factor) for factor in TIGHTER)
    return next((pieces for pieces in tried if _high(pieces) <= room), _pieces(part, size, chosen, 1.0))


def _pieces(part: Part, size: Size, chosen: Letters, factor: float) -> list[Piece]:
    return Pieces(chosen, SHEETS[size][0] - 2 * MARGIN[size], LETTERS[size] * factor).of(part.blocks)


def _together(parts: list[list[Piece]], paper: Paper) -> Sheet:
    pieces: list[Piece | None] = []
    for part in parts:
        pieces += [None, *part] if pieces else part
    return Sheet(tuple(pieces), paper.title)


def _pages(pieces: list[Piece], room: float) -> list[list[Piece]]:
    """Pages filled from the top; a heading goes to the next page with what it heads."""
    pages: list[list[Piece]] = [[]]
    for place, piece in enumerate(pieces):
        if pages[-1] and _high(pages[-1]) + _with_followers(pieces, place) > room:
            pages.append([])
        pages[-1].append(piece)
    return pages


def _with_followers(pieces: list[Piece], place: int) -> float:
    high = pieces[place].high
    while pieces[place].sticks and place + 1 < len(pieces):
        place += 1
        high += pieces[place].high
    return high


def _high(pieces: list[Piece]) -> float:
    return sum(piece.high for piece in pieces)


def _draw(canvas: Canvas, sheet: Sheet, paper: Paper, size: Size, chosen: Letters) -> None:
    x, y = MARGIN[size], SHEETS[size][1] - MARGIN[size]
    for piece in sheet.pieces:
        if piece is None:
            _cut_line(canvas, y - CUT_HIGH / 2, paper.cut, size, chosen)
            y -= CUT_HIGH
        else:
            piece.draw(canvas, x, y)
            y -= piece.high


def _cut_line(canvas: Canvas, y: float, word: str, size: Size, chosen: Letters) -> None:
    wide = SHEETS[size][0]
    small = LETTERS[size] * 0.8
    said = chosen.shown(word)
    half = chosen.width(said, small) / 2 + _SCISSORS_GAP
    canvas.setStrokeGray(FAINT)
    canvas.setLineWidth(0.6)
    canvas.setDash(4, 3)
    canvas.line(0, y, wide / 2 - half, y)
    canvas.line(wide / 2 + half, y, wide, y)
    canvas.setDash()
    canvas.setFillGray(GREY)
    chosen.draw(canvas, wide / 2 - half + _SCISSORS_GAP, y - small * 0.35, said, small)
    canvas.setFillGray(0)


def _foot(canvas: Canvas, text: str, size: Size, chosen: Letters) -> None:
    small = LETTERS[size] * 0.8
    said = chosen.shown(text)
    canvas.setFillGray(GREY)
    chosen.draw(canvas, (SHEETS[size][0] - chosen.width(said, small)) / 2, FOOT, said, small)
    canvas.setFillGray(0)
