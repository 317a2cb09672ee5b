"""A paper on the screen, as it will be printed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.pages.reading import ReadingPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row

A4_COLUMNS, PAPER_COLUMNS_LEAST, MARGIN_CELLS = 80, 32, 8  # cells: the paper, the narrowest, what stands beside it


class PaperPage(ReadingPage):
    """A paper as it will be printed; Ctrl+P again prints it."""

    title_id = "paper_page.title"
    keys: ClassVar[tuple[KeyLabel, ...]] = (KeyLabel("ctrl+p", "key.print"), KeyLabel("escape", "key.back"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+p", "print", show=False)]

    def __init__(self, doc: str, case_id: str) -> None:
        super().__init__()
        self._doc, self._case_id = doc, case_id

    def body(self) -> ComposeResult:
        """The lines, in one column."""
        yield RowList((Column(40, grows=True),), id="lines")

    async def begin(self) -> None:
        """Draws it for the width of this terminal."""
        columns = min(A4_COLUMNS, max(PAPER_COLUMNS_LEAST, self.size.width - MARGIN_CELLS))
        lines = await self.asked(self.counter.paper, self._doc, self._case_id, self.words, columns)
        if lines is not None:
            self.query_one("#lines", RowList).show([Row(place, (line,)) for place, line in enumerate(lines)])
            self.query_one("#lines").focus()

    async def action_print(self) -> None:
        """Prints it."""
        printer = await self.asked(self.counter.print, self._doc, self._case_id, self.words)
        if printer is not None:
            self.tell(self.words.say("paper_page.printed", printer=printer))
