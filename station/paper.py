"""A paper as a value: what stands on it and in which order, and nothing of ink, columns or fonts.

Texts arrive as already chosen strings; `screens/papers` turns the value into lines, printer bytes or pages.
What people get wrong: a text here may be a stranger's data, so every renderer makes visible what a device would obey.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Size = Literal["small", "normal", "large"]

BARCODE_MOST = 30  # digits: more does not fit 58 mm
QR_MOST = 300  # characters: more is unreadable when printed small


class Title(msgspec.Struct, frozen=True):
    """What the paper is, in the largest letters; `issuer` above it, `copy` (which part this is) below."""

    text: str
    issuer: str = ""
    copy: str = ""


class Heading(msgspec.Struct, frozen=True):
    """The name of what follows."""

    text: str


class Pair(msgspec.Struct, frozen=True):
    """One label and its value."""

    label: str
    value: str
    strong: bool = False


class KeyValues(msgspec.Struct, frozen=True):
    """Labels and values under each other; the values begin in one column."""

    pairs: tuple[Pair, ...]


class Entry(msgspec.Struct, frozen=True):
    """One thing of a list; `note` stands at the right, `detail` below."""

    text: str
    note: str = ""
    detail: str = ""


class Numbered(msgspec.Struct, frozen=True):
    """A list that counts from 1."""

    entries: tuple[Entry, ...]
    large: bool = False


class Paragraph(msgspec.Struct, frozen=True):
    """Running text."""

    text: str
    size: Size = "normal"
    strong: bool = False


class Barcode(msgspec.Struct, frozen=True):
    """Digits for a scanner. Digits only: under a Chinese input method letters never arrive."""

    digits: str

    def __post_init__(self) -> None:
        assert self.digits.isascii() and self.digits.isdigit() and len(self.digits) <= BARCODE_MOST


class Qr(msgspec.Struct, frozen=True):
    """A square code for a telephone, with a word on what it is. Never personal data: anyone may scan it."""

    text: str
    caption: str = ""

    def __post_init__(self) -> None:
        assert self.text.isascii() and self.text.isprintable() and 0 < len(self.text) <= QR_MOST


class Signature(msgspec.Struct, frozen=True):
    """Lines to sign on, side by side where there is room."""

    labels: tuple[str, ...]


class Rule(msgspec.Struct, frozen=True):
    """A line across."""


Block = Title | Heading | KeyValues | Numbered | Paragraph | Barcode | Qr | Signature | Rule


class Part(msgspec.Struct, frozen=True):
    """One copy that is cut off and goes its own way (存根联, 回执联)."""

    name: str
    blocks: tuple[Block, ...]


class Paper(msgspec.Struct, frozen=True):
    """One document: its parts in the order in which they leave the printer, a cut after each."""

    title: str
    parts: tuple[Part, ...]
    cut: str = ""  # the word beside a line that is cut by hand


def printable_number(number: str) -> bool:
    """Whether a case's number can be a barcode."""
    return number.isascii() and number.isdigit() and 0 < len(number) <= BARCODE_MOST
