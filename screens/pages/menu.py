"""The menu: everything that can be done, picked by a digit. F10 and a digit is the twin of an F-key."""

from __future__ import annotations

from textual.app import ComposeResult

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row

# In the order of their F-keys, so that F10 and the digit mean the same everywhere.
PLACES = ("help", "items", "cases", "today", "sync", "lock", "quit")


class MenuPage(CounterPage):
    """Rows that lead somewhere."""

    title_id = "menu.title"
    keys = (KeyLabel("enter", "key.open"), KeyLabel("escape", "key.back"))
    commit_keys = frozenset()

    def body(self) -> ComposeResult:
        """The places by digit."""
        yield RowList((Column(20), Column(40, grows=True)), digits_open=True, id="places")

    async def begin(self) -> None:
        """Every place with what it is for."""
        say = self.words.say
        rows = [Row(place, (say(f"menu.{place}"), say(f"menu.{place}_for"))) for place in PLACES]
        self.query_one("#places", RowList).show(rows)
        self.query_one("#places").focus()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Goes there; the menu itself is left."""
        self.app.from_menu(event.row.key)  # type: ignore[attr-defined]
