"""The programs that bench_ui.py measures, each in a terminal of its own: ours, and stock Textual doing the same.

    python scripts/bench_ui_app.py minimal|home|keys|stock-keys|search|stock-search [FILE]

Only what a program needs is imported, because starts are measured too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import Input, Static

KIND = sys.argv[1]
FILE = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()
FIELDS = ("name", "id_no", "phone", "address")
FOUND_MOST = 20
READY = "READY"

if KIND in ("home", "keys", "search"):
    from screens.ordered_keys import OrderedApp
    from screens.safe_output import data
    from screens.widgets.key_bar import KeyBar, KeyLabel
    from screens.widgets.row_cells import Column
    from screens.widgets.row_list import RowList
    from screens.widgets.row_window import Row
    from screens.widgets.status_bar import Part, StatusBar, SyncStatus
    from screens.widgets.text_field import TextField

    Base: Any = OrderedApp
else:
    Base = App


class Minimal(Base):  # type: ignore[misc]
    """What Textual itself costs."""

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static(READY)


class Home(Base):  # type: ignore[misc]
    """A first page of ours with all its kinds of widgets."""

    def compose(self) -> ComposeResult:
        """A field, a list and both bars."""
        yield TextField()
        rows = RowList([Column(20), Column(20, grows=True)])
        yield rows
        yield StatusBar(SyncStatus(Part("离线"), (Part("待发 7件"),)))
        yield KeyBar([KeyLabel(f"f{number}", "帮助") for number in range(1, 11)])
        yield Static(data(READY))
        rows.show([Row(number, ("王建国", "最低生活保障金申请")) for number in range(10)])


class Keys(Base):  # type: ignore[misc]
    """Four fields; Enter leads to the next. Enter in the last one writes what they received and empties them."""

    def compose(self) -> ComposeResult:
        """The fields."""
        kind: Any = TextField if KIND == "keys" else Input
        for name in FIELDS:
            yield kind(id=name)
        yield Static(READY)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Goes on."""
        if event.input.id == FIELDS[-1]:
            with FILE.open("a", encoding="utf-8") as file:
                file.write(json.dumps([field.value for field in self.query(Input)]) + "\n")
            for field in self.query(Input):
                field.clear()
        self.screen.focus_next(Input)


class Search(Base):  # type: ignore[misc]
    """The catalogue under a field, by our list or by stock widgets."""

    def on_mount(self) -> None:
        """Reads the catalogue, which the bench has written."""
        import msgspec  # noqa: PLC0415

        from station.item_search import ItemIndex, SearchEntry  # noqa: PLC0415

        self.index = ItemIndex(msgspec.json.decode(FILE.read_bytes(), type=list[SearchEntry]))
        self.screen.query_one("#ready", Static).update(READY)

    def compose(self) -> ComposeResult:
        """A field above a list."""
        if KIND == "search":
            self.rows = RowList([Column(30, grows=True), Column(20)])
            yield TextField(instantly=self.find)
            yield self.rows
        else:
            from textual.widgets import OptionList  # noqa: PLC0415

            self.options = OptionList()
            yield Input()
            yield self.options
        yield Static(id="ready")

    def find(self, text: str) -> None:
        """Shows what was found, in the same frame as the letter."""
        hits = self.index.search(text, FOUND_MOST)
        self.rows.show([Row(hit.entry.code, (hit.entry.name, hit.entry.department)) for hit in hits])

    def on_input_changed(self, event: Input.Changed) -> None:
        """The stock way: a message, then the list."""
        if KIND == "stock-search":
            from textual.content import Content  # noqa: PLC0415

            hits = self.index.search(event.value, FOUND_MOST)
            self.options.clear_options()
            self.options.add_options([Content(f"{hit.entry.name}  {hit.entry.department}") for hit in hits])


PROGRAMS: dict[str, Any] = {
    "minimal": Minimal,
    "home": Home,
    "keys": Keys,
    "stock-keys": Keys,
    "search": Search,
    "stock-search": Search,
}

if __name__ == "__main__":
    PROGRAMS[KIND]().run()
