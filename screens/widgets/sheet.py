"""A paper on the screen: its lines in a frame of its own width; the arrows and pages move it where it is longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.strip import Strip
from textual.widget import Widget

from screens.safe_output import shown
from screens.widgets.row_cells import fitted

MARGIN = 1  # blank column on each side of the text
FRAME = 2  # columns of the frame
SIDES = FRAME + 2 * MARGIN  # columns that a paper takes beside its text


class Sheet(Widget, can_focus=True):
    """The lines of a paper, as many as have room from the one on top."""

    DEFAULT_CSS = "Sheet { border: ascii $foreground 60%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "to(0)", show=False),
        Binding("end", "to(1)", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: tuple[str, ...] = ()
        self._top = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole paper."""
        return self._lines

    def show(self, lines: Sequence[str], columns: int) -> None:
        """Shows this paper from its top, so many columns wide."""
        self._lines, self._top = tuple(lines), 0
        self.styles.width = columns + SIDES
        self._moved()

    def action_move(self, by: int) -> None:
        """Moves by lines, as far as there are more."""
        self._top = max(0, min(self._top + by, len(self._lines) - self.size.height))
        self._moved()

    def action_page(self, by: int) -> None:
        """Moves by what is seen at once."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_to(self, last: int) -> None:
        """Moves to the first or the last line."""
        self.action_move(len(self._lines) if last else -len(self._lines))

    def on_resize(self) -> None:
        """The paper has another height."""
        self.action_move(0)

    def on_focus(self) -> None:
        """The paper has the keys."""
        self.app.cursor_position = Offset(*self.content_region.offset)

    def render_line(self, y: int) -> Strip:
        """One line of the paper."""
        place = self._top + y
        text = shown(self._lines[place]) if place < len(self._lines) else ""
        return Strip([Segment(" " * MARGIN + fitted(text, max(0, self.size.width - MARGIN)), self.rich_style)])

    def _moved(self) -> None:
        """Says below which lines are seen."""
        last = min(len(self._lines), self._top + self.size.height)
        self.border_subtitle = f"{self._top + 1}-{last}/{len(self._lines)}" if self._lines else ""
        self.refresh()
