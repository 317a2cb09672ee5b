"""A case was taken: its number, what is missing, by when; its papers are printed beside it.

The page is there before the printer has begun, and Enter goes on with the next person while it works.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.pages.printing import PrintingPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.text_lines import Fact, Facts
from station.case_document import label
from station.item import Item

RECEIPT, NOTICE = "receipt", "notice"


class TakenPage(PrintingPage):
    """What was just made durable, and how its papers come out. Enter goes on with the next person."""

    title_id = "taken.title"
    help_steps = ("taken.help_given", "taken.help_print", "taken.help_next")
    commit_keys = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "back", show=False),
        Binding("ctrl+p", "print", show=False),
        Binding("ctrl+r", "same_person", show=False),
        Binding("f4", "look", show=False),
        Binding("f6", "notice", show=False),
    ]

    def __init__(self, done: Any, name: str, item: Item) -> None:
        super().__init__()
        self._done, self._person, self._item = done, name, item
        self.case_id = done.case

    @property
    def keys(self) -> tuple[KeyLabel, ...]:  # type: ignore[override]  # the notice is off where nothing is missing
        """The keys of this page."""
        return (
            KeyLabel("enter", "key.next_person"),
            KeyLabel("ctrl+p", "key.print_again"),
            KeyLabel("f6", "key.print_notice", None if self._done.missing else "taken.nothing_missing"),
            KeyLabel("ctrl+r", "key.same_person"),
            KeyLabel("f4", "key.look_at_receipt"),
            KeyLabel("f10", "key.menu"),
        )

    def body(self) -> ComposeResult:
        """The case, then its papers."""
        yield Facts(id="taken")

    async def begin(self) -> None:
        """What was just made durable; then the papers, as the station chose."""
        self.printing_changed()
        self.tell(self.words.say("taken.saved", number=self._done.number))
        jobs = self.counter.printing
        for doc in (RECEIPT, NOTICE) if self._done.missing else (RECEIPT,):
            await self.start_printing(doc, jobs.print_taken, doc, self.case_id, self._done.number, self.words)

    def printing_changed(self) -> None:
        """The case and its papers."""
        words, done = self.words, self._done
        lines = [
            Fact(words.say("column.number"), done.number, loud=True),
            Fact(words.say("column.name"), self._person),
            Fact(words.say("column.item"), self._item.name),
            Fact(words.say("column.due_intake"), str(done.due.get("intake") or "-")),
            *map(self.printing_fact, self.printing),
            Fact(words.say("column.missing"), self._missing() or words.say("taken.complete")),
        ]
        self.query_one("#taken", Facts).show(lines)

    def _missing(self) -> str:
        return "、".join(label(name, self._item) for name in self._done.missing)

    async def action_print(self) -> None:
        """The receipt once more."""
        await self._print(RECEIPT)

    async def action_notice(self) -> None:
        """The notice of what is missing."""
        if off := self.reason("f6"):
            self.tell(off)
        else:
            await self._print(NOTICE)

    async def _print(self, doc: str) -> None:
        number = self._done.number
        await self.start_printing(doc, self.counter.printing.print, doc, self.case_id, number, self.words)

    def action_look(self) -> None:
        """The receipt on the screen."""
        self.app.open(RECEIPT, self.case_id)  # type: ignore[attr-defined]

    def action_same_person(self) -> None:
        """Another item for the same person."""
        self.app.open("person", self.case_id)  # type: ignore[attr-defined]
