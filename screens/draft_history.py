"""What Ctrl+Z takes back: the drafts before each change, a field at a time. Pure.

Letters typed into one field without leaving it are one change.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from station.drafts import Draft

CHANGES_MOST = 100  # of one intake; older ones cannot be taken back


class Change(NamedTuple):
    """The draft before a change, and the path of what was changed."""

    path: str
    draft: Draft


class DraftHistory:
    """The changes of one intake, and those that were taken back."""

    def __init__(self) -> None:
        self._past: deque[Change] = deque(maxlen=CHANGES_MOST)
        self._future: list[Change] = []
        self._open = ""  # the field that is being typed into

    def changed(self, path: str, before: Draft) -> None:
        """Something was changed by hand; `before` is the draft without it."""
        if path != self._open:
            self._past.append(Change(path, before))
        self._open = path
        self._future.clear()

    def settle(self) -> None:
        """The field was left: what comes next is a change of its own."""
        self._open = ""

    def undo(self, now: Draft) -> Change | None:
        """The draft before the last change; None where there is nothing to take back."""
        self.settle()
        if not self._past:
            return None
        change = self._past.pop()
        self._future.append(Change(change.path, now))
        return change

    def redo(self, now: Draft) -> Change | None:
        """The draft with the last change that was taken back; None where nothing was."""
        self.settle()
        if not self._future:
            return None
        change = self._future.pop()
        self._past.append(Change(change.path, now))
        return change
