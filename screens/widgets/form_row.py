"""A field of a form in one widget: a pointer where the keys are, its label, what was filled in, a sentence below.

One widget a row and no children: a page of fourteen fields opens in a few frames. A label that is too long stands above
its field, whole; a sentence has as many lines as it needs.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.line_breaks import wrap
from screens.safe_output import shown
from screens.widgets.row_cells import fitted

LABEL_CELLS = 22
LEAD = 1 + LABEL_CELLS + 2  # pointer, label, star and a blank
POINTER, STAR = ">", "*"
TELL = "! "
SENTENCE_LINES_MOST = 3


class FormRow(Widget):
    """What every field of a form has. Subclasses say how many lines they take and draw them."""

    @dataclass
    class Left(Message):
        """The keys have left this field."""

        row: FormRow

    @dataclass
    class Done(Message):
        """Enter, or a choice that needs no second look: the next field may have the keys."""

        row: FormRow

    path = ""
    sentence = ""
    _label = ""
    _required = False

    def name_row(self, path: str, label: str, *, required: bool) -> None:
        """What this field is: `path` for the page, `label` for people."""
        self.path, self._label, self._required = path, shown(label), required

    def tell(self, sentence: str) -> None:
        """Shows a sentence below the field; an empty one takes it away."""
        if sentence != self.sentence:
            self.sentence = sentence
            self.refresh(layout=True)
            self.call_after_refresh(self._anchor_focused)

    def tell_caret(self) -> None:
        """Tells an input method where the keys are: the field may have moved under it."""
        raise NotImplementedError

    def _anchor_focused(self) -> None:
        focused = self.app.focused if self.is_attached else None
        if isinstance(focused, FormRow):
            focused.tell_caret()

    def control_lines(self, width: int) -> int:
        """How many lines the field itself has in a row of this width."""
        raise NotImplementedError

    def control(self, y: int, width: int) -> Strip:
        """One line of the field itself, right of the label; `width` is of the whole row."""
        raise NotImplementedError

    def on_focus(self) -> None:
        """The pointer stands here."""
        self.refresh()

    def on_blur(self) -> None:
        """The pointer goes on."""
        self.refresh()
        self.post_message(self.Left(self))

    @property
    def above(self) -> int:
        """Lines of a label that stands above its field."""
        return len(self._label_lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Label, field and sentence."""
        return len(self._label_lines(width)) + self.control_lines(width) + len(self._told(width))

    def render_line(self, y: int) -> Strip:
        """A line of the label, of the field or of the sentence."""
        width, labels = self.size.width, self._label_lines(self.size.width)
        if y < len(labels):
            return self._line(fitted(f"{self._pointer if not y else ' '}{labels[y]}", width), width)
        y -= len(labels)
        if y < self.control_lines(width):
            lead = Segment(self._lead(beside=not labels and not y), self.rich_style)
            return Strip([lead, *self.control(y, width)]).adjust_cell_length(width, self.rich_style)
        told = self._told(width)
        y -= self.control_lines(width)
        return self._line(" " * LEAD + told[y] if y < len(told) else "", width)

    @property
    def _pointer(self) -> str:
        return POINTER if self.has_focus else " "

    def _lead(self, *, beside: bool) -> str:
        if not beside:
            return " " * LEAD
        return f"{self._pointer}{fitted(self._label, LABEL_CELLS)}{STAR if self._required else ' '} "

    def _label_lines(self, width: int) -> list[str]:
        """The lines of a label that does not fit beside its field."""
        if cell_len(self._label) <= LABEL_CELLS:
            return []
        return wrap(self._label + (STAR if self._required else ""), max(1, width - 2), cell_len)

    def _told(self, width: int) -> list[str]:
        if not self.sentence:
            return []
        return wrap(TELL + shown(self.sentence), max(1, width - LEAD), cell_len)[:SENTENCE_LINES_MOST]

    def _line(self, text: str, width: int) -> Strip:
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(width, self.rich_style)
