"""Help: the page below step by step, and every key."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.app import ComposeResult

from screens.line_breaks import wrap
from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel, key_name
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row

LABEL_CELLS, NARROWER, ROOM_LEAST = 12, 22, 30  # cells: of a key's name, and what a line has beside its text


class HelpPage(CounterPage):
    """What the page below is for, step by step; then its keys, and those that mean the same everywhere."""

    title_id = "help.title"
    keys = (KeyLabel("escape", "key.back"), KeyLabel("f10", "key.menu"))
    commit_keys = frozenset()

    def __init__(self, under: CounterPage) -> None:
        super().__init__()
        self._under = under

    def body(self) -> ComposeResult:
        """The lines."""
        yield RowList((Column(LABEL_CELLS), Column(30, grows=True)), numbered=False, id="lines")

    async def begin(self) -> None:
        """Steps, keys of the page, keys everywhere."""
        say, labels = self.words.say, self._under.labels()
        self.name_place(say(self._under.title_id))
        lines = [(say("help.step", number=place + 1), say(step)) for place, step in enumerate(self._under.help_steps)]
        lines += [(key_name(key), self._what(key, labels[key])) for key in sorted(labels, key=_by_number)]
        lines += [(say(f"help.{name}_key"), say(f"help.{name}")) for name in ("twin", "digit", "escape", "typing")]
        rows = self.query_one("#lines", RowList)
        rows.show([Row(place, line) for place, line in enumerate(self._broken(lines))])
        rows.focus()

    def _broken(self, lines: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Every text whole, in as many lines as it needs."""
        room = max(ROOM_LEAST, self.size.width - NARROWER)
        for label, text in lines:
            first, *more = wrap(text, room, cell_len)
            yield label, first
            yield from (("", each) for each in more)

    def _what(self, key: str, label: KeyLabel) -> str:
        reason = self._under.reason(key)
        return self.words.say(label.label, **label.fields) + (f"（{reason}）" if reason else "")


def _by_number(key: str) -> tuple[bool, int]:
    """The function keys by their number, then the others as they stand on the bar."""
    is_function = key.startswith("f") and key[1:].isdigit()
    return not is_function, int(key[1:]) if is_function else 0
