"""Keys reach the field they were meant for: each is delivered when all that the one before it caused has been handled.

Stock Textual gives a key to whatever has the focus when it is dequeued, while Tab and Enter move the focus later. A
scanner, a paste or a fast typist then puts an ID number into the name field. Here keys, pastes and clicks wait in one
line. What people get wrong: a page that reads before it opens does so in a worker of the group KEYS_WAIT, or the keys
will not wait for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual._time import get_time, sleep
from textual.app import App
from textual.message import Message
from textual.screen import Screen

from screens import safe_output
from screens.painted_page import Page
from screens.quiet import is_quiet

WAITING_MOST = 4_096  # events in the line: more than a clerk or a scanner sends; protects the memory
LATE_S = 1.0  # a handler that runs longer may be left by Esc, Ctrl+C or a click
TURNS = 100  # of the event loop before the wait becomes a sleep
LOOK_AGAIN_S = 0.001
PAUSE_S = 0.25  # between two keys: the burst that was too long has ended

WAY_OUT = frozenset({"escape", "ctrl+c"})

Answer = TypeVar("Answer")


class Dropped(Enum):
    """Why keys were not delivered."""

    TOO_MANY = "too_many"  # the line was full
    LEFT = "left"  # someone left a page that did not answer; what was typed for it has no meaning any more
    UNSEEN = "unseen"  # typed ahead of a page that must be seen before it commits


class OrderedApp(App[Answer], Generic[Answer]):
    """An app whose input waits its turn, and whose output passes the fuse of `safe_output`."""

    ENABLE_COMMAND_PALETTE = False

    waiting_most: ClassVar[int] = WAITING_MOST

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        safe_output.install()
        super().__init__(*args, **kwargs)
        self._line: deque[events.Event] = deque()
        self._delivery: asyncio.Task[None] | None = None
        self._waits_since = 0.0
        self._lost_at = -PAUSE_S
        self._stopped_at: Screen[Any] | None = None
        self.pressed_at = 0.0  # when the last key that was delivered was pressed, in the time of events

    def keys_dropped(self, why: Dropped) -> None:
        """Keys were not delivered. Rings; an app adds its words."""
        self.log.warning(f"keys dropped: {why.value}")
        self.bell()

    def post_message(self, message: Message) -> bool:
        """Puts input in the line; everything else goes on as ever."""
        if not isinstance(message, events.Event) or not _in_order(message):
            return super().post_message(message)
        if self._closing or self._closed:
            return False
        if self._thread_id != threading.get_ident() and self._loop is not None:
            self._loop.call_soon_threadsafe(self._take, message)
        else:
            self._take(message)
        return True

    def _take(self, event: events.Event) -> None:
        if self._delivery is not None and self._is_late() and _leaves(event):
            self._line = deque(kept for kept in self._line if isinstance(kept, events.AppFocus | events.AppBlur))
            self.keys_dropped(Dropped.LEFT)
            super().post_message(event)
        elif _is_typed(event) and event.time - self._lost_at < PAUSE_S:
            # What comes later must not close up with what came before: a burst is lost to its end.
            self._lose(event)
        elif self._delivery is None and is_quiet(self):
            self._deliver(event)
        elif _is_typed(event) and len(self._line) >= self.waiting_most:
            self._lose(event)
        else:
            self._line.append(event)
            if self._delivery is None:
                self._waits_since = get_time()  # a burst comes whole before the delivery takes its first look
                self._delivery = asyncio.create_task(self._deliver_all(), name="ordered keys")

    def _lose(self, event: events.Event) -> None:
        self._lost_at = event.time
        self.keys_dropped(Dropped.TOO_MANY)

    async def _deliver_all(self) -> None:
        try:
            while self._line:
                await self._quiet()
                if self._line:
                    self._deliver(self._line.popleft())
        except Exception as bug:
            self._handle_exception(bug)
        finally:
            self._delivery = None

    async def _quiet(self) -> None:
        """Waits until nothing is left to do. Handlers run between the looks; a long one is looked at less often."""
        self._waits_since = get_time()
        turns = 0
        while not is_quiet(self):
            turns += 1
            await (asyncio.sleep(0) if turns < TURNS else sleep(LOOK_AGAIN_S))

    def _is_late(self) -> bool:
        return get_time() - self._waits_since > LATE_S

    def _deliver(self, event: events.Event) -> None:
        """Hands one event to Textual, unless it was typed for what nobody has seen."""
        page = self.screen
        if self._stopped_at is not None and not _typed_before(page, self._stopped_at, event):
            self._stopped_at = None
        if _is_typed(event) and self._stops(page, event):
            self.keys_dropped(Dropped.UNSEEN)
        else:
            self.pressed_at = event.time
            super().post_message(event)

    def _stops(self, page: Screen[Any], event: events.Event) -> bool:
        """Whether typing ahead ends here. What was typed after a commit that did not happen goes with it."""
        if self._stopped_at is None and isinstance(event, events.Key) and isinstance(page, Page):
            commits = event.key in page.commit_keys
            self._stopped_at = page if commits and not page.commit_allowed(event) else None
        return self._stopped_at is not None

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is not None and isinstance(screen, Page) and not self._batch_count:
            screen.painted(get_time())


def _in_order(event: events.Event) -> bool:
    """Input from outside. A move of the mouse means nothing; an event that was forwarded had its turn."""
    kinds = (events.Key, events.Paste, events.MouseEvent, events.AppFocus, events.AppBlur)
    return isinstance(event, kinds) and not (isinstance(event, events.MouseMove) or event.is_forwarded)


def _is_typed(event: events.Event) -> bool:
    return isinstance(event, events.Key | events.Paste)


def _leaves(event: events.Event) -> bool:
    return isinstance(event, events.MouseDown) or (isinstance(event, events.Key) and event.key in WAY_OUT)


def _typed_before(page: Screen[Any], stopped_at: Screen[Any], event: events.Event) -> bool:
    """Whether the page that stopped the keys is still there and was not seen when this was typed."""
    return page is stopped_at and isinstance(page, Page) and (page.painted_at is None or event.time < page.painted_at)
