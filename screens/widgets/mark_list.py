"""A list whose digits mark the row under the cursor instead of picking one: what came, and in which form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from screens.widgets.row_list import PICKED, RowList
from screens.widgets.row_window import Row

TOGGLE = 0  # space: as it usually is, or back
CLEAR = -1


class MarkList(RowList):
    """Rows that are marked by digits; space marks as usual and takes back, backspace takes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"mark({number})", show=False) for number in range(1, PICKED + 1)),
        Binding("space", f"mark({TOGGLE})", show=False),
        Binding("backspace,delete", f"mark({CLEAR})", show=False),
    ]

    @dataclass
    class Marked(Message):
        """The row under the cursor was marked."""

        row: Row
        mark: int

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, numbered=False, **options)

    def action_mark(self, mark: int) -> None:
        """Marks the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Marked(self.current, mark))

    def put(self, rows: list[Row], down: int = 0) -> None:
        """Shows the same rows with other marks; the cursor stays, or goes down so many rows."""
        place = self.window.cursor + down
        self.show(rows)
        self.action_move(place)
