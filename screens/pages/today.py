"""Today: what was begun, what is due, what waits for a decision, and one field that finds anything.

The field always has the keys. One digit and Enter opens that row; anything longer looks up items, cases and numbers.
"""

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

COLUMNS = (Column(8), Column(10), Column(20, grows=True), Column(12), Column(10, from_width=90))
DUE_MOST, FOUND_MOST = 40, 30
OPEN = ("RECEIVED", "CORRECTION", "ACCEPTED", "REVIEW_TOWN", "REVIEW_DEPT", "SPECIAL", "SUSPENDED", "CLOSED")


class TodayPage(CounterPage):
    """Where a clerk's day begins and where every page leads back."""

    title_id = "today.title"
    keys = (
        KeyLabel("f1", "key.help"),
        KeyLabel("f2", "key.new"),
        KeyLabel("f3", "key.find"),
        KeyLabel("f5", "key.sync"),
        KeyLabel("enter", "key.open"),
        KeyLabel("f10", "key.menu"),
        KeyLabel("f12", "key.lock"),
    )
    commit_keys = frozenset()

    def body(self) -> ComposeResult:
        """The field, then the rows that it drives."""
        rows = RowList(COLUMNS, id="rows")
        yield TextField(id="find", placeholder=self.words.say("today.find"), drives=rows, instantly=self._typed)
        yield rows

    async def begin(self) -> None:
        """The day as it stands."""
        self.query_one("#find").focus()
        await self.refresh_day()

    async def look_again(self) -> None:
        """Back from another page: the day may have changed."""
        await self.refresh_day()

    async def refresh_day(self) -> None:
        """Reads the day anew."""
        self._day = await self.asked(self._read_day) or []
        self._index = await self.asked(self.counter.items)
        self._typed(self.query_one("#find", TextField).value)

    def _read_day(self) -> list[Row]:
        rows = [self._draft(each) for each in self.counter.drafts()]
        rows += [self._conflict(each) for each in self.counter.conflicts()]
        due = [each for each in self.counter.cases(Wanted(limit=DUE_MOST)) if each.status in OPEN]
        return rows + [self._case(each) for each in due]

    def _draft(self, draft: Any) -> Row:
        item = self.counter.item(draft.item, draft.item_version).name if draft.item else ""
        say = self.words.say
        return Row(("draft", draft.id), (say("today.draft"), draft.applicant.get("name", ""), item, ""))

    def _conflict(self, conflict: Any) -> Row:
        shown = conflict.document(self.app.device)  # type: ignore[attr-defined]
        values = f"{shown['mine']} / {shown['theirs']}"
        cells = (self.words.say("today.conflict"), self.words.field(shown["field"]), values, "")
        return Row(("conflict", conflict.id), cells)

    def _case(self, case: Any) -> Row:
        late = bool(case.due) and case.due < self.counter.today.isoformat()
        due = self.words.say("today.late" if late else "today.due", day=case.due[5:]) if case.due else ""
        cells = (self.words.state(case.status), case.name, case.item_name, due, self.words.sync(case.sync))
        return Row(("case", case.case), cells, "late" if late else "")

    def _typed(self, text: str) -> None:
        """In the same frame as the letter."""
        rows = self.query_one("#rows", RowList)
        text = text.strip()
        if len(text) < 2 or getattr(self, "_index", None) is None:  # one digit picks a row
            rows.show(getattr(self, "_day", []))
            return
        found = [self._item(hit) for hit in self._index.search(text, FOUND_MOST)] if self._index else []
        known = [row for row in getattr(self, "_day", []) if any(text in cell for cell in row.cells)]
        rows.show([*known, *found])

    def _item(self, hit: Any) -> Row:
        entry = hit.entry
        return Row(("item", entry.code), (self.words.say("today.item"), "", entry.name, entry.department, ""))

    async def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter: a digit opens its row, a case number its case, else the row under the cursor."""
        event.stop()
        rows = self.query_one("#rows", RowList)
        text = event.value.strip()
        if len(text) == 1 and text.isdigit() and text != "0":
            rows.action_pick(int(text))
        elif text.isdigit() and len(text) == len("000000000000"):
            case = await self.asked(self.counter.find, text)
            if case:
                self._open(("case", case))
            return
        if rows.current is not None:
            self._open(rows.current.key)
        else:
            self.tell(self.words.say("today.nothing"))

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """A row by Enter in the list."""
        self._open(event.row.key)

    def _open(self, key: tuple[str, str]) -> None:
        self.query_one("#find", TextField).value = ""
        self.app.open(*key)  # type: ignore[attr-defined]

    def action_back(self) -> None:
        """Clears the field first."""
        self.query_one("#find", TextField).value = ""
