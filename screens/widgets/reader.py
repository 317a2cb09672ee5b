"""Labels and texts to be read, longer than the window: whole texts, broken by the rules of Chinese, and keys that move.

It draws by lines and moves in one frame. What is above and below is told by `place`, for the page to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.line_breaks import wrap
from screens.safe_output import shown
from screens.widgets.row_cells import fitted
from screens.widgets.text_lines import GAP, Fact


class Reader(Widget, can_focus=True):
    """Facts below each other; labels in a column of at most so many cells."""

    DEFAULT_CSS = """
    Reader { height: 1fr; }
    Reader > .reader--label { text-style: dim; }
    Reader > .reader--loud { text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"reader--label", "reader--loud"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "to(0)", show=False),
        Binding("end", "to(1)", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Other lines are seen."""

        reader: Reader

    def __init__(self, *, label_cells: int, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._label_cells = label_cells
        self._facts: tuple[Fact, ...] = ()
        self._top = 0

    def show(self, facts: Sequence[Fact], label_cells: int, *, stay: bool = False) -> None:
        """Shows these facts from their top, or where the reader was."""
        self._facts, self._label_cells = tuple(facts), label_cells
        self._top = self._top if stay else 0
        self.action_move(0)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is shown."""
        return self._facts

    @property
    def place(self) -> tuple[int, int, int]:
        """The first and the last line that is seen, and how many there are."""
        count = len(self._lines())
        return self._top + 1, min(count, self._top + self.size.height), count

    def action_move(self, by: int) -> None:
        """Moves by lines, as far as there are more."""
        self._top = max(0, min(self._top + by, len(self._lines()) - self.size.height))
        self.post_message(self.Moved(self))
        self.refresh()

    def action_page(self, by: int) -> None:
        """Moves by what is seen at once."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_to(self, last: int) -> None:
        """To the first or the last line."""
        self.action_move(len(self._lines()) * (1 if last else -1))

    def on_resize(self) -> None:
        """Other lines have room."""
        self.action_move(0)

    def on_focus(self) -> None:
        """It has the keys."""
        self.app.cursor_position = Offset(*self.content_region.offset)

    def render_line(self, y: int) -> Strip:
        """One line of one fact."""
        width, lines = self.size.width, self._lines()
        if self._top + y >= len(lines):
            return Strip.blank(width, self.rich_style)
        label, text, loud = lines[self._top + y]
        look: Any = self.get_component_rich_style("reader--loud") if loud else self.rich_style
        dim = self.get_component_rich_style("reader--label")
        return Strip([Segment(label, dim), Segment(text, look)]).adjust_cell_length(width, self.rich_style)

    def _lines(self) -> list[tuple[str, str, bool]]:
        """Every line as label, text and whether it stands out."""
        found: list[tuple[str, str, bool]] = []
        room = min(self._label_cells, max((cell_len(shown(fact.label)) for fact in self._facts), default=0))
        for fact in self._facts:
            found += self._fact(fact, room)
        return found

    def _fact(self, fact: Fact, room: int) -> list[tuple[str, str, bool]]:
        """The lines of one fact; a label that is too long is broken too."""
        if not fact.label:
            return [("", text, fact.loud) for text in wrap(shown(fact.text), max(1, self.size.width), cell_len)]
        labels = wrap(shown(fact.label), max(1, room), cell_len)
        texts = wrap(shown(fact.text), max(1, self.size.width - room - GAP), cell_len)
        return [
            (
                fitted(labels[place] if place < len(labels) else "", room) + " " * GAP,
                texts[place] if place < len(texts) else "",
                fact.loud,
            )
            for place in range(max(len(labels), len(texts)))
        ]
