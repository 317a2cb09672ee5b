"""A field of a form for text: brackets show how far it reaches, an aside beside it says what is known of the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from screens.safe_output import shown
from screens.widgets.form_row import LEAD, FormRow
from screens.widgets.row_cells import fitted
from screens.widgets.text_field import Check, TextField

BRACKETS = "[", "]"
CELLS_LEAST = 8  # of a field beside a long aside

Changed = Callable[[str, str], None]  # a path and its text, at every letter


class TextShape(NamedTuple):
    """What a text may be like. A text of `fixed_length` that begins with `begins` and is right is complete."""

    max_length: int
    fixed_length: int = 0
    begins: str = ""
    cells: int = 0  # of the field; 0 for all that there is
    hint: str = ""


class EntryField(TextField, FormRow):
    """One line of text in a form. Textual takes looks and keys from the first class alone: that is the field's."""

    DEFAULT_CSS = "EntryField, EntryField:focus, EntryField.-textual-compact { height: auto; }"
    tell = FormRow.tell
    render_line = FormRow.render_line
    get_content_height = FormRow.get_content_height

    def __init__(self, value: str, shape: TextShape, *, check: Check, changed: Changed) -> None:
        self._shape = shape
        self._aside = ""
        TextField.__init__(
            self,
            value,
            check=check,
            fixed_length=shape.fixed_length,
            max_length=shape.max_length,
            placeholder=shape.hint,
        )
        self._changed = changed

    def name_row(self, path: str, label: str, *, required: bool) -> None:
        """What this field is."""
        FormRow.name_row(self, path, label, required=required)
        self._instantly = partial(self._changed, path)

    @property
    def aside(self) -> str:
        """What is known of the text."""
        return self._aside

    def say_aside(self, text: str) -> None:
        """Says beside the field what is known of its text."""
        if text != self._aside:
            self._aside = text
            self._follow()

    def tell_caret(self) -> None:
        """An input method opens its window at the caret."""
        self._follow()

    def fill(self, text: str) -> None:
        """Shows a text that was not typed here; with the keys in it, typing replaces it."""
        if text != self.value:
            self.value = text
            if self.has_focus:
                self.action_select_all()

    def action_submit(self) -> None:  # type: ignore[override]  # nothing here is validated by Textual
        """Enter: the field is done."""
        self.post_message(self.Done(self))

    def control_lines(self, width: int) -> int:  # noqa: ARG002 - a text is one line at any width
        """One."""
        return 1

    def control(self, y: int, width: int) -> Strip:  # noqa: ARG002 - a text is one line
        """The text between its brackets, and the aside."""
        left, right = BRACKETS
        text = self.text_strip(self.area.width)
        aside = f" {shown(self._aside)}" if self._aside else ""
        return Strip([Segment(left, self.rich_style), *text, Segment(f"{right}{aside}", self.rich_style)])

    @property
    def area(self) -> Region:
        """The cells between the brackets."""
        aside = cell_len(shown(self._aside)) + 1 if self._aside else 0
        room = self.size.width - LEAD - len(BRACKETS) - aside
        wanted = self._shape.cells or 2 * self._shape.max_length + 1
        return Region(LEAD + 1, self.above, max(CELLS_LEAST, min(room, wanted)), 1)

    def text_strip(self, width: int) -> Strip:
        """The text; a hint also under the caret, while nothing is typed."""
        if self.value or not self.has_focus:
            return super().text_strip(width)
        caret, hint = (self.get_component_rich_style(f"input--{name}") for name in ("cursor", "placeholder"))
        return Strip([Segment(" ", caret), Segment(fitted(self.placeholder, width - 1), hint)])

    def _is_complete(self) -> bool:
        return self.value.startswith(self._shape.begins) and super()._is_complete()
