"""What goes on with the hub while the screens are open: the look at the base, the knocks, the syncs and their times.

One task that never touches a key and never waits for a page. What it finds it tells; who shows it is not its business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from screens.hub_reach import Knocker, KnockThread, Reach
from screens.hub_status import Known, status
from screens.sync_process import Outcome, SyncProcess
from screens.sync_timetable import AUTO_SYNC_MS, Timetable
from screens.widgets.status_bar import Part, SyncStatus
from station.errors import HubUnreachable, Refused, StationError
from station.outbox import Failure, Glance
from station.ports import Chance, Clock

if TYPE_CHECKING:
    from screens.counter import Counter

TICK_S = 0.25  # the base is looked at as often, because other programs work on it too: it costs 0.03 ms
CANCELLED_MS = 30_000  # for so long the line says that a sync was ended
MINUTE_MS, DAY_MINUTES = 60_000, 24 * 60


class HubWatch:
    """`told` hears that the line has changed; `over` of the end of a sync, and whether a person had asked for it."""

    def __init__(
        self,
        counter: Counter,
        clock: Clock,
        chance: Chance,
        knocker: Callable[[str], Knocker],
        *,
        told: Callable[[], None],
        over: Callable[[Outcome, bool], None],
    ) -> None:
        self.status = SyncStatus(Part("status.locked"))
        self.glance = Glance()
        self.reach = Reach()
        self.timetable = Timetable(chance)
        self.process = SyncProcess(clock, self._sync_told)
        self._counter = counter
        self._clock = clock
        self._knocker = knocker
        self._told, self._over = told, over
        self._trouble: StationError | None = None
        self._attended = False
        self._asked_for = False  # a person asked for the sync that runs
        self._pending_before = 0  # what waited when it began
        self._knocks: tuple[str, KnockThread] | None = None
        self._seen: Outcome | None = None
        self._ending: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()

    async def run(self) -> None:
        """Watches until it is cancelled."""
        try:
            while True:
                await self.tick()
                await asyncio.sleep(TICK_S)
        finally:
            if self._knocks is not None:
                self._knocks[1].end()

    def sync_now(self) -> bool:
        """A person wants a sync. False where one is under way, or the base is not open."""
        return self._counter.is_open and self._start(asked=True)

    async def stop(self) -> None:
        """A person ends the sync that runs."""
        await self.process.cancel()

    async def tick(self) -> None:
        """One round: what changed in the base, who opens at the hub, what is due. An act may ask for one at once."""
        if self._counter.is_open:
            await self._look()
            if self.glance.enrolled and not self.process.running:
                self._knock()
                self._sync_if_due()
        self._show()

    @property
    def known(self) -> Known:
        """All that is known, for who shows more than the line."""
        now, elapsed = self._clock.now_ms(), self._clock.elapsed_ms()
        table, outcome = self.timetable, self.process.outcome
        planned = self.glance.enrolled and table.every_ms and table.at_ms is not None
        cancelled = outcome is not None and outcome.kind == "cancelled" and now - outcome.at_ms < CANCELLED_MS
        return Known(
            glance=self.glance,
            reach=self.reach,
            attended=self._counter.clerk is not None,
            now_ms=now,
            failed=self._failed(),
            next_ms=now + max(0, (table.at_ms or 0) - elapsed) if planned else None,
            running=self.process.state,
            cancelled=cancelled,
        )

    @property
    def trouble(self) -> StationError | None:
        """What a person should read now; None where nothing is wrong."""
        if not self.glance.enrolled:
            return Refused("not_enrolled")
        if self.reach.reason:
            return HubUnreachable("hub_unreachable", reason=self.reach.reason)
        failed = self._failed()
        return StationError(failed.code, **failed.fields) if failed is not None else None

    def _failed(self) -> Failure | None:
        """Why the last sync failed. What never reached the hub's door is known here and not in the base."""
        outcome, kept = self.process.outcome, self.glance.failed
        if outcome is None or outcome.error is None or outcome.at_ms < max(self.glance.contact, kept.at if kept else 0):
            return kept
        return Failure(code=outcome.error.code, at=outcome.at_ms, fields=outcome.error.fields)

    async def _look(self) -> None:
        async with self._looking:
            before = self.glance.pending
            try:
                self.glance = await asyncio.to_thread(self._counter.glance)
            except StationError as trouble:
                self._trouble = trouble
                return
            self._trouble = None
        self._plan(before)

    def _plan(self, before: int) -> None:
        """The times of the syncs follow what the base says."""
        elapsed = self._clock.elapsed_ms()
        minutes = self.glance.auto_minutes
        self.timetable.every_ms = AUTO_SYNC_MS if minutes is None else min(DAY_MINUTES, max(0, minutes)) * MINUTE_MS
        if self.timetable.at_ms is None:
            self.timetable.begin(elapsed)
        elif self.glance.pending > before:
            self.timetable.acted(elapsed, online=self.reach.online)

    def _knock(self) -> None:
        """Asks who opens, if it is time; what came of it is heard later."""
        attended, elapsed = self._counter.clerk is not None, self._clock.elapsed_ms()
        if attended and not self._attended:
            self.reach.ask_again()
        self._attended = attended
        url = self.glance.hub_url
        if self._knocks is None or self._knocks[0] != url:
            if self._knocks is not None:
                self._knocks[1].end()
            heard = partial(self._from_thread, asyncio.get_running_loop(), url)
            self._knocks = (url, KnockThread(self._knocker(url), heard))
            self.reach = Reach()
        if self.reach.due(elapsed, attended=attended):
            self.reach.asked(elapsed)
            self._knocks[1].ask()
        self._learn(lambda: self.reach.waited(elapsed, self._clock.now_ms()))

    def _from_thread(self, loop: asyncio.AbstractEventLoop, url: str, reason: str) -> None:
        with suppress(RuntimeError):  # the screens have ended
            loop.call_soon_threadsafe(self._knocked, url, reason)

    def _knocked(self, url: str, reason: str) -> None:
        if self._knocks is not None and self._knocks[0] == url:
            now, elapsed = self._clock.now_ms(), self._clock.elapsed_ms()
            self._learn(lambda: self.reach.answered(reason, elapsed, now))
            self._show()

    def _learn(self, learn: Callable[[], None]) -> None:
        """The times of the syncs follow what is learned of the way."""
        before = self.reach.online
        learn()
        if self.reach.online and not before:
            self.timetable.came_back(self._clock.elapsed_ms())
        elif before and not self.reach.online:
            self.timetable.went(self._clock.elapsed_ms())

    def _sync_if_due(self) -> None:
        if self.timetable.due(self._clock.elapsed_ms()):
            self._start(asked=False)

    def _start(self, *, asked: bool) -> bool:
        if self.process.running:
            return False
        self._asked_for, self._pending_before = asked, self.glance.pending
        return self.process.start(self._counter.sync_order())

    def _sync_told(self) -> None:
        outcome = self.process.outcome
        if not self.process.running and outcome is not None and outcome is not self._seen:
            self._seen = outcome
            self._learn_from(outcome)
            self._ending = asyncio.create_task(self._end(outcome), name="sync over")
        else:
            self._show()

    async def _end(self, outcome: Outcome) -> None:
        """The line goes from the sync to what the base says after it, never to what it said before."""
        try:
            await self._look()
        finally:
            self._ending = None
        if outcome.kind == "done" and self.glance.pending > self._pending_before - outcome.report["pushed"]:
            self.timetable.acted(self._clock.elapsed_ms(), online=True)  # the clerk went on meanwhile
        self._show()
        self._over(outcome, self._asked_for)

    def _learn_from(self, outcome: Outcome) -> None:
        elapsed, error = self._clock.elapsed_ms(), outcome.error
        if outcome.kind == "done":
            self.reach.met(outcome.at_ms)
        if error is None:
            self.timetable.ended(elapsed)
            return
        pause_s = 0
        if isinstance(error, HubUnreachable):
            pause_s = error.fields.get("retry_after_s") or 0
            self.reach.ask_again()
        self.timetable.failed(elapsed, again=error.again and self.reach.online, pause_s=pause_s)

    def _show(self) -> None:
        if self._ending is not None:
            return
        made = self._status()
        if made != self.status:
            self.status = made
            self._told()

    def _status(self) -> SyncStatus:
        if not self._counter.is_open:
            return SyncStatus(Part("status.locked"))
        if self._trouble is not None:
            return SyncStatus(Part("status.trouble", {"code": self._trouble.code}))
        return status(self.known)
