"""A conflict in words: the field, what it was, each side with who, where and when, and what it will become. Pure."""

from __future__ import annotations

from typing import Any

from screens import act_forms
from screens.case_facts import field_in_words, value_in_words
from screens.case_words import minute
from screens.counter_cases import Dispute
from screens.widgets.text_lines import Fact
from screens.words import Words
from station.case import china_time
from station.drafts import Draft
from sync.conflict import Candidate, Conflict

HUB = "hub"


class ConflictFacts:
    """The words of the conflicts of one case."""

    def __init__(self, words: Words, dispute: Dispute) -> None:
        self._words, self._dispute = words, dispute

    def field(self, conflict: Conflict) -> str:
        """What people call the field."""
        return field_in_words(self._words, self._dispute.seen.item, conflict.field)

    def base(self, conflict: Conflict) -> list[Fact]:
        """What it was."""
        return [Fact(self._words.say("conflict.base"), self._value(conflict, conflict.base))]

    def mine(self, conflict: Conflict) -> list[Fact]:
        """What was said here, or last by one of the others."""
        return self._side(conflict, conflict.mine(self._dispute.device), "mine")

    def theirs(self, conflict: Conflict) -> list[Fact]:
        """What it is held against; then what else was said: nobody settles what he was not shown."""
        mine, theirs = conflict.mine(self._dispute.device), conflict.theirs(self._dispute.device)
        more = [
            Fact(self._words.say("conflict.also"), f"{self._value(conflict, each.value)}（{each.by}）")
            for each in conflict.candidates
            if each.op not in (mine.op, theirs.op)
        ]
        return [*self._side(conflict, theirs, "theirs"), *more]

    def becomes(self, conflict: Conflict, take: str, draft: Draft) -> Fact:
        """The field with the value that was chosen."""
        value = conflict.chosen(take, self.typed(conflict, take, draft), self._dispute.device)
        return Fact(
            self.field(conflict), self._words.say("conflict.becomes", value=self._value(conflict, value)), loud=True
        )

    def typed(self, conflict: Conflict, take: str, draft: Draft) -> Any:
        """The value of one's own, where that is what was chosen."""
        return act_forms.value_of(self._dispute.seen, conflict.field, draft) if take == "value" else None

    def _side(self, conflict: Conflict, candidate: Candidate, side: str) -> list[Fact]:
        say = self._words.say
        by = say("conflict.by", by=candidate.by, where=self._where(candidate), at=minute(china_time(candidate.at)))
        return [Fact(say(f"conflict.{side}"), self._value(conflict, candidate.value), loud=True), Fact(" ", by)]

    def _where(self, candidate: Candidate) -> str:
        if candidate.station == self._dispute.device:
            return self._words.say("case.here")
        return self._words.say("case.hub") if candidate.station == HUB else candidate.station

    def _value(self, conflict: Conflict, value: Any) -> str:
        return value_in_words(self._words, self._dispute.seen.item, conflict.field, value)
