"""The part of a long list that is at hand, and the cursor in it. No terminal and no base: it says what it needs.

Rows come page by page, after or before a key (keyset paging), so a million rows cost what three screens cost. A key
that wants more than is at hand leaves a debt: it is paid when the rows are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

SCREENS_MOST = 3  # of rows at hand
HEIGHT_LEAST = 1


class Row(NamedTuple):
    """One row: its key in the order of the list, its cells, and the style class of a row that stands out."""

    key: Any
    cells: tuple[str, ...]
    tone: str = ""


class Ask(NamedTuple):
    """Rows that are needed: so many after a key or before it, in the order of the list. No key: from that end."""

    forward: bool
    key: Any
    most: int


class RowWindow:
    """Rows at hand, the first that is shown, and the cursor."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.top = 0
        self.cursor = 0
        self.height = HEIGHT_LEAST
        self.at_start = True
        self.at_end = False
        self.before = 0  # rows before those at hand, as far as known
        self._debt = 0  # rows that the cursor still wants to move
        self._from_end: bool | None = False  # the list is to be read anew from that end

    def show(self, rows: Sequence[Row]) -> None:
        """Shows these rows and no others."""
        self.rows = list(rows)
        self.at_start = self.at_end = True
        self._from_end = None
        self.top = self.cursor = self.before = self._debt = 0

    def reload(self) -> None:
        """Reads the list anew from its start."""
        self._from_end = False

    def resize(self, height: int) -> None:
        """The list is that many rows high."""
        self.height = max(HEIGHT_LEAST, height)
        self._place()

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def visible(self) -> list[Row]:
        """The rows that are shown."""
        return self.rows[self.top : self.top + self.height]

    def move(self, rows: int) -> None:
        """Moves the cursor, as far as there are rows."""
        wanted = self.cursor + self._debt + rows
        self.cursor = min(max(0, wanted), max(0, len(self.rows) - 1))
        beyond = wanted - self.cursor
        self._debt = beyond if (beyond > 0 and not self.at_end) or (beyond < 0 and not self.at_start) else 0
        self._place()

    def to_start(self) -> None:
        """Moves to the first row of all."""
        self._to_end(last=False)

    def to_end(self) -> None:
        """Moves to the last row of all."""
        self._to_end(last=True)

    def pick(self, number: int) -> bool:
        """Moves to the n-th of the rows that are shown; False where there are not so many."""
        if not 1 <= number <= len(self.visible):
            return False
        self.cursor = self.top + number - 1
        return True

    def need(self) -> Ask | None:
        """What to fetch next, if anything. Ask again after each `give`."""
        screen = self.height
        if self._from_end is not None:
            return Ask(not self._from_end, None, screen * SCREENS_MOST)
        if not self.at_end and (self._debt > 0 or self.top + screen > len(self.rows)):
            return Ask(forward=True, key=self.rows[-1].key, most=max(screen, self._debt))
        if not self.at_start and (self._debt < 0 or self.top < 0):
            return Ask(forward=False, key=self.rows[0].key, most=max(screen, -self._debt))
        return None

    def give(self, ask: Ask, rows: Sequence[Row]) -> None:
        """Takes what was asked for; fewer rows than asked mean that there are no more."""
        if ask.key is None:
            self._anew(ask, rows)
        elif ask.forward and self.rows and self.rows[-1].key == ask.key:
            self.rows.extend(rows)
            self.at_end = len(rows) < ask.most
        elif not ask.forward and self.rows and self.rows[0].key == ask.key:
            self.rows[:0] = rows
            self.top, self.cursor = self.top + len(rows), self.cursor + len(rows)
            self.at_start = len(rows) < ask.most
            self.before = 0 if self.at_start else max(0, self.before - len(rows))
        self.move(0)
        self._forget()

    def _anew(self, ask: Ask, rows: Sequence[Row]) -> None:
        self.rows, self._from_end, self._debt, self.top = list(rows), None, 0, 0
        whole = len(rows) < ask.most
        self.at_start, self.at_end = ask.forward or whole, not ask.forward or whole
        self.cursor = 0 if ask.forward else max(0, len(rows) - 1)
        self.before = 0

    def _to_end(self, *, last: bool) -> None:
        self._debt = 0
        if self.at_end if last else self.at_start:
            self.cursor = max(0, len(self.rows) - 1) if last else 0
            self._place()
        else:
            self._from_end = last

    def _place(self) -> None:
        """Keeps the cursor on the screen, and no blank lines below the last row where there are rows above."""
        self.top = min(max(self.top, self.cursor - self.height + 1), self.cursor)
        if self.at_end:
            self.top = max(0, min(self.top, len(self.rows) - self.height))

    def _forget(self) -> None:
        """Lets go of rows far from those that are shown."""
        most = self.height * SCREENS_MOST
        after = len(self.rows) - (self.top + self.height * 2)
        if len(self.rows) > most and after > 0:
            del self.rows[len(self.rows) - after :]
            self.at_end = False
        first = self.top - self.height
        if len(self.rows) > most and first > 0:
            del self.rows[:first]
            self.top, self.cursor, self.before = self.top - first, self.cursor - first, self.before + first
            self.at_start = False
