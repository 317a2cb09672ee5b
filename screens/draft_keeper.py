"""Keeps what is typed, beside the typing: the newest draft is written a moment after the first letter that is not kept.

A burst of letters becomes one write, and no key waits for the disk. What people get wrong: only `flush` says that all
is kept; it is asked before a step changes, before the page is left and before the case is taken. Where the disk
refuses, typing goes on, the newest draft is tried again, and `trouble` says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from station.drafts import Draft
from station.errors import StationError

GATHER_S = 0.1  # letters of a burst become one write; a killed program loses no more than this and the write
RETRY_S = 2.0
PATIENCE_S = 1.5  # of a person who goes on to the next step while the disk is slow

Keep = Callable[[Draft, bool], Draft]  # writes it, durably or not; called in a thread
Start = Callable[[Coroutine[Any, Any, None]], Any]  # runs beside the page, and longer than the page


class DraftKeeper:
    """The keeper of one intake's draft. `told` is called when what is kept, or why not, has changed."""

    def __init__(self, draft: Draft, keep: Keep, start: Start, told: Callable[[], None]) -> None:
        self.saved_at = draft.saved_at  # of the draft that is kept, in ms; 0 where none was ever
        self.trouble: StationError | None = None
        self.late = False  # somebody has waited for a write that has not come yet
        self._newest = self._kept = draft
        self._durable = True  # whether what is kept would survive a power cut
        self._keep, self._start, self._told = keep, start, told
        self._writing = asyncio.Lock()
        self._working = self._ended = False

    @property
    def behind(self) -> bool:
        """Whether something typed is not kept yet."""
        return self._newest is not self._kept and self._is_worth_keeping()

    def touch(self, draft: Draft) -> None:
        """This is the draft from now on. Returns at once."""
        self._newest = draft
        if not self._working and self._is_worth_keeping():
            self._working = True
            self._start(self._work())

    async def flush(self, *, durable: bool = True) -> bool:
        """Writes what is not kept yet; whether all is kept now. Waits no longer than a person would."""
        if self.behind or (durable and not self._durable):
            try:
                await asyncio.wait_for(asyncio.shield(self._write(durable=durable)), PATIENCE_S)
            except TimeoutError:
                self.late = True
                self._told()
        return not self.behind

    def end(self) -> None:
        """The draft has become a case, or was discarded: nothing of it is written any more."""
        self._ended = True

    def _is_worth_keeping(self) -> bool:
        """An intake that was only looked at leaves nothing behind."""
        return not self._ended and bool(self.saved_at or not self._newest.empty)

    async def _work(self) -> None:
        try:
            while self.behind:
                await asyncio.sleep(RETRY_S if self.trouble else GATHER_S)
                await self._write(durable=False)
        finally:
            self._working = False

    async def _write(self, *, durable: bool) -> None:
        async with self._writing:
            draft = self._newest
            if self._ended or (draft is self._kept and (self._durable or not durable)):
                return
            try:
                kept = await asyncio.to_thread(self._keep, draft, durable)
            except StationError as trouble:
                self.trouble = trouble
            else:
                self._kept, self._durable = draft, durable
                self.saved_at, self.trouble = kept.saved_at, None
            self.late = False
            self._told()
