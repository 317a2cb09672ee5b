"""The bottom line with the keys of a page. A key that cannot be used now is marked and keeps its place and its reason.

Colour only repeats it: a `-` stands before a key that is off, so that the line reads the same without colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from screens.widgets.row_cells import fitted
from screens.widgets.wording import say

OFF = "-"


class KeyLabel(NamedTuple):
    """One key of the bar. `reason` is the id of the sentence that says why it is off; without it the key is on."""

    key: str  # as Textual names it: f9, ctrl+p
    label: str  # id of its word
    reason: str | None = None
    fields: Mapping[str, Any] = {}


class KeyBar(Widget):
    """One line of keys, always in the same places."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 1; }
    KeyBar > .key--off { text-style: dim; }
    """
    COMPONENT_CLASSES = {"key--off"}

    def __init__(self, keys: Sequence[KeyLabel] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys = tuple(keys)

    def show(self, keys: Sequence[KeyLabel]) -> None:
        """Shows these keys from the next frame on."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    @property
    def keys(self) -> tuple[KeyLabel, ...]:
        """The keys that are shown."""
        return self._keys

    def reason(self, key: str) -> str:
        """Why a key is off, in words; empty where it is on."""
        found = next((each for each in self._keys if each.key == key and each.reason), None)
        return say(self, found.reason or "", **found.fields) if found is not None else ""

    def render_line(self, y: int) -> Strip:
        """The keys that have room; the last one is cut with a mark."""
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        dim = self.get_component_rich_style("key--off")
        left, segments = self.size.width, []
        for each in self._keys:
            text = fitted(self._text(each), min(left, cell_len(self._text(each))))
            left -= cell_len(text)
            segments.append(Segment(text, self.rich_style + dim if each.reason else self.rich_style))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """A click on a key is that key."""
        end = 0
        for each in self._keys:
            end += cell_len(self._text(each))
            if event.x < end:
                self.app.simulate_key(each.key)
                return

    def _text(self, each: KeyLabel) -> str:
        return f"{OFF if each.reason else ' '}{key_name(each.key)}{say(self, each.label)}"


def key_name(key: str) -> str:
    """A key as it stands on the keyboard: F9, Ctrl+P, Esc."""
    parts = ["Esc" if part == "escape" else part.capitalize() for part in key.split("+")]
    return "+".join(parts)
