"""Text that is read: one line cut to its cells, a sentence broken by the rules of Chinese, a panel of labels and texts.

Markup in it means nothing, and what a terminal would obey is shown as a mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from screens.line_breaks import wrap
from screens.safe_output import shown
from screens.widgets.row_cells import fitted

GAP = 2  # cells between a label and its text
LABEL_MOST = 12  # cells of a label in a panel


class TextLine(Widget):
    """One line of text, cut to its cells."""

    DEFAULT_CSS = "TextLine { height: 1; }"

    def __init__(self, left: str = "", right: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._left, self._right = left, right

    def say(self, left: str, right: str = "") -> None:
        """Shows this from the next frame on."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    @property
    def text(self) -> str:
        """What it says."""
        return self._left

    def render_line(self, y: int) -> Strip:
        """Left part, blanks, right part."""
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        right = shown(self._right)
        right = f" {right}" if right else ""
        left = fitted(shown(self._left), max(0, self.size.width - cell_len(right)))
        return Strip([Segment(left + right, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)


class Sentence(Widget):
    """A sentence in as many lines as it needs, up to the height that its style allows."""

    DEFAULT_CSS = "Sentence { height: auto; min-height: 1; max-height: 3; }"

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text = text

    def say(self, text: str) -> None:
        """Shows this from the next frame on."""
        if text != self._text:
            before, self._text = self._lines(self.size.width), text
            self.refresh(layout=len(before) != len(self._lines(self.size.width)))

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """As many lines as the text has in this width."""
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        """One of its lines."""
        lines = self._lines(self.size.width)
        text = fitted(lines[y] if y < len(lines) else "", self.size.width)
        return Strip([Segment(text, self.rich_style)])

    def _lines(self, width: int) -> list[str]:
        return wrap(shown(self._text), max(1, width), cell_len)


class Fact(NamedTuple):
    """A label and what it names; a fact without a label is a line of its own. `loud` stands out."""

    label: str
    text: str
    loud: bool = False


class Facts(Widget):
    """Labels and texts below each other, broken to the width; what has no room is told by a mark in the last line."""

    DEFAULT_CSS = """
    Facts { height: 1fr; }
    Facts > .fact--label { text-style: dim; }
    Facts > .fact--loud { text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"fact--label", "fact--loud"}
    MORE = "…"

    def __init__(self, facts: Sequence[Fact] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._facts = tuple(facts)

    def show(self, facts: Sequence[Fact]) -> None:
        """Shows these from the next frame on; only where the height follows the text the page is laid out anew."""
        if tuple(facts) != self._facts:
            self._facts = tuple(facts)
            self.refresh(layout=self.styles.height is not None and self.styles.height.is_auto)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is shown."""
        return self._facts

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """As many lines as the facts have in this width, where the style says auto."""
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        """One line of one fact."""
        width, lines = self.size.width, self._lines(self.size.width)
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        label, text, loud = lines[y]
        if y == self.size.height - 1 and len(lines) > self.size.height:
            text = self.MORE
        look: Any = self.get_component_rich_style("fact--loud") if loud else self.rich_style
        dim = self.get_component_rich_style("fact--label")
        return Strip([Segment(label, dim), Segment(text, look)]).adjust_cell_length(width, self.rich_style)

    def _lines(self, width: int) -> list[tuple[str, str, bool]]:
        """Every line as label, text and whether it stands out."""
        room = min(LABEL_MOST, max((cell_len(shown(fact.label)) for fact in self._facts), default=0))
        lead = room + GAP if room else 0
        found: list[tuple[str, str, bool]] = []
        for fact in self._facts:
            alone = not fact.label
            texts = wrap(shown(fact.text), max(1, width - (0 if alone else lead)), cell_len)
            head = "" if alone else fitted(shown(fact.label), room) + " " * GAP
            found += [
                (head if not place else " " * cell_len(head), text, fact.loud) for place, text in enumerate(texts)
            ]
        return found
