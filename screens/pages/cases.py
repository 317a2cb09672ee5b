"""Cases: everything that this station holds, found by name, number, item, or the end of an identity number or phone."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_field import TextField
from station.case_lists import Wanted

COLUMNS = (Column(12), Column(12), Column(20, grows=True), Column(10), Column(10), Column(10, from_width=90))
SHOWN_MOST = 200


class CasesPage(CounterPage):
    """A list that narrows as one types."""

    title_id = "cases.title"
    keys = (
        KeyLabel("f1", "key.help"),
        KeyLabel("f2", "key.new"),
        KeyLabel("f5", "key.sync"),
        KeyLabel("enter", "key.open"),
        KeyLabel("escape", "key.back"),
        KeyLabel("f10", "key.menu"),
    )
    commit_keys = frozenset()

    def body(self) -> ComposeResult:
        """The field, then the cases."""
        rows = RowList(COLUMNS, id="rows")
        yield TextField(id="find", placeholder=self.words.say("cases.find"), drives=rows)
        yield rows

    async def begin(self) -> None:
        """All cases, those due first."""
        self.query_one("#find").focus()
        await self._show("")

    async def look_again(self) -> None:
        """Back from a case that may have changed."""
        await self._show(self.query_one("#find", TextField).value)

    async def on_input_changed(self, event: TextField.Changed) -> None:
        """Another letter."""
        await self._show(event.value)

    async def _show(self, text: str) -> None:
        found = await self.asked(self.counter.cases, Wanted(text=text.strip() or None, limit=SHOWN_MOST)) or []
        self.query_one("#rows", RowList).show([self._row(each) for each in found])
        self.name_place(self.words.say("cases.count", count=len(found)))

    def _row(self, case: Any) -> Row:
        words = self.words
        cells = (case.number, case.name, case.item_name, words.state(case.status), case.due or "")
        return Row(case.case, (*cells, words.sync(case.sync)))

    def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter opens the row under the cursor."""
        event.stop()
        self.query_one("#rows", RowList).action_open()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """A case."""
        self.app.open("case", event.row.key)  # type: ignore[attr-defined]
