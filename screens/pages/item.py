"""One item whole: who may have it, what must be brought, what is asked, how it goes on. From here an intake begins.

A wide window shows what the item is beside what is read out; a narrow one shows one below the other.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from screens import item_sheet
from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.reader import Reader
from screens.widgets.text_lines import Fact, Facts, TextLine
from station.people import Person

LABEL_CELLS = 11


class ItemPage(CounterPage):
    """What the catalogue says of one item today. Enter and F2 begin an intake of it."""

    CSS = """
    ItemPage #standing { text-style: bold; }
    ItemPage .listing > Facts { display: none; }
    ItemPage.-wide .listing > Facts { display: block; }
    ItemPage.-wide .listing > Reader { width: 3fr; height: 1fr; }
    """
    title_id = "sheet.title"
    help_steps = ("sheet.help_read", "sheet.help_start")
    keys: ClassVar[tuple[KeyLabel, ...]] = (
        KeyLabel("f1", "key.help"),
        KeyLabel("f2", "key.start"),
        KeyLabel("enter", "key.start"),
        KeyLabel("f5", "key.sync"),
        KeyLabel("escape", "key.back"),
        KeyLabel("f10", "key.menu"),
    )
    commit_keys = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "start", show=False),
        Binding("enter", "start", show=False),
    ]

    def __init__(self, code: str, person: Person | None = None) -> None:
        super().__init__()
        self._code, self._person = code, person
        self._standing = ""
        self._head: list[Fact] = []
        self._body: list[Fact] = []

    def body(self) -> ComposeResult:
        """Whether it can be taken here; then all of it."""
        yield TextLine(id="standing")
        with Container(classes="listing"):
            yield Reader(label_cells=LABEL_CELLS, id="sheet")
            yield Facts(id="head-facts")

    async def begin(self) -> None:
        """Reads the item in the version of today."""
        self.query_one("#sheet").focus()
        await self._read()

    async def look_again(self) -> None:
        """A sync may have brought another version."""
        await self._read()

    async def _read(self) -> None:
        sheet = await self.asked(self.counter.sheet, self._code)
        if sheet is None or not self.query("#sheet"):
            return
        words = self.words
        self.name_place(sheet.item.name)
        self._head = [Fact("", sheet.item.name, loud=True), *item_sheet.head(*sheet, words)]
        self._body = item_sheet.body(*sheet, words)
        off = item_sheet.refusal(sheet.item, self.counter.today, words)
        self._standing = off or words.say("sheet.can_start")
        self.query_one("#head-facts", Facts).show(self._head)
        self._show(stay=True)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002  (the classes of the width come after it)
        """A wide window has what the item is beside the rest."""
        self.call_after_refresh(self._show, stay=True)

    def _show(self, *, stay: bool) -> None:
        facts = self._body if self.has_class("-wide") else [*self._head, *self._body]
        self.query_one("#sheet", Reader).show(facts, LABEL_CELLS, stay=stay)

    def on_reader_moved(self, event: Reader.Moved) -> None:
        """Other lines are seen."""
        first, last, count = event.reader.place
        more = self.words.say("sheet.lines", first=first, last=last, count=count) if last - first + 1 < count else ""
        self.query_one("#standing", TextLine).say(self._standing, more)

    async def action_start(self) -> None:
        """An intake of this item, for the person who was looked at where there is one."""
        begun: Any = await self.asked(self.counter.begin, self._code, self._person)
        if begun is not None:
            self.app.start(*begun)  # type: ignore[attr-defined]
