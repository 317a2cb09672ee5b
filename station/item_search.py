"""Finding an item while its name is being typed: hanzi, pinyin, initials, aliases, codes, any of them mixed.

Ranks decide the order, never what is found: the near misses of Minnan speakers come last, but they come.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import IntEnum
from heapq import nsmallest

import msgspec

from station.name_places import NamePlaces, normal
from station.pinyin_pieces import Spelling, spelled

QUERY_MAX = 40  # characters that are looked at: protects the screen from a pasted page
WORDS_MAX = 6  # words of a query that are looked at
CODE_PART_MIN = 3  # shorter parts of a code are in every code
DEPARTMENT_PART_MIN = 2
ABBREVIATION_MIN = 3  # two letters with gaps between them are in every name
FUZZY_MIN = 2


class SearchKeys(msgspec.Struct, frozen=True):
    """Each character of a name and its aliases with its readings, parted by blanks: {"参": "can cen shen"}."""

    readings: Mapping[str, str] = {}


class SearchEntry(msgspec.Struct, frozen=True):
    """What the index knows of one item."""

    code: str
    version: int
    name: str
    aliases: tuple[str, ...] = ()
    department: str = ""
    keys: SearchKeys = SearchKeys()


class Rank(IntEnum):
    """How well a word matched; smaller is better."""

    EXACT = 0
    PREFIX = 1
    INITIALS_WHOLE = 2
    INITIALS_PREFIX = 3
    SYLLABLES_WHOLE = 4
    SYLLABLES_PREFIX = 5
    SYLLABLES_INSIDE = 6
    SUBSTRING = 7
    MIXED_PREFIX = 8
    INITIALS_INSIDE = 9
    MIXED_INSIDE = 10
    ABBREVIATION = 11
    CODE_PART = 12
    FUZZY_PREFIX = 13
    FUZZY_INSIDE = 14
    DEPARTMENT = 15


class Hit(msgspec.Struct, frozen=True):
    """A found item; `matched` is the name or alias that was meant, `rank` sums the ranks of the words."""

    entry: SearchEntry
    rank: int
    matched: str


class _Attempt(msgspec.Struct, frozen=True):
    """One way to read a word: the rank of a part of a name, and of a whole name where that is better."""

    spelling: Spelling
    rank: Rank
    whole: Rank | None = None
    from_start: bool = False
    gaps: bool = False
    at_least: int = 1  # characters of the word


_ATTEMPTS = (
    _Attempt(Spelling.LITERAL, Rank.PREFIX, whole=Rank.EXACT, from_start=True),
    _Attempt(Spelling.INITIALS, Rank.INITIALS_PREFIX, whole=Rank.INITIALS_WHOLE, from_start=True),
    _Attempt(Spelling.SYLLABLES, Rank.SYLLABLES_PREFIX, whole=Rank.SYLLABLES_WHOLE, from_start=True),
    _Attempt(Spelling.SYLLABLES, Rank.SYLLABLES_INSIDE),
    _Attempt(Spelling.LITERAL, Rank.SUBSTRING),
    _Attempt(Spelling.MIXED, Rank.MIXED_PREFIX, from_start=True),
    _Attempt(Spelling.INITIALS, Rank.INITIALS_INSIDE),
    _Attempt(Spelling.MIXED, Rank.MIXED_INSIDE),
    _Attempt(Spelling.LITERAL, Rank.ABBREVIATION, from_start=True, gaps=True, at_least=ABBREVIATION_MIN),
    _Attempt(Spelling.INITIALS, Rank.ABBREVIATION, from_start=True, gaps=True, at_least=ABBREVIATION_MIN),
)
_SECOND_CHANCE = (
    _Attempt(Spelling.FUZZY, Rank.FUZZY_PREFIX, from_start=True, at_least=FUZZY_MIN),
    _Attempt(Spelling.FUZZY, Rank.FUZZY_INSIDE, at_least=FUZZY_MIN),
)

_Found = dict[int, tuple[int, str]]  # entry -> rank and the text that matched


class ItemIndex:
    """The catalogue's names, ready to be searched. Built once per catalogue; up to 10,000 items."""

    def __init__(self, entries: Sequence[SearchEntry]) -> None:
        self._entries = tuple(entries)
        self._codes = [entry.code.lower() for entry in self._entries]
        self._departments: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(self._entries):
            self._departments[_department(entry.department)].append(number)
        names = [(n, text) for n, entry in enumerate(self._entries) for text in (entry.name, *entry.aliases)]
        readings = {char: spelt for entry in self._entries for char, spelt in entry.keys.readings.items()}
        self._places = NamePlaces(names, readings)

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        """The best items for what was typed so far, the shorter name first; nothing typed finds nothing."""
        words = _words(text)
        if not words:
            return []
        found = self._all_words(words)
        if len(words) > 1:
            _keep_better(found, self._word("".join(words)))
        best = nsmallest(limit, found, key=lambda entry: self._order(entry, found[entry][0]))
        return [Hit(self._entries[entry], *found[entry]) for entry in best]

    def _order(self, number: int, rank: int) -> tuple[int, int, str, int]:
        entry = self._entries[number]
        return rank, len(entry.name), entry.code, -entry.version

    def _all_words(self, words: Sequence[str]) -> _Found:
        """Items that match every word, by the sum of the ranks; the text shown is the first word's."""
        found = self._word(words[0])
        for word in words[1:]:
            more = self._word(word)
            found = {entry: (rank + more[entry][0], text) for entry, (rank, text) in found.items() if entry in more}
        return found

    def _word(self, word: str) -> _Found:
        """The best rank of each item for one word. The order of the attempts is the order of the ranks."""
        found: _Found = {}
        seen = 0  # places that a better attempt has ended at
        letters = spelled(word)
        self._by_whole_code(found, word)
        for attempt in _ATTEMPTS:
            if letters or attempt.spelling == Spelling.LITERAL:
                seen |= self._attempt(found, word, attempt, seen)
        self._by_code_part(found, word)
        if letters:
            for attempt in _SECOND_CHANCE:
                seen |= self._attempt(found, word, attempt, seen)
        self._by_department(found, word)
        return found

    def _attempt(self, found: _Found, word: str, attempt: _Attempt, seen: int) -> int:
        """Adds the items that match so, unless a better way found them. Returns where the matches end."""
        if len(word) < attempt.at_least:
            return 0
        places = self._places
        starts = places.line_starts if attempt.from_start else places.everywhere
        ends = places.ends(word, attempt.spelling, starts, gaps=attempt.gaps) & ~seen
        if attempt.whole is not None:
            self._add(found, ends & places.line_ends, attempt.whole)
        self._add(found, ends, attempt.rank)
        return ends

    def _add(self, found: _Found, ends: int, rank: Rank) -> None:
        for entry, text in self._places.names(ends):
            found.setdefault(entry, (rank, text))

    def _by_whole_code(self, found: _Found, word: str) -> None:
        for number, code in enumerate(self._codes):
            if word == code:
                found[number] = (Rank.EXACT, self._entries[number].name)

    def _by_code_part(self, found: _Found, word: str) -> None:
        if len(word) >= CODE_PART_MIN:
            for number, code in enumerate(self._codes):
                if word in code:
                    found.setdefault(number, (Rank.CODE_PART, self._entries[number].name))

    def _by_department(self, found: _Found, word: str) -> None:
        """A department narrows by its written name only: its initials are in too many names."""
        if len(word) >= DEPARTMENT_PART_MIN and not word.isascii():
            for department, numbers in self._departments.items():
                for number in numbers if _department(word) in department else ():
                    found.setdefault(number, (Rank.DEPARTMENT, self._entries[number].name))


def _department(text: str) -> str:
    """民政 is the bureau of civil affairs, and must not be found in every 人民政府."""
    return normal(text).replace("人民政府", "政府")


def _words(text: str) -> list[str]:
    parts = unicodedata.normalize("NFKC", text[:QUERY_MAX]).split()
    return [word for word in map(normal, parts[:WORDS_MAX]) if word]


def _keep_better(found: _Found, other: _Found) -> None:
    for entry, hit in other.items():
        if entry not in found or hit[0] < found[entry][0]:
            found[entry] = hit
