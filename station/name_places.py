"""All names of a catalogue as one long text, and where in it a typed word can stand.

A set of places is one big integer, a bit per place, so that matching a piece of the word is one AND and one shift over
the whole catalogue (Shift-And, Baeza-Yates and Gonnet 1992). Every way to cut the word into pieces is followed at once,
and a character with several readings matches by each of them: no combination is ever multiplied out.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from station.pinyin_pieces import SYLLABLE_MAX, Pieces, Spelling

MASKS_MAX = 400  # remembered sets of places: 10 MB at 10,000 items
LINE_END = "\n"


class NamePlaces:
    """One line for each (owner, name), in the order given."""

    def __init__(self, names: Sequence[tuple[int, str]], readings: Mapping[str, str]) -> None:
        self._names = tuple(names)
        self._line_starts: list[int] = []
        self._where: dict[str, list[int]] = defaultdict(list)
        self._size = self._lay_out()
        self._pieces = Pieces(self._where.keys() - {LINE_END}, readings)
        self._masks: dict[tuple[Spelling, str, bool], int] = {}
        self.everywhere = (1 << self._size) - 1
        self.line_ends = self._places_of(frozenset(LINE_END))
        self.line_starts = ((self.line_ends << 1) | 1) & self.everywhere

    def ends(self, word: str, spelling: Spelling, starts: int, *, gaps: bool = False) -> int:
        """The places just after a match of the word that begins at one of `starts`.

        With `gaps`, characters of the name may be left out between pieces, as people abbreviate: 城乡居民医保.
        """
        reached = [starts] + [0] * len(word)
        for begin in range(len(word)):
            if not reached[begin]:
                continue
            places = self._rest_of_lines(reached[begin]) if gaps and begin else reached[begin]
            for end in range(begin + 1, min(len(word), begin + SYLLABLE_MAX) + 1):
                mask = self._mask(spelling, word[begin:end], last=end == len(word))
                if mask:
                    reached[end] |= (places & mask) << 1
        return reached[-1]

    def names(self, places: int) -> Iterator[tuple[int, str]]:
        """The (owner, name) of the line of each place."""
        for place in _numbers(places):
            yield self._names[bisect_right(self._line_starts, place) - 1]

    def _lay_out(self) -> int:
        place = 0
        for _, name in self._names:
            self._line_starts.append(place)
            line = normal(name) + LINE_END
            for offset, character in enumerate(line):
                self._where[character].append(place + offset)
            place += len(line)
        return place

    def _mask(self, spelling: Spelling, piece: str, *, last: bool) -> int:
        """The places whose character can be typed as this piece."""
        key = (spelling, piece, last)
        known = self._masks.get(key)
        if known is not None:
            return known
        characters = self._pieces.characters(spelling, piece, last=last)
        if not characters:
            return 0
        if len(self._masks) >= MASKS_MAX:
            self._masks.clear()
        return self._masks.setdefault(key, self._places_of(characters))

    def _places_of(self, characters: frozenset[str]) -> int:
        bits = bytearray(self._size // 8 + 1)
        for character in characters:
            for place in self._where.get(character, ()):
                bits[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(bits, "little")

    def _rest_of_lines(self, places: int) -> int:
        """The places and all that follow them on their lines: the carry of the addition runs to the line's end."""
        inside = self.everywhere & ~self.line_ends
        begun = places & inside
        return (((begun + inside) ^ inside) & inside) | begun


def normal(text: str) -> str:
    """What is compared: half-width, lower case, letters and digits only; ü is v, as it is typed."""
    small = unicodedata.normalize("NFKC", text).lower().replace("ü", "v")
    return "".join(character for character in small if character.isalnum())


def _numbers(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, from the lowest."""
    for number, byte in enumerate(bits.to_bytes(bits.bit_length() // 8 + 1, "little")):
        rest = byte
        while rest:
            low = rest & -rest
            yield number * 8 + low.bit_length() - 1
            rest -= low
