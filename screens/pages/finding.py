"""What pages that find things have in common: a field that has the keys, the rows that it drives, and a closer look.

What is typed is looked up in memory in the same frame as the letter. What must be read from the base comes a frame
later, for the newest text alone. What people get wrong: Enter acts on the list as it is when all of the text has been
looked up, so the same keys lead to the same row however fast they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.strip import Strip

from screens.finding_rows import COLUMNS, Entry, FindingRows
from screens.item_sheet import brief
from screens.pages.frame import CounterPage
from screens.widgets.row_cells import fitted
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import Fact, Facts

if TYPE_CHECKING:
    from station.item_search import ItemIndex
    from station.people import Person

FOUND_MOST = 30
PICKS = frozenset("123456789")  # one of them alone is a row


class FindingField(TextField):
    """A field that has the keys all day: what can be typed stands in it also while it has them."""

    def render_line(self, y: int) -> Strip:
        """The hint after the caret, until something is typed."""
        if y or self.value or not self.has_focus:
            return super().render_line(y)
        caret, hint = map(self.get_component_rich_style, ("input--cursor", "input--placeholder"))
        return Strip([Segment(" ", caret), Segment(fitted(self.placeholder, self.size.width - 1), hint)])


class FindingPage(CounterPage):
    """A field over a list. Subclasses say what stands there when nothing is typed, and what is found."""

    commit_keys = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4", "closer", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._index: ItemIndex | None = None
        self._facts: dict[Row, tuple[Fact, ...] | None] = {}
        self._looks: dict[str, tuple[Fact, ...]] = {}  # short looks at items that were read

    @property
    def make(self) -> FindingRows:
        """What makes rows, for the day that it is."""
        return FindingRows(self.words, self.counter.today)

    @property
    def field(self) -> TextField:
        """The field."""
        return self.query_one("#find", TextField)

    @property
    def rows(self) -> RowList:
        """The list."""
        return self.query_one("#rows", RowList)

    @property
    def is_gone(self) -> bool:
        """Whether the page was left while something was read for it."""
        return not self.query("#rows")

    @property
    def text(self) -> str:
        """What is typed, without outer blanks."""
        return self.field.value.strip()

    def finder(self, placeholder: str) -> ComposeResult:
        """The field, the list, and what is known of the row under its cursor."""
        rows = RowList(COLUMNS, id="rows")
        yield FindingField(id="find", placeholder=placeholder, drives=rows, instantly=self.typed)
        with Container(classes="listing"):
            yield rows
            yield Facts(id="closer")

    def typed(self, text: str) -> None:
        """In the same frame as the letter."""
        raise NotImplementedError

    @property
    def emptiness(self) -> str:
        """Why there is no row, in a sentence."""
        return self.words.say("today.nothing") if self.text else ""

    async def looked_up(self) -> None:
        """Returns when everything is known of what is typed."""

    def show(self, entries: Sequence[Entry], *, stay: bool = False) -> None:
        """Shows these rows; `stay` keeps the cursor on its row where that is still there."""
        rows, was = self.rows, self.rows.current
        self._facts = {entry.row: entry.facts for entry in entries}
        listed = list(self._facts)
        place = next((place for place, row in enumerate(listed) if was and row.key == was.key), 0) if stay else 0
        rows.show(listed)
        if place:
            rows.action_move(place)
        self._look()

    def items_found(self, text: str) -> list[Entry]:
        """The items that a text leads to."""
        if self._index is None:
            return []
        make, found = self.make, []
        for hit in self._index.search(text, FOUND_MOST):
            meant = hit.matched if hit.matched != hit.entry.name else ""
            found.append(make.item(hit.entry.code, hit.entry.name, meant=meant, more=hit.entry.department))
        return found

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """The closer look follows the cursor."""
        event.stop()
        self._look()

    def _look(self) -> None:
        """Shows what is known of the row under the cursor now; an item's sheet is read first."""
        row = self.rows.current
        if row is None:
            facts: Sequence[Fact] | None = [Fact("", text)] if (text := self.emptiness) else []
        elif row.key[0] == "item":
            facts = self._facts.get(row) or self._looks.get(row.key[1])
        else:
            facts = self._facts.get(row)
        if facts is not None:
            self.query_one("#closer", Facts).show(facts)
        elif row is not None and row.key[0] == "item":
            self._read(row.key[1])

    @work(group="closer", exclusive=True)
    async def _read(self, code: str) -> None:
        sheet = await self.asked(self.counter.sheet, code)
        if sheet is not None and not self.is_gone:
            self._looks[code] = tuple(brief(*sheet, self.counter.today, self.words))
            self._look()

    async def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter: one digit picks its row; else the row under the cursor, when all of the text was looked up."""
        event.stop()
        row = await self._picked()
        if row is None:
            await self.nothing_found(self.text)
        else:
            await self.enter(*row.key)

    async def _picked(self) -> Row | None:
        """The row that is meant by what is typed now."""
        if self.text in PICKS:
            if int(self.text) > len(self.rows.window.visible):
                return None
            self.rows.action_pick(int(self.text))
        else:
            await self.looked_up()
        return self.rows.current

    async def on_row_list_opened(self, event: RowList.Opened) -> None:
        """A row by Enter or a click in the list."""
        event.stop()
        await self.enter(*event.row.key)

    async def nothing_found(self, text: str) -> None:  # noqa: ARG002  (a subclass may know more)
        """There is no row for what was typed."""
        self.tell(self.words.say("today.nothing"))
        self.app.bell()

    async def enter(self, kind: str, key: str) -> None:
        """A row was opened: an item begins an intake, everything else is shown."""
        if kind == "item":
            await self.start(key)
        else:
            self.open("case" if kind == "problem" else kind, key)

    async def start(self, code: str, person: Person | None = None) -> None:
        """An intake of this item; where none may begin, says why."""
        begun = await self.asked(self.counter.begin, code, person)
        if begun is not None:
            self.field.value = ""
            self.app.start(*begun)  # type: ignore[attr-defined]

    def open(self, kind: str, *key: Any) -> None:
        """Another page; the field is free for the next thing."""
        self.field.value = ""
        self.app.open(kind, *key)  # type: ignore[attr-defined]

    async def action_closer(self) -> None:
        """F4: an item whole; everything else as Enter."""
        row = await self._picked()
        if row is None:
            await self.nothing_found(self.text)
        elif row.key[0] == "item":
            self.look_closer(row.key[1])
        else:
            await self.enter(*row.key)

    def look_closer(self, code: str) -> None:
        """The page of an item."""
        self.app.open("item_page", code)  # type: ignore[attr-defined]
