"""Today: what was begun, what is due, what waits for a decision, and one field that finds anything.

The field always has the keys. One digit and Enter opens that row, a digit after a zero and Enter begins an item that is
often asked for; anything longer looks up items, people, cases and numbers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import date

from rich.cells import cell_len
from rich.segment import Segment
from textual import work
from textual.app import ComposeResult
from textual.strip import Strip
from textual.widget import Widget

from screens.counter_finding import FAVOURITES, Day, Known
from screens.finding_rows import Entry, known_as
from screens.pages.finding import PICKS, FindingPage
from screens.safe_output import shown
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import fitted
from screens.widgets.text_lines import TextLine

NUMBER_LENGTH = 12
WHOLE_ID = re.compile(r"[0-9]{17}[0-9Xx]")
FAVOURITE = re.compile(rf"0[1-{FAVOURITES}]?")
SPELLING = re.compile(r"[a-z ]+")  # pinyin or initials, as an input method leaves them
DIGITS = re.compile(r"[0-9]+[Xx]?")  # the end of a number, or a number


class FavouriteLine(Widget):
    """What is often asked for, each with the number that begins it, cut to its share of the line."""

    DEFAULT_CSS = "FavouriteLine { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._label, self._names = "", [""]

    def show(self, label: str, names: list[str]) -> None:
        """Shows these from the next frame on."""
        self._label, self._names = label, names
        self.refresh()

    @property
    def text(self) -> str:
        """What it says in its width: as many cells for each as for the next."""
        share = (self.size.width - cell_len(self._label)) // max(1, len(self._names)) - 1
        texts = [shown(f"{place:02}{name}") for place, name in enumerate(self._names, 1) if name]
        return self._label + "".join(f" {fitted(text, min(share, cell_len(text)))}" for text in texts)

    def render_line(self, y: int) -> Strip:
        """The whole line."""
        return Strip([Segment(fitted("" if y else self.text, self.size.width), self.rich_style)])


class TodayPage(FindingPage):
    """Where a clerk's day begins and where every page leads back."""

    title_id = "today.title"
    help_steps = ("today.help_find", "today.help_digit", "today.help_closer", "today.help_scan")
    keys = (
        KeyLabel("f1", "key.help"),
        KeyLabel("f2", "key.new"),
        KeyLabel("f3", "key.find"),
        KeyLabel("f4", "key.look_closer"),
        KeyLabel("f5", "key.sync"),
        KeyLabel("enter", "key.open"),
        KeyLabel("f10", "key.menu"),
        KeyLabel("f12", "key.lock"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._day: Day | None = None
        self._shown_on: date | None = None
        self._known = Known("")
        self._listed: tuple[str, list[Entry]] = ("", [])  # the text whose items are shown, and they
        self._begun_and_due: list[Entry] = []
        self._one_look = asyncio.Lock()

    def body(self) -> ComposeResult:
        """The field over the rows that it drives; below them what is often asked for, and how many."""
        yield from self.finder(self.words.say("today.find"))
        yield FavouriteLine()
        yield TextLine(id="counts")

    async def begin(self) -> None:
        """The day as it stands."""
        self.field.focus()
        await self.refresh_day()

    async def look_again(self) -> None:
        """Back from another page: the day may have changed."""
        await self.refresh_day()

    async def refresh_day(self) -> None:
        """Reads the day anew; what is typed stays, and so does the cursor."""
        day = await self.asked(self.counter.day)
        index = await self.asked(self.counter.items)
        if day is None or index is None or self.is_gone:
            return
        self._day, self._index, self._shown_on = day, index, self.counter.today
        self._begun_and_due = list(self._rows_of_day())
        self._list_items(self.text)
        counts = day.counts
        line = self.words.say("today.counts", taken=counts.taken, waiting=counts.waiting, decided=counts.decided)
        self.query_one("#counts", TextLine).say(line)
        self.query_one(FavouriteLine).show(
            self.words.say("today.favourites"), [known_as(each) for each in day.favourites]
        )
        text = self.text
        if self._asks_base(text):
            self._known = await self.asked(self.counter.look_up, text) or Known(text)
        if not self.is_gone:
            self._show(self.text, stay=True)

    def tick(self) -> None:
        """Time went on; on another day everything that is due has another word."""
        super().tick()
        if self._shown_on not in (None, self.counter.today):
            self._another_day()

    def typed(self, text: str) -> None:
        """In the same frame as the letter: the items in memory. The base is asked beside, and answers below them.

        Where no item is found, all rows come with the answer, and once: none moves away under the cursor.
        """
        text = text.strip()
        self._list_items(text)
        if self._is_known(text):
            self._show(text)
        elif items := self._items(text):
            self.show(items)
        self._ask()

    def _list_items(self, text: str) -> None:
        """The items of a text, from memory."""
        if self._searches(text) and not DIGITS.fullmatch(text):
            self._listed = (text, self.items_found(text))
        else:
            self._listed = ("", [])

    @property
    def emptiness(self) -> str:
        """Why there is no row: nothing is begun or due, or nothing was found."""
        if self._day is None or not self._is_known(self.text):
            return ""
        return self.words.say("today.nothing" if self.text else "today.empty")

    def _ask(self) -> None:
        if not self._is_known(self.text):
            self._ask_base()

    def _is_known(self, text: str) -> bool:
        return not self._asks_base(text) or self._known.text == text

    def _searches(self, text: str) -> bool:
        return bool(text) and text not in PICKS and not FAVOURITE.fullmatch(text)

    def _asks_base(self, text: str) -> bool:
        """Small letters that spell items are no name: people of such a name are found in capitals."""
        return self._searches(text) and not (SPELLING.fullmatch(text) and self._items(text))

    def _items(self, text: str) -> list[Entry]:
        """The items that are shown for this text, before the base has answered."""
        return self._listed[1] if self._listed[0] == text else []

    @work(group="find")
    async def _ask_base(self) -> None:
        await self.looked_up()

    @work(group="day", exclusive=True)
    async def _another_day(self) -> None:
        await self.refresh_day()

    async def looked_up(self) -> None:
        """Asks the base for the newest text, one at a time, until that is the one that was answered."""
        async with self._one_look:
            while not self.is_gone and not self._is_known(text := self.text):
                answer = await self.asked(self.counter.look_up, text)
                self._known = answer or Known(text)
                if not self.is_gone and text == self.text:
                    self._show(text, stay=bool(self._items(text)))

    def _show(self, text: str, *, stay: bool = False) -> None:
        if FAVOURITE.fullmatch(text):
            self._show_favourite(text)
        elif self._searches(text):
            self.show(self._found(text), stay=stay)
        else:
            self.show(self._begun_and_due, stay=stay)

    def _show_favourite(self, text: str) -> None:
        """The favourites by their number, the cursor on the one that was typed."""
        items = self._day.favourites if self._day is not None else []
        wanted = int(text)
        self.show(list(map(self.make.favourite, items)) if wanted <= len(items) else [])
        self.rows.action_move(max(0, wanted - 1))

    def _rows_of_day(self) -> Iterable[Entry]:
        day, make = self._day, self.make
        if day is not None:
            yield from (make.draft(each.draft, each.item_name) for each in day.drafts)
            yield from (make.conflict(each, day.cases.get(each["case"])) for each in day.conflicts)
            yield from map(make.case, day.due)
            yield from (make.problem(each, day.cases.get(each["case"])) for each in day.problems)

    def _found(self, text: str) -> list[Entry]:
        """For a number: the case of it, people, other cases. For a text: items, then people, then what is begun."""
        known = self._known if self._known.text == text else Known(text)
        items = self._items(text) or self.items_found(text)
        make = self.make
        people = list(map(make.person, known.people))
        if DIGITS.fullmatch(text):
            whole = [make.case(each) for each in known.cases if each.number == text]
            return [*whole, *people, *(make.case(each) for each in known.cases if each.number != text), *items]
        begun = [entry for entry in self._begun_and_due if any(text in cell for cell in entry.row.cells)]
        return [*items, *people, *begun]

    async def nothing_found(self, text: str) -> None:
        """A whole identity number that nobody here has may belong to somebody new."""
        if WHOLE_ID.fullmatch(text):
            person = await self.asked(self.counter.newcomer, text)
            if person is not None:
                self.open("newcomer", person.applicant["id_no"])
        elif text.isdigit() and len(text) == NUMBER_LENGTH:
            self.tell(self.words.say("error.case_unknown"))
        elif FAVOURITE.fullmatch(text):
            self.tell(self.words.say("today.no_favourite"))
        else:
            await super().nothing_found(text)

    def action_back(self) -> None:
        """Clears the field first."""
        self.field.value = ""
