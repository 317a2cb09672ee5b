"""One choice of a few on one line: a digit picks, the arrows and space go on, brackets stand around what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.widgets.row_cells import fitted

PICKED = 9  # choices that a digit can pick


class ChoiceLine(Widget, can_focus=True):
    """Values with their labels; one of them is always chosen."""

    DEFAULT_CSS = """
    ChoiceLine { height: 1; }
    ChoiceLine > .choice--focused { text-style: reverse; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice--focused"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right,space", "move(1)", show=False),
        Binding("enter", "submit", show=False),
        *(Binding(str(number), f"pick({number})", show=False) for number in range(1, PICKED + 1)),
    ]

    @dataclass
    class Submitted(Message):
        """Enter: the next field may have the keys."""

        line: ChoiceLine

        @property
        def control(self) -> ChoiceLine:
            """The line."""
            return self.line

    def __init__(self, choices: Sequence[tuple[str, str]], value: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._choices = tuple(choices)
        self._place = next((place for place, each in enumerate(self._choices) if each[0] == value), 0)

    @property
    def value(self) -> str:
        """What is chosen."""
        return self._choices[self._place][0]

    def choose(self, value: str) -> None:
        """Chooses a value; an unknown one changes nothing."""
        places = [place for place, each in enumerate(self._choices) if each[0] == value]
        if places:
            self._go(places[0])

    def action_move(self, by: int) -> None:
        """To the next or the last one, around the ends."""
        self._go((self._place + by) % len(self._choices))

    def action_pick(self, number: int) -> None:
        """Chooses the n-th."""
        if number > len(self._choices):
            self.app.bell()
        else:
            self._go(number - 1)

    def action_submit(self) -> None:
        """Goes on."""
        self.post_message(self.Submitted(self))

    def on_focus(self) -> None:
        """The line has the keys."""
        x, y, _, _ = self.content_region
        self.app.cursor_position = Offset(x, y)
        self.refresh()

    def on_blur(self) -> None:
        """The keys are elsewhere."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Every choice with its digit."""
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        look = self.get_component_rich_style("choice--focused") if self.has_focus else self.rich_style
        segments = []
        for place, (_value, label) in enumerate(self._choices):
            here = place == self._place
            text = f"[{place + 1} {label}]" if here else f" {place + 1} {label} "
            segments.append(Segment(text, look if here else self.rich_style))
        strip = Strip(segments)
        if strip.cell_length > self.size.width:
            return Strip([Segment(fitted(strip.text, self.size.width), self.rich_style)])
        return strip.adjust_cell_length(self.size.width, self.rich_style)

    def _go(self, place: int) -> None:
        if place != self._place:
            self._place = place
            self.refresh()
