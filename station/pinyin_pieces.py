"""Which characters a piece of typed letters can stand for: an initial, a syllable, its beginning, or a near miss.

The near misses are those of Minnan speakers: zh/z, ch/c, sh/s, n/l, h/f, and the endings ing/in, eng/en, ang/an.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum

SYLLABLE_MAX = 6  # letters of the longest syllable: zhuang
DIGRAPHS = ("zh", "ch", "sh")

_Table = Mapping[str, frozenset[str]]


class Spelling(Enum):
    """How a word is read: as it stands, or with pieces of pinyin for hanzi. Every spelling takes literal characters."""

    LITERAL = "literal"
    INITIALS = "initials"
    SYLLABLES = "syllables"
    MIXED = "mixed"
    FUZZY = "fuzzy"


class Pieces:
    """The characters of one catalogue by the pieces that they can be typed as."""

    def __init__(self, characters: Iterable[str], readings: Mapping[str, str]) -> None:
        self._literal = frozenset(characters)
        spelled_out = [(c, reading) for c in self._literal for reading in readings.get(c, "").split()]
        self._initials = _table(spelled_out, _initials)
        self._syllables = _table(spelled_out, _whole)
        self._beginnings = _table(spelled_out, _beginnings)
        folded = [(character, fold(reading)) for character, reading in spelled_out]
        self._fuzzy_initials = _table(folded, _initials)
        self._fuzzy_syllables = _table(folded, _whole)
        self._fuzzy_beginnings = _table(folded, _beginnings)

    def characters(self, spelling: Spelling, piece: str, *, last: bool) -> frozenset[str]:
        """The characters that the piece can stand for. The last piece of a word may be an unfinished syllable."""
        literal = frozenset((piece,)) if piece in self._literal else frozenset()
        return literal.union(*(table.get(key, frozenset()) for table, key in self._tables(spelling, piece, last=last)))

    def _tables(self, spelling: Spelling, piece: str, *, last: bool) -> Iterator[tuple[_Table, str]]:
        if spelling in (Spelling.INITIALS, Spelling.MIXED):
            yield self._initials, piece
        if spelling in (Spelling.SYLLABLES, Spelling.MIXED):
            yield self._syllables, piece
        if spelling == Spelling.MIXED and last:
            yield self._beginnings, piece
        if spelling == Spelling.FUZZY:
            folded = fold(piece)
            yield self._fuzzy_syllables, folded
            if len(piece) == 1 or piece in DIGRAPHS:
                yield self._fuzzy_initials, folded
            if last:
                yield self._fuzzy_beginnings, folded


def spelled(word: str) -> bool:
    """Whether the word holds letters that may be pinyin."""
    return re.search("[a-z]", word) is not None


_INITIAL_FOLDS = {"n": "l", "f": "h"}


def fold(syllable: str) -> str:
    """The syllable as near misses share it: zhen, zheng and zeng are all zen; v is u."""
    text = syllable.replace("v", "u")
    if text[:2] in DIGRAPHS:
        text = text[0] + text[2:]
    text = _INITIAL_FOLDS.get(text[:1], text[:1]) + text[1:]
    return text[:-1] if text.endswith(("ing", "eng", "ang")) else text


def _table(readings: Iterable[tuple[str, str]], pieces_of: Callable[[str], Iterable[str]]) -> _Table:
    table: dict[str, set[str]] = defaultdict(set)
    for character, reading in readings:
        for piece in pieces_of(reading):
            table[piece].add(character)
    return {piece: frozenset(characters) for piece, characters in table.items()}


def _initials(reading: str) -> tuple[str, ...]:
    return (reading[0], reading[:2]) if reading[:2] in DIGRAPHS else (reading[0],)


def _whole(reading: str) -> tuple[str, ...]:
    return (reading,)


def _beginnings(reading: str) -> tuple[str, ...]:
    return tuple(reading[:length] for length in range(1, len(reading) + 1))
