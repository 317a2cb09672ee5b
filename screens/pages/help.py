"""Help: the page below step by step, and every key."""

from __future__ import annotations

from textual.app import ComposeResult

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel, key_name
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row


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
        yield RowList((Column(20), Column(30, grows=True)), numbered=False, id="lines")

    async def begin(self) -> None:
        """Steps, keys of the page, keys everywhere."""
        say, labels = self.words.say, self._under.labels()
        self.name_place(say(self._under.title_id))
        lines = [(say("help.step", number=place + 1), say(step)) for place, step in enumerate(self._under.help_steps)]
        lines += [(key_name(key), self._what(key, label)) for key, label in labels.items()]
        lines += [(say(f"help.{name}_key"), say(f"help.{name}")) for name in ("twin", "digit", "escape", "typing")]
        rows = self.query_one("#lines", RowList)
        rows.show([Row(place, line) for place, line in enumerate(lines)])
        rows.focus()

    def _what(self, key: str, label: KeyLabel) -> str:
        reason = self._under.reason(key)
        return self.words.say(label.label, **label.fields) + (f"（{reason}）" if reason else "")
