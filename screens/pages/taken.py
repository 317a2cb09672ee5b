"""A case was taken: its number, what is missing, by when."""

from __future__ import annotations

from typing import Any, ClassVar

from screens.pages.reading import PrintablePage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_list import RowList
from station.case_document import label
from station.item import Item


class TakenPage(PrintablePage):
    """A case was taken: its number, what is missing, by when. Enter goes on with the next person."""

    title_id = "taken.title"
    keys: ClassVar[tuple[KeyLabel, ...]] = (
        KeyLabel("enter", "key.next_person"),
        KeyLabel("ctrl+p", "key.receipt"),
        KeyLabel("f2", "key.new"),
        KeyLabel("f5", "key.sync"),
    )

    def __init__(self, done: Any, name: str, item: Item) -> None:
        super().__init__()
        self._done, self._person, self._item = done, name, item
        self.case_id = done.case

    async def begin(self) -> None:
        """What was just made durable."""
        words, done = self.words, self._done
        self.show(
            [
                (words.say("column.number"), done.number),
                (words.say("column.name"), self._person),
                (words.say("column.item"), self._item.name),
                (words.say("column.due_intake"), str(done.due.get("intake") or "")),
                (words.say("column.missing"), self._missing() or words.say("taken.complete")),
            ]
        )
        self.tell(words.say("taken.saved", number=done.number))

    def _missing(self) -> str:
        return "、".join(label(name, self._item) for name in self._done.missing)

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Enter: back to today."""
        event.stop()
        self.action_back()
