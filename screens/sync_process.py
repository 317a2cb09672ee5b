"""A sync as the screens see it: a process below them that is started, watched and ended, one at a time.

It has the secret by its pipe alone, never by its arguments or its environment. Whoever ends it loses nothing: what the
hub acknowledged was kept block by block.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, NamedTuple

import msgspec

from screens.sync_child import Order
from station.errors import Busy, HubUnreachable, NotOurHub, StationError
from station.ports import Clock

END_S = 0.4  # a child that was asked to end and does not is killed
TOLD_MS = 100  # between two notices of news: a screen shows no more
PACE_MS = 20_000  # the stretch of time that a pace is taken from
SENT_MOST = 0.95  # of the work: what was sent is not over before the hub has answered
SETTLE_MS = 1_000  # at its begin the system takes more than the line does
LINE_BYTES = 1024 * 1024  # the last one may carry what a hub said
MODULE = "screens.sync_child"
SECRETS = ("STATION_PIN", "STATION_PASSPHRASE")  # of whoever started the screens
_KINDS: dict[str, type[StationError]] = {"busy": Busy, "hub_unreachable": HubUnreachable, "not_our_hub": NotOurHub}


class SyncState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a running sync stands: what it says itself, then what the watching adds."""

    phase: str = "connecting"  # sending, waiting, receiving, fetching, installing
    done: int = 0  # acts that the hub has acknowledged
    sent: int = 0  # acts whose bytes are on their way or there
    total: int = 0
    pulled: int = 0  # cases that came
    came: int = 0  # bytes of the answer under way
    answer: int = 0  # bytes that it has, as far as it says so
    left: int | None = None  # bytes that still travel, where that is known
    bytes_up: int = 0
    bytes_down: int = 0
    beat: int = 0  # lines that came: what moves while it lives
    seconds: int = 0
    still_s: int = 0  # since a byte moved
    eta_s: int | None = None

    @property
    def share(self) -> float | None:
        """How much of it is over, None where nobody knows. How many answers come, the hub does not say."""
        if self.done < self.total:
            return max(self.done / self.total, min(SENT_MOST, self.sent / self.total))
        if self.phase in ("receiving", "fetching") and self.answer:
            return min(1.0, self.came / self.answer)
        return None


class Outcome(NamedTuple):
    """How the last sync ended."""

    kind: Literal["done", "failed", "cancelled"]
    at_ms: int
    report: dict[str, Any]
    error: StationError | None = None


class SyncProcess:
    """One sync at a time. `told` is called when there is news, and when it is over."""

    def __init__(self, clock: Clock, told: Callable[[], None]) -> None:
        self.state: SyncState | None = None  # of the one that runs
        self.outcome: Outcome | None = None  # of the last one
        self._clock = clock
        self._told = told
        self._task: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._cancelled = False
        self._begun_ms = self._moved_ms = self._told_ms = 0
        self._pace: deque[tuple[int, int]] = deque()

    @property
    def running(self) -> bool:
        """Whether one is under way."""
        return self._task is not None and not self._task.done()

    def start(self, order: Order) -> bool:
        """Starts one; False where one is under way."""
        if self.running:
            return False
        self._begun_ms = self._moved_ms = self._clock.elapsed_ms()
        self._cancelled = False
        self._pace.clear()
        self.state = SyncState()
        self._task = asyncio.create_task(self._run(order), name="sync")
        self._told()
        return True

    async def cancel(self) -> None:
        """Ends the one that runs, within half a second. Nothing of it is lost."""
        self._cancelled = self.running
        await self._end()
        await self.ended()

    async def ended(self) -> None:
        """Waits until none runs."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self, order: Order) -> None:
        ended: dict[str, Any] = {}
        try:
            self._process = process = await _started(order)
            if self._cancelled:
                await self._end()
            assert process.stdout is not None
            async for line in process.stdout:
                document = _read(line)
                if "phase" in document:
                    self._heard(document)
                else:
                    ended = document
            await process.wait()
        except OSError:
            ended = {"error": StationError("sync_not_started").document()}
        finally:
            await self._end()
            self.outcome = self._outcome(ended)
            self._process = self._task = self.state = None
            self._told()

    def _heard(self, line: dict[str, Any]) -> None:
        before, now = self.state or SyncState(), self._clock.elapsed_ms()
        state = msgspec.convert({**line, "beat": before.beat + 1}, SyncState)
        moved = state.bytes_up + state.bytes_down
        if moved != before.bytes_up + before.bytes_down or state.phase != before.phase:
            self._moved_ms = now
        self.state = msgspec.structs.replace(
            state,
            seconds=(now - self._begun_ms) // 1_000,
            still_s=(now - self._moved_ms) // 1_000,
            eta_s=self._eta(state, now, moved),
        )
        if now - self._told_ms >= TOLD_MS:
            self._told_ms = now
            self._told()

    def _eta(self, state: SyncState, now: int, moved: int) -> int | None:
        """Seconds from the pace of the last ones; None while it cannot be told."""
        pace = self._pace
        if moved:
            pace.append((now, moved))
        while pace and now - pace[0][0] > PACE_MS:
            pace.popleft()
        if not pace or state.left is None:
            return None
        settled = next((each for each in pace if each[0] - pace[0][0] >= SETTLE_MS), pace[0])
        took, came = now - settled[0], moved - settled[1]
        return -(-state.left * took // came // 1_000) if took >= SETTLE_MS and came > 0 else None

    def _outcome(self, ended: dict[str, Any]) -> Outcome:
        now = self._clock.now_ms()
        if "report" in ended:
            return Outcome("done", now, ended["report"])
        if self._cancelled:
            return Outcome("cancelled", now, {})
        if "error" not in ended:
            return Outcome("failed", now, {}, StationError("sync_died"))
        fields = dict(ended["error"])
        code = str(fields.pop("code"))
        return Outcome("failed", now, {}, _KINDS.get(code, StationError)(code, **fields))

    async def _end(self) -> None:
        """Closes the pipe, asks, and does not ask twice."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _started(order: Order) -> Process:
    """A child that has its order. What the secret was written into is wiped."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=LINE_BYTES,
        env={key: value for key, value in os.environ.items() if key not in SECRETS},
        start_new_session=True,  # a key for the terminal is no key for it
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    line = bytearray()
    msgspec.json.Encoder().encode_into(order, line)
    line += b"\n"
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it died: its silence says so
        process.stdin.write(line)
        await process.stdin.drain()
    line[:] = bytes(len(line))
    return process


def _read(line: bytes) -> dict[str, Any]:
    """A line of the child; nothing where it was killed in the middle of one."""
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
