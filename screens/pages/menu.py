"""The menu: everything that can be done. F10 and a digit is the twin of the function key with that number.

Rows one to nine are F1 to F9 as the page below means them, off with a reason where it does not; then the places.
"""

from __future__ import annotations

from textual.app import ComposeResult

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel, key_name
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row

FUNCTION_KEYS = tuple(f"f{number}" for number in range(1, 10))
PLACES = ("today", "cases", "sync_page", "printer", "lock", "quit")


class MenuPage(CounterPage):
    """Rows that lead somewhere. `seen` says whether the page below could be read when F10 was pressed."""

    title_id = "menu.title"
    help_steps = ("menu.help_digit", "menu.help_places")
    keys = (KeyLabel("f1", "key.help"), KeyLabel("enter", "key.open"), KeyLabel("escape", "key.back"))
    commit_keys = frozenset()

    def __init__(self, under: CounterPage, *, seen: bool) -> None:
        super().__init__()
        self._under, self._seen = under, seen

    def body(self) -> ComposeResult:
        """The function keys by their digit, then the places."""
        yield RowList((Column(6), Column(20), Column(30, grows=True)), digits_open=True, id="rows")

    async def begin(self) -> None:
        """Every key with what it does below, every place with what it is for."""
        say, labels = self.words.say, self._under.labels()
        rows = [self._key(key, labels.get(key)) for key in FUNCTION_KEYS]
        rows += [Row(place, ("", say(f"menu.{place}"), say(f"menu.{place}_for"))) for place in PLACES]
        self.query_one("#rows", RowList).show(rows)
        self.query_one("#rows").focus()

    def _key(self, key: str, label: KeyLabel | None) -> Row:
        say = self.words.say
        if label is None:
            return Row(key, (key_name(key), "-", say("menu.not_here")), "dim")
        reason = self._under.reason(key)
        return Row(key, (key_name(key), say(label.label, **label.fields), reason), "dim" if reason else "")

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Goes there, or does what the key would do on the page below; the menu itself is left."""
        key = str(event.row.key)
        if event.row.tone == "dim":
            self.tell(event.row.cells[2])
        elif key in self._under.commit_keys and not self._seen:
            self.tell(self.words.say("dropped.unseen"))
        else:
            self.app.from_menu(key)  # type: ignore[attr-defined]
