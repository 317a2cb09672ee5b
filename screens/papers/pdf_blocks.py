"""The blocks of a paper as pieces of a page: each knows its height before it is drawn, so that pages can be filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, singledispatchmethod
from typing import TYPE_CHECKING

import msgspec

from screens.line_breaks import wrap
from screens.papers.pdf_letters import Letters
from station.paper import (
    Barcode,
    Block,
    Entry,
    Heading,
    KeyValues,
    Numbered,
    Paragraph,
    Qr,
    Rule,
    Signature,
    Title,
)

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

Draw = Callable[["Canvas", float, float], None]

LEADING = 1.42  # of the size: Chinese wants air between its lines
GREY = 0.35  # labels and small print; darker than 4.5:1 on white
FAINT = 0.7
BAR_HIGH, BAR_WIDE = 26.0, 1.05  # points: a module of 0.37 mm, which every counter scanner reads
QR_SIDE = 62.0
GAP = 9.0
SPACED_MOST = 4  # characters: short titles are spread, as on official paper
SIGN_HIGH = 30.0  # room for a pen


class Piece(msgspec.Struct, frozen=True):
    """Something of a known height that is drawn whole, from its upper left corner. `sticks` to what follows."""

    high: float
    draw: Draw
    sticks: bool = False


class _EntryLine(msgspec.Struct, frozen=True):
    """The first or a later line of one thing in a list."""

    number: str
    text: str
    note: str
    gutter: float
    size: float
    strong: bool


class Pieces(msgspec.Struct, frozen=True):
    """Makes pieces for a column of this width, in letters of this size."""

    letters: Letters
    wide: float
    size: float

    def of(self, blocks: tuple[Block, ...]) -> list[Piece]:
        """The pieces of all blocks, in order; the square code stands at the right of the first labels."""
        square = next((block for block in blocks if isinstance(block, Qr)), None)
        beside = next((block for block in blocks if isinstance(block, KeyValues)), None) if square else None
        pieces: list[Piece] = []
        for block in blocks:
            if block is beside and isinstance(block, KeyValues) and square:
                pieces += self._with_square(block, square)
            elif block is not square or beside is None:
                pieces += self._pieces(block)
        return pieces

    def _with_square(self, block: KeyValues, square: Qr) -> list[Piece]:
        labels = list(self._key_values(block, self.wide - QR_SIDE - GAP))
        low = QR_SIDE + self.size * 1.4 - sum(piece.high for piece in labels)
        at_right = partial(self._square, square, self.wide - QR_SIDE)
        return [Piece(0.0, at_right, sticks=True), *labels, _space(max(low, 0.0))]

    @singledispatchmethod
    def _pieces(self, block: Block) -> Iterator[Piece]:
        raise AssertionError(block)

    @_pieces.register
    def _title(self, block: Title) -> Iterator[Piece]:
        if block.issuer:
            yield from self._lines(block.issuer, self.size, centred=True)
        yield from self._lines(
            "　".join(block.text) if len(block.text) < 6 else block.text, self.size * 1.9, centred=True
        )
        if block.copy:
            yield from self._lines(block.copy, self.size * 0.9, centred=True, grey=GREY)
        yield _space(self.size * 0.5)

    @_pieces.register
    def _heading(self, block: Heading) -> Iterator[Piece]:
        yield _space(self.size * 0.35, sticks=True)
        for piece in self._lines(block.text, self.size * 1.05, strong=True):
            yield Piece(piece.high, piece.draw, sticks=True)

    @_pieces.register
    def _key_values(self, block: KeyValues, room: float | None = None) -> Iterator[Piece]:
        indent = max(self.letters.width(self.letters.shown(pair.label), self.size) for pair in block.pairs) + GAP
        for pair in block.pairs:
            label = self.letters.shown(pair.label)
            for line in self._wrap(pair.value, self.size, (room or self.wide) - indent):
                yield self._piece(partial(self._pair, label, line, indent, strong=pair.strong), self.size)
                label = ""

    def _pair(self, label: str, line: str, indent: float, canvas: Canvas, x: float, y: float, *, strong: bool) -> None:
        self._text(canvas, x, y, label, self.size, grey=GREY)
        self._text(canvas, x + indent, y, line, self.size, strong=strong)

    @_pieces.register
    def _numbered(self, block: Numbered) -> Iterator[Piece]:
        size = self.size * (1.35 if block.large else 1)
        for place, entry in enumerate(block.entries, 1):
            yield from self._entry(place, entry, size, strong=block.large)

    def _entry(self, place: int, entry: Entry, size: float, *, strong: bool) -> Iterator[Piece]:
        gutter = size * 1.7
        note = self.letters.shown(entry.note)
        noted = self.letters.width(note, self.size) + GAP if note else 0.0
        number = f"{place}."
        for text in self._wrap(entry.text, size, self.wide - gutter - noted):
            line = _EntryLine(number, text, note, gutter, size, strong)
            yield self._piece(partial(self._entry_line, line), size)
            number = note = ""
        small = self.size * 0.88
        for text in self._wrap(entry.detail, small, self.wide - gutter) if entry.detail else ():
            yield self._piece(partial(self._text, text=text, size=small, grey=GREY, indent=gutter), small)

    def _entry_line(self, line: _EntryLine, canvas: Canvas, x: float, y: float) -> None:
        self._text(canvas, x, y, line.number, line.size, strong=line.strong)
        self._text(canvas, x + line.gutter, y, line.text, line.size, strong=line.strong)
        at = x + self.wide - self.letters.width(line.note, self.size)
        self._text(canvas, at, y, line.note, self.size, grey=GREY)

    @_pieces.register
    def _paragraph(self, block: Paragraph) -> Iterator[Piece]:
        size = self.size * {"small": 0.85, "normal": 1.0, "large": 1.35}[block.size]
        yield _space(self.size * 0.2)
        grey = GREY if block.size == "small" else 0.0
        yield from self._lines(block.text, size, strong=block.strong, grey=grey)

    @_pieces.register
    def _barcode(self, block: Barcode) -> Iterator[Piece]:
        yield Piece(BAR_HIGH + self.size * 0.6, partial(self._bars, block.digits))

    def _bars(self, digits: str, canvas: Canvas, x: float, y: float) -> None:
        """Bars only: a paper writes the number in its own words as well."""
        from reportlab.graphics.barcode.code128 import Code128  # noqa: PLC0415

        bars = Code128(digits, barHeight=BAR_HIGH, barWidth=BAR_WIDE, quiet=False)
        bars.drawOn(canvas, x + (self.wide - bars.width) / 2, y - BAR_HIGH)

    @_pieces.register
    def _qr(self, block: Qr) -> Iterator[Piece]:
        yield Piece(QR_SIDE + self.size * 1.6, partial(self._square, block, 0.0))

    def _square(self, block: Qr, indent: float, canvas: Canvas, x: float, y: float) -> None:
        """The code, and under it what it is for."""
        import segno  # noqa: PLC0415

        rows = segno.make(block.text, error="m", micro=False).matrix
        dot = QR_SIDE / len(rows)
        for down, row in enumerate(rows):
            for across, dark in enumerate(row):
                if dark:
                    canvas.rect(x + indent + across * dot, y - (down + 1) * dot, dot, dot, stroke=0, fill=1)
        small = self.size * 0.8
        caption = self.letters.shown(block.caption)
        middle = indent + (QR_SIDE - self.letters.width(caption, small)) / 2
        self._text(canvas, x + middle, y - QR_SIDE - small * 1.2, caption, small, grey=GREY)

    @_pieces.register
    def _signature(self, block: Signature) -> Iterator[Piece]:
        labels = [self.letters.shown(label) for label in block.labels]
        yield Piece(SIGN_HIGH, partial(self._sign, labels))

    def _sign(self, labels: list[str], canvas: Canvas, x: float, y: float) -> None:
        share = (self.wide - GAP * 2 * (len(labels) - 1)) / max(len(labels), 2)
        base = y - SIGN_HIGH + self.size * 0.5
        for place, label in enumerate(labels):
            at = x + place * (share + GAP * 2)
            self._text(canvas, at, base, label, self.size)
            canvas.setLineWidth(0.6)
            canvas.line(at + self.letters.width(label, self.size) + 4, base - 2, at + share, base - 2)

    @_pieces.register
    def _rule(self, _block: Rule) -> Iterator[Piece]:
        yield Piece(self.size * 0.9, self._across)

    def _across(self, canvas: Canvas, x: float, y: float) -> None:
        canvas.setStrokeGray(FAINT)
        canvas.setLineWidth(0.5)
        canvas.line(x, y - self.size * 0.45, x + self.wide, y - self.size * 0.45)
        canvas.setStrokeGray(0)

    def _lines(
        self, text: str, size: float, *, strong: bool = False, centred: bool = False, grey: float = 0.0
    ) -> Iterator[Piece]:
        for line in self._wrap(text, size, self.wide):
            indent = (self.wide - self.letters.width(line, size)) / 2 if centred else 0.0
            draw = partial(self._text, text=line, size=size, strong=strong, grey=grey, indent=indent)
            yield self._piece(draw, size)

    def _piece(self, draw: Draw, size: float) -> Piece:
        """A line of text: `draw` gets the line that its letters stand on."""
        return Piece(size * LEADING, lambda canvas, x, y: draw(canvas, x, y - size * 1.08))

    def _text(
        self,
        canvas: Canvas,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        strong: bool = False,
        grey: float = 0.0,
        indent: float = 0.0,
    ) -> None:
        canvas.setFillGray(grey)
        canvas.setStrokeGray(grey)
        self.letters.draw(canvas, x + indent, y, text, size, strong=strong)
        canvas.setFillGray(0)
        canvas.setStrokeGray(0)

    def _wrap(self, text: str, size: float, room: float) -> list[str]:
        return wrap(self.letters.shown(text), room, lambda line: self.letters.width(line, size))


def _space(high: float, *, sticks: bool = False) -> Piece:
    return Piece(high, lambda _canvas, _x, _y: None, sticks)
