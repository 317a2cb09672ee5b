"""The queue of cases: everything that this station holds, what is due first in front, found while one types.

Letters never wait for the disk: one search runs at a time, and the newest text is asked for next. Every key that means
a row waits until the list shows what was typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from screens.case_words import due_in_words, due_mark, is_late, minute, next_step
from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import SCREENS_MOST, Ask, Row
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import Fact, Facts
from station.case import china_time
from station.case_queue import Filter, Key, Queued, Wanted
from station.errors import StationError

COLUMNS = (
    Column(10),
    Column(8),
    Column(12, grows=True),
    Column(10),
    Column(12, from_width=66),
    Column(8),
    Column(5, from_width=76),
)
SOON_DAYS = 7
ROWS_LEAST = 20  # of a first page, before the list knows its height
WAIT = frozenset({"up", "down", "pageup", "pagedown", "enter", "f6", "f7", "f8"})  # keys that mean a row of the list


class FindField(TextField):
    """The field above the queue. Keys that mean a row wait for the answer to what was typed; letters do not."""

    def __init__(self, answered: Callable[[], Awaitable[None]], **options: Any) -> None:
        super().__init__(**options)
        self._answered = answered

    async def on_key(self, event: events.Key) -> None:  # type: ignore[override]  # the same key goes on to the field
        """Waits where it must."""
        if event.key in WAIT:
            await self._answered()


class QueueList(RowList):
    """A list that is given its first page: it was read beside the keys."""

    def put(self, rows: Sequence[Row], most: int) -> None:
        """Shows the first page, of which so many rows were asked for."""
        self._asked = None
        self.window.reload()
        self.window.give(Ask(forward=True, key=None, most=most), rows)
        self._settle()

    def put_here(self, rows: Sequence[Row], most: int, *, from_start: bool) -> None:
        """Shows what stands now where the rows at hand stood; the cursor stays with its case, else in its place."""
        window, before = self.window, self.current
        self._asked = None
        window.rows = list(rows)
        window.at_start, window.at_end = from_start, len(rows) < most
        places = [place for place, row in enumerate(rows) if before is not None and row.key[2] == before.key[2]]
        window.cursor = max(0, min(places[0] if places else window.cursor, len(rows) - 1))
        self.action_move(0)


class CasesPage(CounterPage):
    """The queue, with a field that searches it, and what is known of the case under the cursor."""

    CSS = """
    CasesPage.-wide .listing > RowList { width: 1fr; }
    CasesPage.-wide .listing > Facts { width: 36; }
    """
    title_id = "cases.title"
    help_steps = ("cases.help_find", "cases.help_filter", "cases.help_row", "cases.help_open")
    commit_keys = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "filter", show=False),
        Binding("f7", "row(-1)", show=False),
        Binding("f8", "row(1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted: Wanted | None = None
        self._shown: Wanted | None = None
        self._answer = asyncio.Event()  # set where the list shows what is wanted
        self._answer.set()

    @property
    def keys(self) -> tuple[KeyLabel, ...]:  # type: ignore[override]  # F6 says which filter is set
        """The keys of this page."""
        return (
            KeyLabel("f1", "key.help"),
            KeyLabel("f2", "key.new"),
            KeyLabel("f5", "key.sync"),
            KeyLabel("f6", f"cases.f6_{self._filter}"),
            KeyLabel("f7", "key.row_before"),
            KeyLabel("f8", "key.row_after"),
            KeyLabel("enter", "key.open"),
            KeyLabel("escape", "key.back"),
            KeyLabel("f10", "key.menu"),
        )

    @property
    def _filter(self) -> Filter:
        return self._wanted.filter if self._wanted is not None else Filter.ALL

    @property
    def _rows(self) -> QueueList:
        return self.query_one("#rows", QueueList)

    def body(self) -> ComposeResult:
        """The field, then the cases and what is known of one."""
        rows = QueueList(COLUMNS, self._fetch, from_disk=True, numbered=False, id="rows")
        yield FindField(self.answered, id="find", placeholder=self.words.say("cases.find"), drives=rows)
        with Container(classes="listing"):
            yield rows
            yield Facts(id="facts")

    async def begin(self) -> None:
        """All cases, those due first."""
        self.query_one("#find").focus()
        self._want(Filter.ALL, "")
        await self.answered()

    async def look_again(self) -> None:
        """Back from a case, or a sync brought something: the same place, as it stands now."""
        rows = self._rows
        if self._shown is None or not rows.window.rows:
            self._shown = None
            self._search()
            return
        first, most = rows.window.rows[0].key, max(len(rows.window.rows), rows.window.height * SCREENS_MOST)
        found = await self.asked(self.counter.queue_from, self._shown, first, most)
        if found is not None:
            rows.put_here([self._row(each) for each in found[0]], most, from_start=found[1])
            self._count_beside()

    def on_input_changed(self, event: TextField.Changed) -> None:
        """Another letter."""
        self._want(self._filter, event.value)

    def action_filter(self) -> None:
        """The next filter, and after the last one all cases."""
        kinds = list(Filter)
        self._want(kinds[(kinds.index(self._filter) + 1) % len(kinds)], self.query_one("#find", TextField).value)
        self.show_keys(self.keys)

    def action_row(self, by: int) -> None:
        """The case before or after."""
        self._rows.action_move(by)

    async def beside(self, key: Key, by: int) -> Key | None:
        """The case before or after another one in this queue, as it stands now; None at its end."""
        wanted = self._shown or Wanted()
        found = await self.asked(self.counter.queue, wanted, key, 1, forward=by > 0)
        return found[0].key if found else None

    # Searching.

    def _want(self, kind: Filter, text: str) -> None:
        until = self.counter.today + timedelta(days=SOON_DAYS)
        self._wanted = Wanted(filter=kind, text=" ".join(text.split()), until=until)
        self._search()

    def _search(self) -> None:
        """One search at a time; when it ends, what is wanted then."""
        if self._answer.is_set():
            self._answer.clear()
            self.run_worker(self._search_all(), group="search")

    async def _search_all(self) -> None:
        try:
            while self._shown != self._wanted:
                await self._search_once(self._wanted or Wanted())
        finally:
            self._answer.set()  # also where the page was left: nobody waits for ever
        self._count_beside()

    async def _search_once(self, wanted: Wanted) -> None:
        most = max(ROWS_LEAST, self._rows.size.height) * SCREENS_MOST
        found = await self.asked(self.counter.queue, wanted, None, most)
        if wanted == self._wanted:  # else something newer was typed, and this answer is stale
            self._shown = wanted
            self._rows.put([self._row(each) for each in found or []], most)

    async def answered(self) -> None:
        """Until the list shows what is wanted."""
        await self._answer.wait()

    def _fetch(self, ask: Ask) -> list[Row]:
        """A further page, in a thread."""
        try:
            found = self.counter.queue(self._shown or Wanted(), ask.key, ask.most, forward=ask.forward)
        except StationError as trouble:
            self.app.call_from_thread(self.tell, self.words.error(trouble))
            return []
        return [self._row(each) for each in found]

    def _row(self, case: Queued) -> Row:
        words, today = self.words, self.counter.today
        due = due_mark(words, case.due, today)
        cells = (due, case.name, case.item_name, words.state(case.status), case.number, words.sync(case.sync))
        return Row(case.key, (*cells, case.received[5:]), "late" if is_late(case.due, today) else "")

    # What stands beside the list.

    def _count_beside(self) -> None:
        self._place_count("")
        self.run_worker(self._counted(self._shown or Wanted()), group="count", exclusive=True)

    async def _counted(self, wanted: Wanted) -> None:
        found = await self.asked(self.counter.queue_count, wanted)
        if found is not None and wanted == self._shown:
            self._place_count(self.words.say("cases.count_over" if found[1] else "cases.count", count=found[0]))

    def _place_count(self, count: str) -> None:
        self.name_place(f"{self.words.say(f'cases.{self._filter}')} {count}".strip())

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Another case: what is known of it."""
        if event.row is None:
            self.query_one("#facts", Facts).show([Fact("", self.words.say("cases.none"))])
        else:
            self.run_worker(self._look_at(event.row), group="glimpse", exclusive=True)

    async def _look_at(self, row: Row) -> None:
        found = await self.asked(self.counter.glimpse, row.key[2])
        if found is None or self._rows.current != row:
            return
        words, (due, name, item, state, number, _, _) = self.words, row.cells
        day = row.key[0]
        when = f"{due_in_words(words, day, self.counter.today)}（{day}）" if day else words.say("case.no_date")
        step = next_step(words, found.waits, found.steps)
        lines = [
            Fact("", f"{name}  {item}", loud=True),
            Fact(words.say("column.number"), f"{number}  {words.say('case.received', day=found.received)}"),
            Fact(words.say("column.due"), when, loud=bool(due) and is_late(day, self.counter.today)),
            Fact(words.say("column.status"), f"{state}  {step}"),
        ]
        if found.last is not None:
            last = found.last
            said = f"{minute(china_time(last.at))} {words.act(last.act)} {last.by}"
            lines.append(Fact(words.say("case.last"), said + (f"  {last.reason}" if last.reason else "")))
        self.query_one("#facts", Facts).show(lines)

    def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter opens the row under the cursor."""
        event.stop()
        if self._rows.current is None:
            self.tell(self.words.say("cases.none"))
            self.app.bell()
        else:
            self._rows.action_open()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """A case."""
        self.app.open("case", event.row.key[2])  # type: ignore[attr-defined]
