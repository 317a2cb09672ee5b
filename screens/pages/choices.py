"""A list to pick an answer from, for a field that has more of them than it can show."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row

MARK, NO_MARK = "[x]", "[ ]"


class ChoicesPage(CounterPage):
    """Answers by digit or Enter. Dismissed with the values that are picked, or None where nothing changed."""

    title_id = "choices.title"
    help_steps = ("choices.help_one", "choices.help_several")
    commit_keys = frozenset()
    keys: ClassVar[tuple[KeyLabel, ...]] = (
        KeyLabel("f1", "key.help"),
        KeyLabel("enter", "key.pick"),
        KeyLabel("f4", "key.picked"),
        KeyLabel("escape", "key.back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4,f8", "back", show=False), Binding("space", "open", show=False)]

    def __init__(self, name: str, answers: tuple[tuple[str, str], ...], picked: list[str], *, several: bool) -> None:
        """`answers` are values with their labels."""
        super().__init__()
        self._field, self._answers, self._several = name, answers, several
        self._picked = list(picked)

    def body(self) -> ComposeResult:
        """The answers."""
        yield RowList((Column(3), Column(30, grows=True)), digits_open=True, id="rows")

    async def begin(self) -> None:
        """The cursor stands on what is picked."""
        self.name_place(self._field)
        self.tell(self.words.say("choices.several" if self._several else "choices.one", name=self._field))
        values = [value for value, _ in self._answers]
        rows = self.query_one("#rows", RowList)
        rows.show(self._rows())
        rows.focus()
        if self._picked and self._picked[0] in values:
            rows.action_move(values.index(self._picked[0]))

    def _rows(self) -> list[Row]:
        return [Row(value, (MARK if value in self._picked else NO_MARK, label)) for value, label in self._answers]

    def action_open(self) -> None:
        """Space is Enter here."""
        self.query_one("#rows", RowList).action_open()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Picks; where several may be picked, the page stays."""
        value = str(event.row.key)
        if not self._several:
            self.dismiss([value])
            return
        self._picked = [each for each, _ in self._answers if (each in self._picked) != (each == value)]
        rows = self.query_one("#rows", RowList)
        place = rows.window.cursor
        rows.show(self._rows())
        rows.action_move(place)

    def action_back(self) -> None:
        """Back with what is picked; one answer that was only looked for stays as it was."""
        self.dismiss(self._picked if self._several else None)
