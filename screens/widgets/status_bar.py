"""The line above the keys: how this station stands with the hub. It is told, it never looks itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from screens.safe_output import shown
from screens.widgets.row_cells import fitted
from screens.widgets.wording import say

BETWEEN = " | "
METER_CELLS = 10
FULL, EMPTY = "#", "-"


class Part(NamedTuple):
    """One thing that is said: the id of its sentence and what stands in it, other parts among it."""

    id: str
    fields: Mapping[str, Any] = {}


class Meter(NamedTuple):
    """How far something has come. Where nobody knows, a mark goes on a cell a beat: it lives."""

    share: float | None
    beat: int = 0


class SyncStatus(NamedTuple):
    """What the line says: the state in brackets, how far it has come, then the parts, the most important first."""

    state: Part
    parts: tuple[Part, ...] = ()
    meter: Meter | None = None


class StatusBar(Widget):
    """One line; a part that has no room is left out, and those behind it."""

    DEFAULT_CSS = "StatusBar { dock: bottom; height: 1; }"

    def __init__(self, status: SyncStatus | None = None, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._status = status

    def show(self, status: SyncStatus) -> None:
        """Shows this from the next frame on."""
        if status != self._status:
            self._status = status
            self.refresh()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text(self._status) if self._status is not None else ""

    def render_line(self, y: int) -> Strip:
        """The whole line."""
        return Strip([Segment(fitted("" if y else self.text, self.size.width), self.rich_style)])

    def _text(self, status: SyncStatus) -> str:
        text = f" [{self._said(status.state)}] "
        between = BETWEEN
        if status.meter is not None:
            text, between = f"{text}{drawn(status.meter, METER_CELLS)} ", "  "
        for place, part in enumerate(status.parts):
            more = (between if place else "") + self._said(part)
            if place and cell_len(text + more) > self.size.width:
                break
            text += more
        return text

    def _said(self, part: Part) -> str:
        return shown(said(self, part))


def said(widget: Widget, part: Part) -> str:
    """The words of a part."""
    fields = {name: said(widget, each) if isinstance(each, Part) else each for name, each in part.fields.items()}
    return say(widget, part.id, **fields)


def drawn(meter: Meter, cells: int) -> str:
    """A meter in plain ASCII. Full only where it is over."""
    if meter.share is None:
        place = meter.beat % cells
        return f"[{EMPTY * place}{FULL}{EMPTY * (cells - place - 1)}]"
    full = cells if meter.share >= 1 else int(meter.share * cells)
    return f"[{FULL * full}{EMPTY * (cells - full)}]"
