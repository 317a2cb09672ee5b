"""A page that knows since when the clerk can see it, so that no key commits what nobody has read.

Subclass `Page` for every page and, with ModalScreen, for every dialog. A page that puts something else in front of the
clerk calls `unseen()`; its commit key then waits for the next frame.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.screen import Screen

COMMIT_KEYS = frozenset({"f9"})

Result = TypeVar("Result")


class Page(Screen[Result], Generic[Result]):
    """A screen with the time of its first frame since it came up or changed."""

    commit_keys: ClassVar[frozenset[str]] = COMMIT_KEYS  # these commit here; none where F9 is only a step

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.painted_at: float | None = None  # in the time of events
        self._on_top = False

    def unseen(self) -> None:
        """What is shown from the next frame on has not been read yet."""
        self.painted_at = None

    def commit_allowed(self, event: events.Key) -> bool:
        """Whether a key was pressed by someone who could see this page as it is."""
        return self.painted_at is not None and event.time >= self.painted_at

    def painted(self, at: float) -> None:
        """The app has sent a frame of this page."""
        if self._on_top and self.painted_at is None:
            self.painted_at = at

    def on_screen_resume(self) -> None:
        """The page came up, or came back from under another: what follows is its first frame."""
        self._on_top = True
        self.unseen()

    def on_screen_suspend(self) -> None:
        """Another page lies over it."""
        self._on_top = False
        self.unseen()
