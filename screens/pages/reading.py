"""Pages that are read: a case with its clocks and history, a receipt, the help. Lines that scroll, nothing to type."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from station.case_document import label
from station.item import Item

A4_COLUMNS, PAPER_COLUMNS_LEAST, MARGIN_CELLS = 80, 32, 8  # cells: the paper, the narrowest, what stands beside it
READ_KEYS = (
    KeyLabel("f1", "key.help"),
    KeyLabel("f2", "key.new"),
    KeyLabel("f5", "key.sync"),
    KeyLabel("escape", "key.back"),
    KeyLabel("f10", "key.menu"),
)


class ReadingPage(CounterPage):
    """Lines of text under a cursor."""

    keys: ClassVar[tuple[KeyLabel, ...]] = READ_KEYS
    commit_keys = frozenset()

    def body(self) -> ComposeResult:
        """The lines."""
        yield RowList((Column(20), Column(30, grows=True)), id="lines")

    def show(self, lines: list[tuple[str, str]]) -> None:
        """Shows these lines: a label and a text each."""
        rows = [Row(place, line) for place, line in enumerate(lines)]
        self.query_one("#lines", RowList).show(rows)
        self.query_one("#lines").focus()


class PaperPage(ReadingPage):
    """A paper as it will be printed; Ctrl+P again prints it."""

    title_id = "paper_page.title"
    keys: ClassVar[tuple[KeyLabel, ...]] = (KeyLabel("ctrl+p", "key.print"), KeyLabel("escape", "key.back"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+p", "print", show=False)]

    def __init__(self, doc: str, case_id: str) -> None:
        super().__init__()
        self._doc, self._case_id = doc, case_id

    def body(self) -> ComposeResult:
        """The lines, in one column."""
        yield RowList((Column(40, grows=True),), id="lines")

    async def begin(self) -> None:
        """Draws it for the width of this terminal."""
        columns = min(A4_COLUMNS, max(PAPER_COLUMNS_LEAST, self.size.width - MARGIN_CELLS))
        lines = await self.asked(self.counter.paper, self._doc, self._case_id, self.words, columns)
        if lines is not None:
            self.query_one("#lines", RowList).show([Row(place, (line,)) for place, line in enumerate(lines)])
            self.query_one("#lines").focus()

    async def action_print(self) -> None:
        """Prints it."""
        printer = await self.asked(self.counter.print, self._doc, self._case_id, self.words)
        if printer is not None:
            self.tell(self.words.say("paper_page.printed", printer=printer))


class PrintablePage(ReadingPage):
    """A page of one case, whose receipt is one key away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+p", "receipt", show=False)]
    case_id: str = ""

    def action_receipt(self) -> None:
        """Shows the receipt, ready to print."""
        self.app.open("receipt", self.case_id)  # type: ignore[attr-defined]


class CasePage(PrintablePage):
    """One case whole. Opening it is a read of personal data, and is written down as one."""

    title_id = "case.title"
    keys: ClassVar[tuple[KeyLabel, ...]] = (*READ_KEYS[:3], KeyLabel("ctrl+p", "key.receipt"), *READ_KEYS[3:])

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self.case_id = case_id

    async def begin(self) -> None:
        """Reads the case, after the audit has it."""
        found = await self.asked(self.counter.case, self.case_id)
        if found is not None:
            self.name_place(f"{found['number']} {found['item_name']}")
            self.show([*self._facts(found), *self._materials(found), *self._history(found)])

    def _facts(self, found: dict[str, Any]) -> list[tuple[str, str]]:
        words, who = self.words, found["applicant"]
        lines = [
            (words.say("column.status"), f"{words.state(found['status'])}  {words.sync(found['sync'])}"),
            (words.say("column.number"), found["number"]),
            (words.say("column.name"), who["name"]),
            (words.say("column.id_no"), who["id_no"]),
            (words.say("column.phone"), who["phone"]),
            (words.say("column.address"), who["address"]),
            (words.say("column.missing"), "、".join(found["missing_labels"])),
            (words.say("column.note"), found["note"]),
        ]
        due = [
            (words.say(f"column.due_{name}"), str(day)) for name, day in found["due"].items() if isinstance(day, str)
        ]
        return [line for line in lines + due if line[1]]

    def _materials(self, found: dict[str, Any]) -> list[tuple[str, str]]:
        return [
            (self.words.say("case.material"), f"{each['name']}  {self.words.say('got.' + each['got'])}")
            for each in found["materials"]
        ]

    def _history(self, found: dict[str, Any]) -> list[tuple[str, str]]:
        words = self.words
        return [
            (each["at"][:16].replace("T", " "), f"{words.act(each['act'])}  {each['by']}  {words.rule(each['rule'])}")
            for each in found["history"]
        ]


class TakenPage(PrintablePage):
    """A case was taken: its number, what is missing, by when. Enter goes on with the next person."""

    title_id = "taken.title"
    keys: ClassVar[tuple[KeyLabel, ...]] = (
        KeyLabel("enter", "key.next_person"),
        KeyLabel("ctrl+p", "key.receipt"),
        KeyLabel("f2", "key.new"),
        KeyLabel("f5", "key.sync"),
    )

    def __init__(self, done: Any, name: str, item: Item) -> None:
        super().__init__()
        self._done, self._person, self._item = done, name, item
        self.case_id = done.case

    async def begin(self) -> None:
        """What was just made durable."""
        words, done = self.words, self._done
        self.show(
            [
                (words.say("column.number"), done.number),
                (words.say("column.name"), self._person),
                (words.say("column.item"), self._item.name),
                (words.say("column.due_intake"), str(done.due.get("intake") or "")),
                (words.say("column.missing"), self._missing() or words.say("taken.complete")),
            ]
        )
        self.tell(words.say("taken.saved", number=done.number))

    def _missing(self) -> str:
        return "、".join(label(name, self._item) for name in self._done.missing)

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Enter: back to today."""
        event.stop()
        self.action_back()


class HelpPage(ReadingPage):
    """The keys, the same everywhere."""

    title_id = "help.title"

    async def begin(self) -> None:
        """Every key with what it means."""
        names = ("f1", "f2", "f3", "f5", "f7", "f8", "f9", "f10", "f12", "enter", "escape", "digit")
        self.show([(self.words.say(f"help.{name}_key"), self.words.say(f"help.{name}")) for name in names])
