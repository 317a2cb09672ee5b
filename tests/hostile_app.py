"""Shows strings from a file, one a frame, in every kind of widget. Runs in a pty.

    python tests/hostile_app.py STRINGS.json raw|data

`raw` is a page that forgot everything: the fuse alone stands. `data` is a page as pages should be.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label, OptionList, Static

from screens.ordered_keys import OrderedApp
from screens.safe_output import data
from screens.widgets.key_bar import KeyBar, KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.status_bar import Part, StatusBar, SyncStatus
from screens.widgets.text_field import TextField

STRINGS: list[str] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
RAW = sys.argv[2] == "raw"
NEIGHBOUR = "RIGHT"
NOTICE_MOST = 60  # a toast is slow to mount: the long strings do without


class Hostile(OrderedApp[None]):
    CSS = """
    Static, Label { height: 1; width: 40; }
    #box { border: solid white; height: 3; width: 40; }
    Horizontal { height: 1; }
    RowList { height: 2; }
    OptionList { height: 3; }
    Input { border: none; height: 1; }
    """

    def compose(self) -> ComposeResult:
        yield Horizontal(Static(id="static", markup=False), Label(NEIGHBOUR))
        yield Label(id="label", markup=False)
        yield Static("x", id="box")
        yield Input(id="input")
        yield TextField(id="field")
        yield RowList([Column(8), Column(20, grows=True)], id="rows")
        yield OptionList(id="options", markup=False)
        yield KeyBar(id="keys")
        yield StatusBar(id="status")

    def on_mount(self) -> None:
        self.left = iter(STRINGS)
        self.call_after_refresh(self.next_string)

    def next_string(self) -> None:
        text = next(self.left, None)
        if text is None:
            self.query_one("#label", Label).update("ALL SHOWN")
            return
        content = text if RAW else data(text)
        self.query_one("#static", Static).update(content)
        self.query_one("#label", Label).update(content)
        box = self.query_one("#box", Static)
        with contextlib.suppress(Exception):  # a raw title is markup to Textual and may be refused
            box.border_title, box.border_subtitle = (text, text) if RAW else (data(text), data(text))
        for field in self.query(Input):
            field.value = text
        rows = self.query_one(RowList)
        rows.show([Row(1, (text, text)), Row(2, ("二", text))])
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_option(content or " ")
        self.query_one(KeyBar).show([KeyLabel("f9", text, "why")])
        self.query_one(StatusBar).show(SyncStatus(Part(text), (Part(text),)))
        if len(text) < NOTICE_MOST:
            self.clear_notifications()
            self.notify(text, title=text, markup=False)
        self.call_after_refresh(self.next_string)


if __name__ == "__main__":
    Hostile().run()
