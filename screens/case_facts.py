"""A case in words, part by part as its page shows it: where it stands, materials, form, what happened.

Pure: from the case as it was read to labels and texts. Identity numbers are half hidden unless they were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from screens.case_commands import SeenCase
from screens.case_words import due_in_words, minute, next_step
from screens.counter_cases import waits_as
from screens.papers.facts import masked
from screens.widgets.text_lines import Fact
from screens.words import Words
from station.case import HistoryLine, china_time
from station.case_document import label
from station.checklist import answered, missing_materials, visible_fields, visible_questions
from station.deadlines import RUNNING
from station.item import FormField, Item, Question

CLOCKS = ("intake", "correction", "promised", "statutory", "delivery")
NUMBERS = ("resident_id", "bank_account")  # answers that are half hidden
AGENT_KNOWN = ("name", "id_kind", "id_no", "phone")


class CaseFacts:
    """The words of one case on one day. `steps` are the acts by which the clerk may bring it on."""

    def __init__(self, words: Words, seen: SeenCase, today: date, steps: Sequence[str], device: str) -> None:
        self._words, self._seen, self._today, self._steps, self._device = words, seen, today, steps, device
        self._document = seen.document

    def standing(self, *, whole: bool) -> list[Fact]:
        """Where it stands, for whom it waits, its clocks, whose it is; `whole` shows the identity numbers."""
        say, shown = self._words.say, self._document
        lines = [
            Fact(say("column.status"), f"{self._words.state(shown['status'])}  {self.step}", loud=True),
            *self._conflicts(),
            *self._clocks(),
            Fact(say("column.missing"), say("layout.comma").join(shown["missing_labels"])),
            *self._applicant(whole=whole),
            *self._agent(whole=whole),
            Fact(say("column.note"), shown["note"]),
            *(
                Fact(say("act.note"), f"{each['text']}（{each['by']} {self._at(each['at'])}）")
                for each in shown["remarks"]
            ),
            *self._requests(),
            Fact(say("case.received_on"), " ".join(filter(None, (shown["received_on"], shown["received_reason"])))),
            Fact(say("case.decision"), say(f"case.decision_{shown['decision']}") if shown["decision"] else ""),
        ]
        return [line for line in lines if line.text]

    @property
    def step(self) -> str:
        """Whose turn it is."""
        return next_step(self._words, waits_as(self._seen.case), self._steps)

    @property
    def due(self) -> str:
        """The nearest clock that runs, as a day; empty where none does."""
        running = RUNNING.get(self._seen.case.status, ())
        return min((day for name in running if (day := self._document["due"][name])), default="")

    def materials(self) -> list[Fact]:
        """What was handed in and in which form, then what is still missing."""
        say = self._words.say
        case = self._seen.case
        lacking = missing_materials(self._seen.item, case.below("answers"), case.below("materials"))
        lines = [
            Fact(say(f"got.{each['got']}"), each["name"] + self._files(each)) for each in self._document["materials"]
        ]
        held = {each["id"] for each in self._document["materials"]}
        lines += [Fact(say("got.missing"), each.name, loud=True) for each in lacking if each.id not in held]
        return lines or [Fact("", say("case.no_materials"))]

    def answers(self, *, whole: bool) -> list[Fact]:
        """What the form asks and what was answered; what nobody answered stands out where it is needed."""
        item, held = self._seen.item, self._seen.case.below("answers")
        asked: list[Question | FormField] = [*visible_questions(item, held), *visible_fields(item, held)]
        lines = [
            self._answer(label(f"answers.{each.id}", item), each, held.get(each.id), whole=whole)
            for each in asked
            if each.required or answered(held.get(each.id))
        ]
        shown = {each.id for each in asked}
        rest = [key for key in held if key not in shown]  # answered, and not asked any more
        lines += [
            self._answer(label(f"answers.{key}", item), item.askable(key), held[key], whole=whole) for key in rest
        ]
        return lines or [Fact("", self._words.say("case.no_answers"))]

    def history(self) -> list[Fact]:
        """What happened, the last in front: when, what, by whom and where, by which rule, and if the hub has it."""
        return [fact for line in reversed(self._seen.case.history) for fact in self._happened(line)]

    def summary(self) -> list[Fact]:
        """What stands beside every part where there is room."""
        say, shown = self._words.say, self._document
        last = self.history()[:1]
        lines = [
            Fact("", f"{shown['applicant']['name']}  {shown['item_name']}", loud=True),
            Fact(say("column.status"), self._words.state(shown["status"])),
            Fact("", self.step),
            *self._clocks(),
            Fact(say("column.missing"), say("layout.comma").join(shown["missing_labels"])),
            *(Fact(say("case.last"), f"{each.label} {each.text}") for each in last),
        ]
        return [line for line in lines if line.text]

    def count(self, part: str) -> int:
        """How many materials, answers or acts there are."""
        case = self._seen.case
        return {
            "materials": len(self._document["materials"]),
            "answers": len(case.below("answers")),
            "history": len(case.history),
        }[part]

    def _clocks(self) -> list[Fact]:
        due, running = self._document["due"], RUNNING.get(self._seen.case.status, ())
        return [
            Fact(self._words.say(f"column.due_{name}"), self._clock(name, due, name in running))
            for name in CLOCKS
            if due[name]
        ]

    def _clock(self, name: str, due: dict[str, Any], running: bool) -> str:  # noqa: FBT001 - a fact of the state
        """A date, how far it is, whether it stands still, and whether it may move."""
        say = self._words.say
        marks = []
        if running:
            marks.append(
                say("case.clock_paused") if due["paused"] else due_in_words(self._words, due[name], self._today)
            )
        if name in due["estimated"]:
            marks.append(say("case.clock_estimated"))
        return f"{due[name]}  {say('layout.comma').join(marks)}".rstrip()

    def _applicant(self, *, whole: bool) -> list[Fact]:
        say, who = self._words.say, self._document["applicant"]
        return [
            Fact(say(f"applicant_kind.{who['kind'] or 'person'}"), who["name"]),
            self._number(who["id_kind"], who["id_no"], whole=whole),
            Fact(say("column.phone"), who["phone"]),
            Fact(say("column.address"), who["address"]),
        ]

    def _agent(self, *, whole: bool) -> list[Fact]:
        say, agent = self._words.say, self._document["agent"] or {}
        if not agent:
            return []
        who = say("layout.comma").join(str(agent[key]) for key in ("name", "phone") if agent.get(key))
        rest = [
            Fact(self._words.field(f"agent.{key}"), str(value))
            for key, value in agent.items()
            if key not in AGENT_KNOWN
        ]
        return [
            Fact(say("field.agent"), who),
            self._number(agent.get("id_kind", ""), agent.get("id_no", ""), whole=whole),
            *rest,
        ]

    def _number(self, kind: str, number: str, *, whole: bool) -> Fact:
        named = self._words.say(f"id_kind.{kind}") if kind else self._words.say("column.id_no")
        return Fact(named, number if whole else masked(number), loud=whole)

    def _conflicts(self) -> list[Fact]:
        item = self._seen.item
        return [
            Fact(
                self._words.say("case.conflict"),
                self._words.say(
                    "case.conflict_of",
                    what=field_in_words(self._words, item, each["field"]),
                    mine=value_in_words(self._words, item, each["field"], each["mine"]),
                    theirs=value_in_words(self._words, item, each["field"], each["theirs"]),
                ),
                loud=True,
            )
            for each in self._document["conflicts"]
        ]

    def _requests(self) -> list[Fact]:
        return [
            Fact(
                self._words.say("case.request"),
                f"{self._words.act(each['act'])}  {each.get('reason') or self._wanted(each)}",
            )
            for each in self._document["requests"]
        ]

    def _wanted(self, request: dict[str, Any]) -> str:
        names = [field_in_words(self._words, self._seen.item, name) for name in request.get("set", {})]
        return self._words.say("layout.comma").join(names)

    def _files(self, material: dict[str, Any]) -> str:
        return self._words.say("case.files", count=len(material["files"])) if material["files"] else ""

    def _answer(self, named: str, asked: Question | FormField | None, value: Any, *, whole: bool) -> Fact:
        """One answer; the number of a person or of an account is half hidden."""
        if not answered(value):
            return Fact(named, self._words.say("case.not_answered"), loud=True)
        if isinstance(asked, FormField) and asked.type in NUMBERS and not whole:
            return Fact(named, masked(str(value)))
        name = f"answers.{asked.id}" if asked is not None else ""
        return Fact(named, value_in_words(self._words, self._seen.item, name, value))

    def _happened(self, line: HistoryLine) -> list[Fact]:
        say, words = self._words.say, self._words
        moved = f"  {words.state(line.frm)} → {words.state(line.to)}" if line.frm and line.frm != line.to else ""
        at_hub = say("sync.acknowledged" if line.seq else "sync.pending")
        said = f"{words.act(line.act)}  {line.by}（{self._where(line)}）{moved}  {at_hub}"
        more = [
            self._words.say("layout.comma").join(field_in_words(words, self._seen.item, name) for name in line.fields),
            line.reason,
            words.rule(line.rule),
        ]
        lines = [Fact(minute(china_time(line.at)), said, loud=not line.seq)]
        return lines + [Fact(" ", text) for text in more if text]

    def _where(self, line: HistoryLine) -> str:
        if line.station == self._device:
            return self._words.say("case.here")
        return self._words.say("case.hub") if line.station in ("", "hub") else line.station

    def _at(self, at: int) -> str:
        return minute(china_time(at))


def field_in_words(words: Words, item: Item, name: str) -> str:
    """What people call a field of a case: a question by its text, a material by its name."""
    plain = name.removeprefix("applicant.")
    if plain.startswith("answers."):
        return label(plain, item)
    if plain.startswith("materials."):
        material = item.material(plain.partition(".")[2])
        return material.name if material is not None else plain
    return words.field(plain)


def value_in_words(words: Words, item: Item, name: str, value: Any) -> str:
    """What people read for a value: the label of an option, yes or no, in which form a material came."""
    if value in (None, "", []):
        return words.say("case.empty")
    plain = name.removeprefix("applicant.")
    if plain.startswith("materials."):
        return words.say(f"got.{value}")
    if plain.endswith("id_kind"):
        return words.say(f"id_kind.{value}")
    if isinstance(value, bool):
        return words.say("truth.yes" if value else "truth.no")
    values = value if isinstance(value, list) else [value]
    asked = item.askable(plain.removeprefix("answers.")) if plain.startswith("answers.") else None
    labels = {option.value: option.label for option in asked.options} if asked is not None else {}
    return words.say("layout.comma").join(str(labels.get(each, each)) for each in values)
