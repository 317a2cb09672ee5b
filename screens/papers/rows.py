"""A part of a paper as rows of a fixed number of columns: what plain text and receipt printers have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import singledispatchmethod

import msgspec

from screens.line_breaks import wrap
from station.paper import (
    Barcode,
    Block,
    Heading,
    KeyValues,
    Numbered,
    Pair,
    Paragraph,
    Part,
    Qr,
    Rule,
    Signature,
    Title,
)

GAP = 2  # columns between a label and its value
SIGN_LINE = 12  # columns to sign on, at least


class Row(msgspec.Struct, frozen=True):
    """One line. `wide` and `tall` letters take twice the columns or the height, where the device can."""

    text: str
    wide: bool = False
    tall: bool = False
    strong: bool = False
    centred: bool = False


Made = Row | Barcode | Qr


class Columns(msgspec.Struct, frozen=True):
    """A device that prints in columns: how many, how wide a character is, and what it can show of a text."""

    count: int
    width: Callable[[str], int]
    shown: Callable[[str], str]
    doubles: bool  # whether it has letters of twice the width

    def rows(self, part: Part) -> list[Made]:
        """The rows of a part, with the codes that the device draws by itself between them."""
        return [row for block in part.blocks for row in self._rows(block)]

    @singledispatchmethod
    def _rows(self, block: Block) -> Iterator[Made]:
        raise AssertionError(block)

    @_rows.register
    def _title(self, block: Title) -> Iterator[Made]:
        room = self.count // 2 if self.doubles else self.count
        yield from (Row(line, centred=True) for line in self._wrap(block.issuer) if block.issuer)
        yield from (Row(line, wide=True, tall=True, strong=True, centred=True) for line in self._wrap(block.text, room))
        yield from (Row(line, centred=True) for line in self._wrap(block.copy) if block.copy)

    @_rows.register
    def _heading(self, block: Heading) -> Iterator[Made]:
        yield from (Row(line, strong=True) for line in self._wrap(block.text))

    @_rows.register
    def _key_values(self, block: KeyValues) -> Iterator[Made]:
        indent = max(self.width(self.shown(pair.label)) for pair in block.pairs) + GAP
        for pair in block.pairs:
            yield from self._pair(pair, indent)

    def _pair(self, pair: Pair, indent: int) -> Iterator[Row]:
        label = self.shown(pair.label)
        begin = label + " " * (indent - self.width(label))
        for line in self._wrap(pair.value, self.count - indent):
            yield Row((begin + line).rstrip(" "), strong=pair.strong)
            begin = " " * indent

    @_rows.register
    def _numbered(self, block: Numbered) -> Iterator[Made]:
        gutter = len(str(len(block.entries))) + GAP
        for place, entry in enumerate(block.entries, 1):
            lines = self._wrap(entry.text, self.count - gutter)
            note = self.shown(entry.note)
            free = self.count - gutter - self.width(lines[-1]) - self.width(note)
            beside = bool(note) and free >= GAP
            if beside:
                lines[-1] += " " * free + note
            for number, line in enumerate(lines):
                begin = " " * gutter if number else f"{place}.".ljust(gutter)
                yield Row(begin + line, tall=block.large, strong=block.large)
            if note and not beside:
                yield from map(Row, self._right(note))
            if entry.detail:
                yield from (Row(" " * gutter + line) for line in self._wrap(entry.detail, self.count - gutter))

    @_rows.register
    def _paragraph(self, block: Paragraph) -> Iterator[Made]:
        tall = block.size == "large"
        yield from (Row(line, tall=tall, strong=block.strong) for line in self._wrap(block.text))

    @_rows.register
    def _code(self, block: Barcode | Qr) -> Iterator[Made]:
        yield block

    @_rows.register
    def _signature(self, block: Signature) -> Iterator[Made]:
        """Side by side where every line is long enough to sign on; else under each other, with room for a pen."""
        labels = [self.shown(label) + " " for label in block.labels]
        share = (self.count - GAP * (len(labels) - 1)) // len(labels)
        yield Row("")
        if all(share - self.width(label) >= SIGN_LINE for label in labels):
            yield Row((" " * GAP).join(label + "_" * (share - self.width(label)) for label in labels))
            return
        for place, label in enumerate(labels):
            if place:
                yield Row("")
            yield Row(label + "_" * max(self.count - self.width(label), 4))

    @_rows.register
    def _rule(self, _block: Rule) -> Iterator[Made]:
        yield Row("-" * self.count)

    def _wrap(self, text: str, room: int | None = None) -> list[str]:
        return wrap(self.shown(text), room or self.count, self.width)

    def _right(self, text: str) -> list[str]:
        return [" " * (self.count - self.width(line)) + line for line in wrap(text, self.count, self.width)]
