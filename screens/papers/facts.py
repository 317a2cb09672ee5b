"""What a paper is made from: the case as everyone sees it, its item, the station, and what the desk chose.

Also what every paper says in the same way: a day in words, a masked number, who signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from screens.words import Words
from station.case import Case, china_day
from station.case_document import label
from station.case_states import AFTER_DECISION, BEFORE_ACCEPTANCE, IN_HAND
from station.checklist import PRESENT
from station.errors import Refused
from station.item import Item
from station.paper import QR_MOST, Entry, KeyValues, Pair

ISSUED = frozenset((*BEFORE_ACCEPTANCE, *IN_HAND, *AFTER_DECISION))  # states in which a receipt proves something
ANSWER = "answers."
MASKED_LEFT, MASKED_RIGHT = 6, 4  # at most so many characters of a number stay readable
PHONE_LEFT, PHONE_RIGHT = 3, 4
NUMBER = "{number}"


class PaperSettings(msgspec.Struct, frozen=True):
    """What a station may choose for its papers; absent reads as empty."""

    phone: str = ""  # where people may ask
    query_url: str = ""  # where the square code leads: the case's number stands at {number}, else at the end

    def address_of(self, number: str) -> str:
        """Where the code leads for a number; empty where nothing was chosen or a code cannot hold it."""
        if not self.query_url:
            return ""
        address = self.query_url if NUMBER in self.query_url else self.query_url + NUMBER
        address = address.replace(NUMBER, number)
        return address if address.isascii() and address.isprintable() and len(address) <= QR_MOST else ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One case at one station. `document` is that of `station.case_document`."""

    document: dict[str, Any]
    case: Case
    item: Item
    station: str
    division: str
    today: date
    settings: PaperSettings = PaperSettings()
    link_phone: str = ""  # the office's, from the published item

    @property
    def number(self) -> str:
        """The case's number."""
        return str(self.document["number"])

    @property
    def phone(self) -> str:
        """Where people may ask: the station's own number, else the office's."""
        return self.settings.phone or self.link_phone

    @property
    def correction(self) -> dict[str, Any]:
        """What was told at 一次性告知; empty where the applicant's period does not run."""
        return dict(self.case.fields.get("correction") or {})

    @property
    def received(self) -> list[dict[str, Any]]:
        """The materials that are here, in the item's order."""
        return [each for each in self.document["materials"] if each["got"] in PRESENT]

    @property
    def deferred(self) -> list[str]:
        """The names of the materials that are proposed to come later (容缺)."""
        return [each["name"] for each in self.document["materials"] if each["got"] == "deferred"]

    @property
    def lacking(self) -> list[str]:
        """The names of the materials that are not here."""
        missing = [name for name in self.document["missing"] if not name.startswith(ANSWER)]
        return missing + [name for name in self.deferred if name not in missing]

    @property
    def unanswered(self) -> list[str]:
        """The questions and fields that nobody answered, as people know them."""
        return self.labels([name for name in self.document["missing"] if name.startswith(ANSWER)])

    def labels(self, names: Sequence[str]) -> list[str]:
        """The names of missing things as people know them."""
        return [label(name, self.item) for name in names]

    def require(self, doc: str, *, states: frozenset[Any] = ISSUED) -> None:
        """Raises Refused `paper_not_now` (doc, status) where the case is in another state or has no number yet."""
        if self.document["status"] not in states or not self.number:
            raise Refused("paper_not_now", doc=doc, status=self.document["status"])


def identity(facts: Facts, words: Words, *more: Pair) -> KeyValues:
    """Which case and whose, the identity number masked; then what this paper adds."""
    applicant = facts.document["applicant"]
    agent = facts.document["agent"] or {}
    kind = words.say(f"id_kind.{applicant['id_kind']}") if applicant["id_kind"] else words.say("paper.id_no")
    pairs = [
        Pair(words.say("paper.number"), grouped(facts.number), strong=True),
        Pair(words.say("paper.item"), facts.document["item_name"]),
        Pair(words.say("paper.applicant"), applicant["name"], strong=True),
        Pair(kind, masked(applicant["id_no"])),
        Pair(words.say("paper.phone"), masked_phone(applicant["phone"])),
        Pair(words.say("paper.agent"), str(agent.get("name") or "")),
        *more,
    ]
    return KeyValues(tuple(pair for pair in pairs if pair.value))


def entries(names: Sequence[str], facts: Facts, words: Words) -> tuple[Entry, ...]:
    """Missing things as a list: how many of each, and what the office looks for."""
    return tuple(_entry(name, facts, words) for name in names)


def _entry(name: str, facts: Facts, words: Words) -> Entry:
    material = facts.item.material(name)
    if material is None:
        return Entry(name)
    counts = (("paper.originals", material.original_copies), ("paper.photocopies", material.photocopy_copies))
    note = " ".join(words.say(id_, count=count) for id_, count in counts if count)
    return Entry(name, note, material.accept_standard)


def full_day(day: date, words: Words) -> str:
    """2026年11月22日 周日."""
    written = words.say("paper.day", year=day.year, month=day.month, day=day.day)
    return f"{written} {words.say(f'paper.weekday_{day.isoweekday()}')}"


def near_day(day: date, words: Words, today: date) -> str:
    """11月27日 周五; with its year where that is not this year's."""
    if day.year != today.year:
        return full_day(day, words)
    written = words.say("paper.short_day", month=day.month, day=day.day)
    return f"{written} {words.say(f'paper.weekday_{day.isoweekday()}')}"


def grouped(number: str) -> str:
    """A number in groups of four, as people read it to each other."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def masked(number: str) -> str:
    """An identity number with its middle hidden, two fifths at least: a birth date never shows."""
    hidden = max(len(number) - MASKED_LEFT - MASKED_RIGHT, -(-len(number) * 2 // 5))
    right = min(MASKED_RIGHT, (len(number) - hidden) // 2)
    left = len(number) - hidden - right
    return number[:left] + "*" * hidden + number[len(number) - right :]


def masked_phone(phone: str) -> str:
    """A telephone number without its middle digits."""
    if len(phone) <= PHONE_LEFT + PHONE_RIGHT:
        return "*" * len(phone)
    return phone[:PHONE_LEFT] + "*" * (len(phone) - PHONE_LEFT - PHONE_RIGHT) + phone[-PHONE_RIGHT:]


def taken_by(facts: Facts) -> str:
    """The clerk who took the case."""
    return str(facts.case.fields.get("taken_by") or "")


def told_by(facts: Facts) -> str:
    """The clerk who told the applicant what is missing; before that, the one who took the case."""
    told = [line.by for line in facts.case.history if line.act == "ask_correction"]
    return told[-1] if told else taken_by(facts)


def day_of(at_ms: int) -> date:
    """The day in China of an instant, for who prints."""
    return china_day(at_ms)
