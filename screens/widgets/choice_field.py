"""A field of a form with answers to pick from: a digit picks, space takes the next, brackets show what is picked.

Answers that need more than two lines stand in a list of their own, which the page opens; digits pick them all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.strip import Strip

from screens.safe_output import shown
from screens.widgets.form_row import LEAD, FormRow
from screens.widgets.row_cells import fitted
from screens.widgets.wording import say

LINES_MOST = 2
DIGITS = 9  # answers that a digit can pick
BETWEEN_SHOWN = "、"

Changed = Callable[[str, str], None]  # a path and its text


class Answer(NamedTuple):
    """One answer: what is kept, and what people read."""

    value: str
    label: str


class ChoiceField(FormRow, can_focus=True):
    """One answer of a few, or several of them."""

    DEFAULT_CSS = "ChoiceField { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", show=False),
        Binding("backspace,delete", "clear", show=False),
    ]

    def __init__(self, value: str, answers: Sequence[Answer], *, several: str, preset: str, changed: Changed) -> None:
        """`several` stands between values where more than one may be picked; empty where only one may."""
        super().__init__()
        self._value, self._preset, self._several, self._changed = value, preset, several, changed
        self._answers = [Answer(each.value, shown(each.label)) for each in answers]

    @property
    def value(self) -> str:
        """What is kept: a value, or several with what stands between them."""
        return self._value

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What can be picked."""
        return tuple(self._answers)

    @property
    def several(self) -> bool:
        """Whether more than one may be picked."""
        return bool(self._several)

    @property
    def picked(self) -> list[str]:
        """The values that are picked, or the one that stands there until another is."""
        text = self._value or self._preset
        return [part for part in text.split(self._several) if part] if self._several else [text] if text else []

    def fill(self, text: str) -> None:
        """Shows what was picked elsewhere."""
        if text != self._value:
            self._value = text
            self.refresh(layout=True)

    def pick(self, value: str) -> None:
        """Picks an answer; where several may be picked, the same again takes it back."""
        self.put([*(set(self.picked) ^ {value})] if self._several else [value])

    def put(self, values: Sequence[str]) -> None:
        """Picks these answers, in their order, and no others."""
        text = self._several.join(each.value for each in self._answers if each.value in values)
        if text != self._value:
            self.fill(text)
            self._changed(self.path, text)

    def on_key(self, event: events.Key) -> None:
        """A digit picks and, where one is enough, goes on; other letters mean nothing here."""
        if not event.is_printable:
            return
        event.stop()
        event.prevent_default()
        if event.key == "space":
            self._next()
        elif event.character and event.character in "123456789"[: len(self._answers)]:
            self.pick(self._answers[int(event.character) - 1].value)
            if not self._several:
                self.post_message(self.Done(self))
        else:
            self.app.bell()

    def on_paste(self, event: events.Paste) -> None:
        """Nothing is pasted into answers."""
        event.stop()
        self.app.bell()

    def action_done(self) -> None:
        """Enter: as it stands."""
        self.post_message(self.Done(self))

    def action_clear(self) -> None:
        """Nothing is picked any more."""
        if self._value:
            self.fill("")
            self._changed(self.path, "")

    def _next(self) -> None:
        """The answer after the one that is picked, and after the last one the first."""
        values = [each.value for each in self._answers]
        place = values.index(self.picked[0]) + 1 if self.picked and self.picked[0] in values else 0
        if values and not self._several:
            self.pick(values[place % len(values)])

    def on_focus(self) -> None:
        """The keys are here."""
        self.tell_caret()

    def tell_caret(self) -> None:
        """An input method opens its window at the answers."""
        self.app.cursor_position = self.content_region.offset + Offset(LEAD, self.above)

    def control_lines(self, width: int) -> int:
        """As many lines as the answers need."""
        return len(self._lines(width))

    def control(self, y: int, width: int) -> Strip:
        """One line of answers."""
        return Strip([Segment(self._lines(width)[y], self.rich_style)])

    def _lines(self, width: int) -> list[str]:
        room = max(1, width - LEAD)
        lines = [""]
        for piece in map(self._piece, range(len(self._answers))):
            if lines[-1] and cell_len(lines[-1]) + cell_len(piece) > room:
                lines.append("")
            lines[-1] += piece
        fit = len(lines) <= LINES_MOST and len(self._answers) <= DIGITS
        return [fitted(line, room) for line in lines] if fit else [self._shortly(room)]

    def _piece(self, place: int) -> str:
        value, label = self._answers[place]
        text = f"{place + 1}){label}" if place < DIGITS else label
        return f"[{text}]" if value in self.picked else f" {text} "

    def _shortly(self, room: int) -> str:
        """What is picked, and where the rest is."""
        names = {each.value: each.label for each in self._answers}
        picked = BETWEEN_SHOWN.join(names.get(value, shown(value)) for value in self.picked)
        list_ = say(self, "intake.pick_list", count=len(self._answers))
        return f"{fitted(f'[{picked}]', min(cell_len(f'[{picked}]'), room - cell_len(list_) - 1))} {list_}"
