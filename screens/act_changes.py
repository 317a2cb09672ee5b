"""What an act will change, in words: the review before F9. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from screens.case_commands import SeenCase
from screens.case_facts import NUMBERS, field_in_words, value_in_words
from screens.papers.facts import masked
from screens.widgets.text_lines import Fact
from screens.words import Words
from station.act_offers import Foreseen
from station.case_document import label
from station.item import FormField


class ActChanges:
    """The words of one act on one case, as it was foreseen."""

    def __init__(self, words: Words, seen: SeenCase, foreseen: Foreseen) -> None:
        self._words, self._seen, self._foreseen = words, seen, foreseen
        self._said_by: dict[str, Callable[[str, Any], list[Fact]]] = {
            "applicant": self._field,
            "answers": self._field,
            "materials": self._field,
            "note": self._field,
            "requests": self._request,
            "pre_accepted_on": self._pre_accepted,
            "correction": self._notice,
            "remarks": self._remark,
            "delivery": self._receipt,
            "decision": self._decision,
        }

    def lines(self) -> list[Fact]:
        """The state first, then a line for each change; then the reason and the paper that belongs to it."""
        writes, say = self._foreseen.writes, self._words.say
        lines = [self._status()]
        for name, value in writes.items():
            said = self._said_by.get(name.partition(".")[0])
            lines += said(name, value) if said is not None else []
        lines.append(Fact(say("field.reason"), str(self._foreseen.args.get("reason") or "")))
        lines.append(Fact(say("act_page.paper"), self._foreseen.row.paper))
        return [fact for fact in lines if fact.text]

    def _status(self) -> Fact:
        words, now = self._words, self._seen.case.status
        to = str(self._foreseen.writes.get("status") or now)
        said = f"{words.state(now)} → {words.state(to)}" if to != now else words.say("act_page.same_state", status=now)
        return Fact(words.say("column.status"), said, loud=to != now)

    def _field(self, name: str, value: Any) -> list[Fact]:
        """Old value and new one; of the number of a person or an account only its ends."""
        before = self._seen.case.fields.get(name)
        said = f"{self._value(name, before)} → {self._value(name, value)}"
        return [Fact(field_in_words(self._words, self._seen.item, name), said, loud=True)]

    def _value(self, name: str, value: Any) -> str:
        said = value_in_words(self._words, self._seen.item, name, value)
        asked = self._seen.item.askable(name.removeprefix("answers."))
        is_number = name.endswith("id_no") or (isinstance(asked, FormField) and asked.type in NUMBERS)
        return masked(said) if value and is_number else said

    def _request(self, _name: str, value: Mapping[str, Any]) -> list[Fact]:
        """Too late to change at once: it goes to who decides."""
        wanted = [fact for name, each in (value.get("set") or {}).items() for fact in self._field(name, each)]
        return [Fact(self._words.say("case.request"), self._words.say("act_page.request"), loud=True), *wanted]

    def _pre_accepted(self, _name: str, _value: Any) -> list[Fact]:
        return [Fact(self._words.act("accept"), self._words.say("act_page.pre_accepted"))]

    def _notice(self, _name: str, value: Mapping[str, Any] | None) -> list[Fact]:
        if not value:
            return []
        say = self._words.say
        what = say("layout.comma").join(label(each, self._seen.item) for each in value["missing"])
        days = Fact(say("field.within_days"), say("act_page.days", days=value["within_days"]))
        return [Fact(say("act_page.to_correct"), what, loud=True), days]

    def _remark(self, _name: str, value: Mapping[str, Any]) -> list[Fact]:
        return [Fact(self._words.say("field.text"), value["text"])]

    def _receipt(self, _name: str, value: Mapping[str, Any] | None) -> list[Fact]:
        return [Fact(self._words.say(f"field.{key}"), text) for key, text in (value or {}).items() if key != "reason"]

    def _decision(self, _name: str, value: str) -> list[Fact]:
        return [Fact(self._words.say("case.decision"), self._words.say(f"case.decision_{value}"), loud=True)]
