"""The instant list: one frame from key to paint, whatever stands behind it.

It draws by `render_line` and repaints only the lines that changed. A field's own watcher may call `show` directly, so
list and letter come in the same frame. What people get wrong: `fetch` runs in the handler of a key unless the list is
told that it reads from disk; then it runs in a worker that the keys wait for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.quiet import KEYS_WAIT
from screens.safe_output import shown
from screens.widgets.row_cells import Column, line
from screens.widgets.row_window import Ask, Row, RowWindow

Fetch = Callable[[Ask], Sequence[Row]]

POINTER = ">"
LEAD = 4  # cells before the columns: pointer, digit and blanks
BAR = 1  # cell of the scrollbar
PICKED = 9  # rows that a digit can pick


class RowList(Widget, can_focus=True):
    """Rows in columns with a cursor. Enter opens, a digit picks the n-th row that is shown."""

    DEFAULT_CSS = """
    RowList { height: 1fr; }
    RowList > .row--cursor { text-style: reverse; }
    RowList > .row--late { text-style: bold; }
    RowList > .row--dim { text-style: dim; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row--cursor", "row--late", "row--dim", "row--bar"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "start", show=False),
        Binding("end", "end", show=False),
        Binding("enter", "open", show=False),
        *(Binding(str(number), f"pick({number})", show=False) for number in range(1, PICKED + 1)),
    ]

    @dataclass
    class Opened(Message):
        """A row was opened by Enter or by its digit."""

        row_list: RowList
        row: Row

        @property
        def control(self) -> RowList:
            """The list."""
            return self.row_list

    @dataclass
    class Moved(Message):
        """The cursor stands on another row, or on none."""

        row_list: RowList
        row: Row | None

        @property
        def control(self) -> RowList:
            """The list."""
            return self.row_list

    def __init__(
        self,
        columns: Sequence[Column],
        fetch: Fetch | None = None,
        *,
        from_disk: bool = False,
        digits_open: bool = False,
        numbered: bool = True,
        total: int | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.total = total  # of rows, where known: the scrollbar tells it
        self.window = RowWindow()
        self._fetch = fetch
        self._from_disk = from_disk
        self._digits_open = digits_open
        self._numbered = numbered  # a digit stands before each row that it picks
        self.driven = False  # by a field that has the keys: the row under the cursor stands out as if they were here
        self._asked: Ask | None = None
        self._drawn: list[tuple[Row | None, bool, bool]] = []
        self._was: Row | None = None

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.window.current

    def show(self, rows: Sequence[Row]) -> None:
        """Shows these rows and no others, from the next frame on."""
        self.window.show(rows)
        self._settle()

    def reload(self) -> None:
        """Reads anew from the start of the list."""
        self._asked = None
        self.window.reload()
        self._settle()

    def action_move(self, rows: int) -> None:
        """Moves the cursor by rows."""
        self.window.move(rows)
        self._settle()

    def action_page(self, pages: int) -> None:
        """Moves the cursor by screens."""
        self.action_move(pages * max(1, self.window.height - 1))

    def action_start(self) -> None:
        """Moves to the first row."""
        self.window.to_start()
        self._settle()

    def action_end(self) -> None:
        """Moves to the last row."""
        self.window.to_end()
        self._settle()

    def action_open(self) -> None:
        """Opens the row under the cursor."""
        if (row := self.current) is not None:
            self.post_message(self.Opened(self, row))

    def action_pick(self, number: int) -> None:
        """Moves to the n-th row that is shown, and opens it where digits open."""
        if not self.window.pick(number):
            self.app.bell()
            return
        self._settle()
        if self._digits_open:
            self.action_open()

    def on_resize(self) -> None:
        """The list has another height or width."""
        self.window.resize(self.size.height)
        self._drawn = []
        self._settle()

    def on_focus(self) -> None:
        """The list has the keys."""
        self._changed()

    def on_blur(self) -> None:
        """The keys are elsewhere."""
        self._changed()

    def render_line(self, y: int) -> Strip:
        """One row, cut to its cells."""
        width = self.size.width - BAR
        visible = self.window.visible
        if y >= len(visible):
            return Strip([Segment(" " * width, self.rich_style), Segment(self._bar(y), self.rich_style)])
        row, here = visible[y], self.window.top + y == self.window.cursor
        digit = str(y + 1) if y < PICKED and self._numbered else " "
        text = line([shown(cell) for cell in row.cells], self.columns, max(0, width - LEAD))
        whole = f"{POINTER if here else ' '}{digit}  "[:width] + text
        return Strip([Segment(whole, self._style(row, here=here)), Segment(self._bar(y), self.rich_style)])

    def _style(self, row: Row, *, here: bool) -> Style:
        style = self.get_component_rich_style(f"row--{row.tone}") if row.tone else self.rich_style
        return style + self.get_component_rich_style("row--cursor") if here and self._is_live else style

    @property
    def _is_live(self) -> bool:
        """Whether the keys move this cursor."""
        return bool(self.has_focus) or self.driven

    def _bar(self, y: int) -> str:
        """One cell of the scrollbar: where the shown rows are among all, as far as that is known."""
        window = self.window
        if not window.rows or (window.at_start and window.at_end and len(window.rows) <= window.height):
            return " "
        known = self.total or window.before + len(window.rows) + (0 if window.at_end else window.height)
        first = known - len(window.rows) + window.top if window.at_end else window.before + window.top
        size = max(1, window.height * window.height // max(1, known))
        place = (window.height - size) * first // max(1, known - window.height)
        return "#" if place <= y < place + size else "|"

    def _settle(self) -> None:
        """Fetches what is missing, then repaints what changed."""
        while self.is_mounted and self._fetch is not None and (ask := self.window.need()) is not None:
            if self._from_disk:
                self._ask_disk(ask)
                break
            self.window.give(ask, self._fetch(ask))
        self._changed()

    def _ask_disk(self, ask: Ask) -> None:
        if self._asked is None and self._fetch is not None:
            self._asked = ask
            read = partial(self._fetch, ask)
            self.run_worker(self._answered(ask, read), group=KEYS_WAIT)

    async def _answered(self, ask: Ask, read: Callable[[], Sequence[Row]]) -> None:
        rows = await asyncio.to_thread(read)
        self.call_next(self._given, ask, rows)

    def _given(self, ask: Ask, rows: Sequence[Row]) -> None:
        if self._asked is ask:
            self._asked = None
            self.window.give(ask, rows)
            self._settle()

    def _changed(self) -> None:
        """Repaints the lines that differ from what was drawn, and the scrollbar where it moved."""
        lines = self._lines()
        width, bar = self.size.width, self.size.width - BAR
        both = zip(lines, self._drawn, strict=True) if len(lines) == len(self._drawn) else None
        if both is None:
            self.refresh()
        else:
            regions = [
                Region(0, y, width, 1) if new[:2] != old[:2] else Region(bar, y, BAR, 1)
                for y, (new, old) in enumerate(both)
                if new != old
            ]
            if regions:
                self.refresh(*regions)
        self._drawn = lines
        self._tell()

    def _lines(self) -> list[Any]:
        window, focused = self.window, self._is_live
        rows = [*window.visible, *[None] * self.size.height][: self.size.height]
        here = window.cursor - window.top
        return [(row, (y == here, focused and y == here), self._bar(y)) for y, row in enumerate(rows)]

    def _tell(self) -> None:
        """Tells where the cursor is: to the page, and to an input method whose window stands there."""
        if self.has_focus:
            x, y, _, _ = self.content_region
            self.app.cursor_position = Offset(x, y + self.window.cursor - self.window.top)
        if self.current != self._was:
            self._was = self.current
            self.post_message(self.Moved(self, self.current))
