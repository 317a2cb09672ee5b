"""The line above the keys: how this station stands with the hub. It is told, it never looks itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from screens.safe_output import shown
from screens.widgets.row_cells import fitted
from screens.widgets.wording import say

BETWEEN = " | "


class Part(NamedTuple):
    """One thing that the line says: the id of its sentence and what stands in it."""

    id: str
    fields: Mapping[str, Any] = {}


class SyncStatus(NamedTuple):
    """What the line says: the state in brackets, then the parts, the most important first."""

    state: Part
    parts: tuple[Part, ...] = ()


class StatusBar(Widget):
    """One line; what has no room is cut with a mark."""

    DEFAULT_CSS = "StatusBar { dock: bottom; height: 1; }"

    def __init__(self, status: SyncStatus | None = None, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._status = status

    def show(self, status: SyncStatus) -> None:
        """Shows this from the next frame on."""
        if status != self._status:
            self._status = status
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The whole line."""
        text = self._text(self._status) if self._status is not None and not y else ""
        return Strip([Segment(fitted(text, self.size.width), self.rich_style)])

    def _text(self, status: SyncStatus) -> str:
        said = [say(self, part.id, **part.fields) for part in status.parts]
        return shown(f" [{say(self, status.state.id, **status.state.fields)}] {BETWEEN.join(said)}")
