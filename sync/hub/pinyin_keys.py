"""Search keys of an item, computed once when it is published, so that no station carries a dictionary of readings.

Every reading of every character is kept: 参 is can, cen and shen, and a clerk types whichever she says. The keys are
kept per character, not per combination: the search tries each reading where it stands, so nothing is multiplied out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pypinyin import Style, pinyin

from station.item_search import SearchKeys
from station.name_places import normal

CHARACTERS_KNOWN = 8_000  # remembered readings: a city's whole catalogue uses about 2,000 characters
READINGS_MAX = 8  # of one character; the most that any common character has is 6
CHARACTERS_MAX = 400  # different characters in a name and its aliases: protects the station's index


def keys_of(name: str, aliases: Sequence[str]) -> SearchKeys:
    """The readings of each Chinese character in the name and the aliases, the likeliest reading first."""
    readings: dict[str, str] = {}
    for character in normal("".join((name, *aliases))):
        if character not in readings and not character.isascii() and len(readings) < CHARACTERS_MAX:
            found = _readings(character)
            if found:
                readings[character] = " ".join(found)
    return SearchKeys(readings)


@lru_cache(maxsize=CHARACTERS_KNOWN)
def _readings(character: str) -> tuple[str, ...]:
    """All readings without tones, ü as v; none for a character that is no hanzi."""
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    spelled = [reading for reading in (found[0] if found else []) if reading.isascii() and reading.isalpha()]
    return tuple(dict.fromkeys(spelled))[:READINGS_MAX]
