"""What stands in the lists of today and of a person: a row of cells, and what is known of it beside the list.

Pure. Identity numbers and phones are masked; a date always stands with a word about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from screens.papers.facts import masked, masked_phone
from screens.widgets.row_cells import Column, fitted
from screens.widgets.row_window import Row
from screens.widgets.text_lines import Fact
from screens.words import Words
from station.case import china_day, china_time
from station.case_lists import Listed
from station.drafts import Draft
from station.errors import StationError
from station.item import Item
from station.people import Found, Person

COLUMNS = (Column(12), Column(30, grows=True), Column(14), Column(10, from_width=90))
NAME_CELLS = 8  # of a person before what it is about
STUCK = (  # states in which somebody is waited for
    *("RECEIVED", "CORRECTION", "ACCEPTED", "REVIEW_TOWN", "REVIEW_DEPT", "SPECIAL", "SUSPENDED"),
    *("DECIDED_GRANT", "DECIDED_DENY", "CLOSED"),
)


class Entry(NamedTuple):
    """A row and what is known of it; of an item, `None`: its sheet is read when the cursor comes to it."""

    row: Row
    facts: tuple[Fact, ...] | None = None


class FindingRows:
    """Makes the rows of one day in one language."""

    def __init__(self, words: Words, today: date) -> None:
        self._words, self._today = words, today

    def draft(self, draft: Draft, item_name: str) -> Entry:
        """An intake that was begun."""
        say, who = self._words.say, draft.applicant
        saved = say("today.step", step=draft.step + 1, at=self._at(draft.saved_at))
        row = Row(("draft", draft.id), (say("today.draft"), _about(who.get("name", ""), item_name), saved))
        counts = {
            "applicant": sum(1 for value in who.values() if value),
            "answers": len(draft.answers),
            "materials": len(draft.materials),
        }
        return self._entry(
            row,
            ("column.item", item_name),
            ("column.name", _joined(who.get("name", ""), masked(who.get("id_no", "")))),
            ("closer.filled", say("closer.filled_text", **counts)),
            ("closer.saved", say("closer.saved_text", at=_minute(china_time(draft.saved_at)), step=draft.step + 1)),
            ("column.by", draft.clerk),
        )

    def conflict(self, shown: Mapping[str, Any], case: Listed | None) -> Entry:
        """A difference that a person must settle."""
        say, field = self._words.say, self._words.field(shown["field"])
        values = {side: _value(shown[side]) for side in ("base", "mine", "theirs")}
        differ = f"{field}  {values['mine']} / {values['theirs']}"
        cells = (say("today.conflict"), _about(case.name if case else "", differ), "")
        return self._entry(
            Row(("conflict", shown["id"]), cells, "late"),
            ("", _joined(case.number, case.name, field) if case else field),
            *((f"closer.{side}", value) for side, value in values.items()),
            ("column.by", _joined(str(shown["by"]), _minute(shown["at"]))),
        )

    def problem(self, problem: Mapping[str, Any], case: Listed | None) -> Entry:
        """An act that had no effect."""
        say, fields = self._words.say, dict(problem["error"])
        sentence = self._words.error(StationError(str(fields.pop("code")), **fields))
        cells = (say("today.problem"), _about(case.name if case else "", sentence), problem["at"][5:10])
        return self._entry(
            Row(("problem", problem["case"]), cells, "late"),
            ("", sentence),
            ("column.number", _joined(case.number, case.item_name) if case else ""),
            ("column.act", self._words.act(problem["act"])),
            ("column.by", _joined(problem["by"], _minute(problem["at"]))),
        )

    def case(self, case: Listed) -> Entry:
        """A case with its clock in words."""
        due = self.due(case.due)
        about = _about(case.name, case.item_name)
        cells = (self._words.state(case.status), about, due, self._words.sync(case.sync))
        late = bool(case.due) and str(case.due) < self._today.isoformat()
        return Entry(Row(("case", case.case), cells, "late" if late else ""), self.case_facts(case))

    def case_facts(self, case: Listed) -> tuple[Fact, ...]:
        """A case as far as a list may tell it: opening it is what is written down."""
        stuck = self._words.say(f"stuck.{case.status}") if case.status in STUCK else self._words.state(case.status)
        return self._facts(
            ("column.number", case.number),
            ("column.name", case.name),
            ("column.item", case.item_name),
            ("closer.now", _joined(stuck, self._words.sync(case.sync))),
            ("closer.due", self.due(case.due)),
        )

    def person(self, person: Found) -> Entry:
        """Somebody who has had a case here."""
        count = self._words.say("today.cases", count=person.cases)
        about = _about(person.name, masked(person.id_no))
        row = Row(("person", person.case), (self._words.say("today.person"), about, count))
        return self._entry(
            row,
            ("column.name", person.name),
            ("column.id_no", masked(person.id_no)),
            ("column.phone", masked_phone(person.phone)),
            ("column.address", person.address),
            ("closer.cases", count),
        )

    def item(self, code: str, name: str, *, kind: str = "today.item", meant: str = "", more: str = "") -> Entry:
        """An item that may be begun; `meant` is the other name by which it was found."""
        about = self._words.say("today.meant", name=name, meant=meant) if meant else name
        return Entry(Row(("item", code), (self._words.say(kind), about, more)))

    def favourite(self, item: Item) -> Entry:
        """An item that is often asked for, under the name that people have for it."""
        about = _about(known_as(item), item.name) if item.aliases else item.name
        return self.item(item.code, about, kind="today.favourite", more=item.implementing_dept)

    def earlier(self, cases: list[Listed]) -> Entry:
        """An item that a person had before: its cases, the newest in front."""
        newest, lines = cases[0], []
        for case in cases:
            lines.append((case.number, _joined(self._words.state(case.status), self.due(case.due))))
        row = self.item(newest.item, newest.item_name, kind="person.before", more=self._words.state(newest.status)).row
        return Entry(row, (Fact("", newest.item_name, loud=True), *(Fact("", f"{a}  {b}") for a, b in lines)))

    def who(self, person: Person) -> str:
        """A person in one line."""
        who = person.applicant
        parts = [who.get("name", ""), masked(who.get("id_no", "")), masked_phone(who.get("phone", ""))]
        name = parts[0] or self._words.say("person.nobody")
        return "  ".join(part for part in (name, *parts[1:], who.get("address", "")) if part)

    def due(self, due: str | None) -> str:
        """How long there is until a day, and the day."""
        if not due:
            return ""
        days = (date.fromisoformat(due) - self._today).days
        if not days:
            return self._words.say("today.due_today", day=due[5:])
        return self._words.say("today.late" if days < 0 else "today.left", days=abs(days), day=due[5:])

    def _at(self, at_ms: int) -> str:
        """The time of day; of another day, the day."""
        text = china_time(at_ms)
        return text[11:16] if china_day(at_ms) == self._today else text[5:10]

    def _entry(self, row: Row, *facts: tuple[str, str]) -> Entry:
        return Entry(row, self._facts(*facts))

    def _facts(self, *facts: tuple[str, str]) -> tuple[Fact, ...]:
        """Facts by the id of their label; what is empty is left out."""
        say = self._words.say
        return tuple(Fact(say(label) if label else "", text) for label, text in facts if text)


def known_as(item: Item) -> str:
    """What people call an item: its first other name, which is the shortest way to say it."""
    return item.aliases[0] if item.aliases else item.name


def _about(name: str, what: str) -> str:
    """A person, then what it is about, each row in the same place."""
    return f"{fitted(name, NAME_CELLS)}  {what}"


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)


def _minute(at: str) -> str:
    return at[5:16].replace("T", " ")


def _value(value: Any) -> str:
    return "-" if value in (None, "") else str(value)
