"""A field for text that shows what was typed, where it was typed.

An input method opens its window at the caret, so `cursor_position` is the caret's cell, exactly, also where the text is
wider than the field. The field scrolls itself: Textual's own way needs a second frame for each key. What people get
wrong: check digits are checked on leaving, never while typing; a wrong field clears its sentence at the next key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from screens.safe_output import is_hidden, mark_of
from screens.widgets.row_cells import fitted
from screens.widgets.row_list import RowList
from screens.widgets.wording import say

Check = Callable[[str], str | None]  # the sentence about what is wrong with a value, or None

LIST_KEYS = {"up": ("move", -1), "down": ("move", 1), "pageup": ("page", -1), "pagedown": ("page", 1)}
PASTE_MOST = 4_096  # characters of a paste: more is no field's, and is refused whole


class TextField(Input):
    """One line of text, with a sentence below it where something is wrong."""

    DEFAULT_CSS = """
    TextField, TextField:focus { border: none; height: 1; padding: 0; }
    TextField.-told { height: 2; }
    """

    @dataclass
    class Completed(Message):
        """A field of fixed length is full and its check passes: the next one may have the keys."""

        field: TextField

        @property
        def control(self) -> TextField:
            """The field."""
            return self.field

    def __init__(
        self,
        value: str = "",
        *,
        check: Check | None = None,
        fixed_length: int = 0,
        instantly: Callable[[str], None] | None = None,
        drives: RowList | None = None,
        **options: Any,
    ) -> None:
        self.sentence = ""  # below the field
        self._check = check
        self._fixed_length = fixed_length
        self._instantly = instantly
        self._drives = drives
        if drives is not None:
            drives.driven = True
        self._left = 0  # cells of the text left of the field
        super().__init__(value, max_length=options.pop("max_length", fixed_length), compact=True, **options)
        self.cursor_blink = False
        self.validate_on = set()

    def look_over(self) -> bool:
        """Checks the value now. True if there is nothing to say against it."""
        wrong = self._check(self.value) if self._check is not None else None
        self.tell(wrong or "")
        return not wrong

    def tell(self, sentence: str) -> None:
        """Shows a sentence below the field; an empty one takes the line away."""
        if sentence != self.sentence:
            self.sentence = sentence
            self.set_class(bool(sentence), "-told")
            self.refresh(layout=True)

    def replace(self, text: str, start: int, end: int) -> None:
        """Every change by hand comes through here."""
        before = self.value
        super().replace(text, start, end)
        if self.value != before and text and self._is_complete():
            self.post_message(self.Completed(self))

    def _is_complete(self) -> bool:
        full = self._fixed_length and len(self.value) == self._fixed_length and self.cursor_at_end
        return bool(full) and (self._check is None or self._check(self.value) is None)

    def on_key(self, event: events.Key) -> None:
        """Keys for the list that this field searches."""
        if self._drives is not None and event.key in LIST_KEYS:
            verb, much = LIST_KEYS[event.key]
            getattr(self._drives, f"action_{verb}")(much)
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Takes all lines, joined; says so. What does not fit is refused whole: half a number is a wrong number."""
        event.stop()
        event.prevent_default()
        if len(event.text) > PASTE_MOST:
            self._refuse_paste()
            return
        lines = event.text.splitlines()
        joined = " ".join(part for line in lines if (part := line.strip()))
        text = "".join(" " if char == "\t" else char for char in joined if char == "\t" or not is_hidden(char))
        start, end = sorted(self.selection)
        if self.max_length and len(self.value) - (end - start) + len(text) > self.max_length:
            self._refuse_paste()
            return
        self.replace(text, start, end)
        if len(lines) > 1:
            self.tell(say(self, "field.paste_joined", lines=len(lines)))
        elif text != joined:
            self.tell(say(self, "field.paste_cleaned"))

    def _refuse_paste(self) -> None:
        self.restricted()
        self.tell(say(self, "field.paste_refused", maximum=self.max_length or PASTE_MOST))

    def on_blur(self) -> None:
        """Leaving the field is when it is checked."""
        if self._check is not None:
            self.look_over()
        self.refresh()

    def _watch_value(self, value: str) -> None:
        self.tell("")
        if self._initial_value:
            self._initial_value = False
            self.cursor_position = len(value)
        else:
            self.selection = self.selection
        self._follow()
        if self._instantly is not None:
            self._instantly(value)
        self.post_message(self.Changed(self, value, None))

    def _watch_selection(self, _selection: Any) -> None:
        self._follow()

    def on_resize(self) -> None:
        """The field has another width."""
        self._follow()

    @property
    def area(self) -> Region:
        """The cells of the text inside the widget."""
        return Region(0, 0, self.size.width, 1)

    def _follow(self) -> None:
        """Keeps the caret inside the field and tells the input method where it is."""
        width = self.area.width
        caret = self._position_to_cell(self.cursor_position)
        if width:
            under = max(1, self._position_to_cell(self.cursor_position + 1) - caret)
            self._left = min(max(self._left, caret - width + under), caret)
            self._left = max(0, min(self._left, self._position_to_cell(len(self.value)) + 1 - width))
        if self.is_attached and self.has_focus:
            self.app.cursor_position = self.cursor_screen_offset
        self.refresh()

    def _position_to_cell(self, position: int) -> int:
        if self.password:
            return position
        return cell_len("".join(map(mark_of, self.value[:position])))

    def _cell_offset_to_index(self, offset: int) -> int:
        ends = (self._position_to_cell(place + 1) for place in range(len(self.value)))
        cell = offset - self.area.x + self._left
        return next((place for place, end in enumerate(ends) if cell < end), len(self.value))

    @property
    def cursor_screen_offset(self) -> Offset:
        """The cell of the caret on the screen."""
        caret = Offset(self._position_to_cell(self.cursor_position) - self._left, 0)
        return self.content_region.offset + self.area.offset + caret

    def render_line(self, y: int) -> Strip:
        """The text, or the sentence below it."""
        width, style = self.size.width, self.rich_style
        if y or not width:
            return Strip([Segment(fitted(f"! {self.sentence}" if y == 1 and self.sentence else "", width), style)])
        return self.text_strip(width)

    def text_strip(self, width: int) -> Strip:
        """What was typed, as far as it is in the field; its hint where nothing was."""
        style = self.rich_style
        if not self.value and not self.has_focus:
            hint = self.get_component_rich_style("input--placeholder")
            return Strip([Segment(fitted(self.placeholder, width), hint)])
        text = Strip([Segment(text, style + look) for text, look in self._pieces()])
        return text.crop(self._left, self._left + width).adjust_cell_length(width, style)

    def _pieces(self) -> list[tuple[str, Any]]:
        """The text as shown, cut where the look changes: at the selection and around the caret."""
        chars = [*("•" if self.password else mark_of(char) for char in self.value), " "]
        if not self.has_focus:
            return [("".join(chars), self.rich_style)]
        caret = self.cursor_position
        first, last = sorted(self.selection)
        cuts = sorted({0, first, last, caret, caret + 1, len(chars)})
        return [("".join(chars[cut:end]), self._look(cut, first, last)) for cut, end in pairwise(cuts)]

    def _look(self, place: int, first: int, last: int) -> Any:
        """How the text from a place on looks: as the caret, as what is chosen, or as the field."""
        if place == self.cursor_position:
            return self.get_component_rich_style("input--cursor")
        return self.get_component_rich_style("input--selection") if first <= place < last else self.rich_style
