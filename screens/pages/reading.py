"""What pages that are read have in common: lines under a cursor, nothing to type, the receipt one key away."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row

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


class PrintablePage(ReadingPage):
    """A page of one case, whose receipt is one key away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+p", "receipt", show=False)]
    case_id: str = ""

    def action_receipt(self) -> None:
        """Shows the receipt, ready to print."""
        self.app.open("receipt", self.case_id)  # type: ignore[attr-defined]
