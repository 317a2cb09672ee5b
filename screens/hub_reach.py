"""What is known of the way to the hub between two syncs: somebody knocks every few seconds, from a thread of its own.

What people get wrong: a look-up of a name can hang for half a minute, so nothing waits for this thread, not even the
end of the program.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol

KNOCK_MS = 2_500  # with PATIENCE_MS a loss is told within five seconds
ALONE_MS = 60_000  # where nobody is signed in, nobody reads the line
PATIENCE_MS = 2_000
PATIENCE_MOST_MS = 10_000  # a GPRS link that slept answers late, and is then given more time
SLOWER = 3  # times what the last answer took


class Knocker(Protocol):
    """Asks the network; blocks."""

    def knock(self, patience_s: float) -> str:
        """Empty where somebody opened, else why not."""
        ...


class Reach:
    """Online, offline and since when, from knocks and syncs. Told the time, so that it can be tried without one."""

    def __init__(self) -> None:
        self.known = False
        self.reason = ""  # why nobody opened; empty while somebody does
        self.since_ms = 0  # wall time of the change
        self._asked_ms: int | None = None
        self._last_ms: int | None = None
        self._patience_ms = PATIENCE_MS

    @property
    def online(self) -> bool:
        """Whether somebody opened the last time."""
        return self.known and not self.reason

    def due(self, elapsed_ms: int, *, attended: bool) -> bool:
        """Whether it is time to knock."""
        pause = KNOCK_MS if attended else ALONE_MS
        return self._asked_ms is None and (self._last_ms is None or elapsed_ms - self._last_ms >= pause)

    def asked(self, elapsed_ms: int) -> None:
        """Somebody knocks."""
        self._asked_ms = self._last_ms = elapsed_ms

    def waited(self, elapsed_ms: int, now_ms: int) -> None:
        """Time went on: who does not open within the patience is not there, until he does."""
        if self._asked_ms is not None and elapsed_ms - self._asked_ms >= self._patience_ms:
            self._learn("timeout", now_ms)

    def answered(self, reason: str, elapsed_ms: int, now_ms: int) -> None:
        """A knock came to its end."""
        took = elapsed_ms - self._asked_ms if self._asked_ms is not None else 0
        self._asked_ms = None
        if not reason:
            self._patience_ms = min(PATIENCE_MOST_MS, max(PATIENCE_MS, SLOWER * took))
        self._learn(reason, now_ms)

    def met(self, now_ms: int) -> None:
        """A sync spoke with the hub: better than any knock."""
        self._learn("", now_ms)

    def ask_again(self) -> None:
        """Something changed: the next look knocks."""
        self._last_ms = None

    def _learn(self, reason: str, now_ms: int) -> None:
        if not self.known or bool(reason) != bool(self.reason):
            self.since_ms = now_ms
        self.known, self.reason = True, reason


class KnockThread:
    """Knocks when asked, one knock at a time. A daemon: a hanging look-up must not hold up the end."""

    def __init__(self, knocker: Knocker, answered: Callable[[str], None]) -> None:
        """`answered` is called in the thread."""
        self._knocker = knocker
        self._answered = answered
        self._asked: queue.SimpleQueue[float | None] = queue.SimpleQueue()  # seconds of patience; None ends it
        threading.Thread(target=self._run, name="knock", daemon=True).start()

    def ask(self) -> None:
        """Knocks once; `answered` hears of it."""
        self._asked.put(PATIENCE_MOST_MS / 1_000)

    def end(self) -> None:
        """No more knocks."""
        self._asked.put(None)

    def _run(self) -> None:
        while (patience_s := self._asked.get()) is not None:
            self._answered(self._knocker.knock(patience_s))
