"""When the station syncs by itself: now and then, soon after an act, when the hub comes back; later after a failure.

Pure: told the time and given chance. Full jitter, because a district whose power comes back would knock all at once.
"""

from __future__ import annotations

from station.ports import Chance

AUTO_SYNC_MS = 15 * 60_000
SOON_MS = 3_000  # after an act: those that follow go along
BACK_MS = 5_000  # the hub is there again: within this, at random
FAILED_MS = 30_000  # the first wait after a failure; it doubles
LEAST_MS = 10_000  # between the end of one attempt and the next that nobody asked for
_DOUBLINGS_MAX = 10


class Timetable:
    """The next sync that nobody asked for. `every_ms` 0: none."""

    def __init__(self, chance: Chance, every_ms: int = AUTO_SYNC_MS) -> None:
        self._chance = chance
        self.every_ms = every_ms
        self.at_ms: int | None = None  # elapsed time of the next one
        self._failures = 0
        self._ended_ms: int | None = None

    def due(self, elapsed_ms: int) -> bool:
        """Whether it is time."""
        return bool(self.every_ms) and self.at_ms is not None and elapsed_ms >= self.at_ms

    def acted(self, elapsed_ms: int, *, online: bool) -> None:
        """An act waits for the hub. After a failure it waits with the others."""
        if online and not self._failures:
            self._bring_forward(elapsed_ms + SOON_MS)

    def begin(self, elapsed_ms: int) -> None:
        """The base is open."""
        self.at_ms = elapsed_ms + self.every_ms

    def came_back(self, elapsed_ms: int) -> None:
        """The hub opens again, or for the first time."""
        self._bring_forward(elapsed_ms + self._within(self._backoff_ms() if self._failures else BACK_MS))

    def went(self, elapsed_ms: int) -> None:
        """Nobody opens: what was to be soon is not."""
        if self.at_ms is not None:
            self.at_ms = max(self.at_ms, elapsed_ms + self.every_ms)

    def ended(self, elapsed_ms: int) -> None:
        """A sync came to its end, or a person ended it."""
        self._failures = 0
        self._ended_ms = elapsed_ms
        self.at_ms = elapsed_ms + self.every_ms

    def failed(self, elapsed_ms: int, *, again: bool, pause_s: int = 0) -> None:
        """A sync failed. `again`: trying soon can help; the hub may ask for a pause."""
        self._failures = min(self._failures + 1, _DOUBLINGS_MAX) if again else self._failures
        self._ended_ms = elapsed_ms
        wait = self._within(self._backoff_ms()) if again else self.every_ms
        self.at_ms = elapsed_ms + max(wait, LEAST_MS, pause_s * 1_000)

    def _backoff_ms(self) -> int:
        return min(self.every_ms, FAILED_MS << self._failures - 1)

    def _bring_forward(self, wanted_ms: int) -> None:
        least = 0 if self._ended_ms is None else self._ended_ms + LEAST_MS
        wanted_ms = max(wanted_ms, least)
        self.at_ms = wanted_ms if self.at_ms is None else min(self.at_ms, wanted_ms)

    def _within(self, most_ms: int) -> int:
        return int.from_bytes(self._chance.token(4), "big") * most_ms >> 32
