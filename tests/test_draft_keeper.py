"""What is typed is kept beside the typing: bursts are one write, the newest wins, trouble is told and tried again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
import pytest

from screens import draft_keeper
from screens.draft_keeper import DraftKeeper
from station.drafts import Draft
from station.errors import Refused

EMPTY = Draft(id="d", clerk="c", item="x")
AT = 1_790_000_000_000


class Disk:
    """Writes into a list, from the threads of the keeper; may be held up, or be full."""

    def __init__(self) -> None:
        self.written: list[tuple[str, bool]] = []
        self.free = threading.Event()
        self.free.set()
        self.full = False

    def keep(self, draft: Draft, durable: bool) -> Draft:
        assert self.free.wait(10)
        if self.full:
            raise Refused("disk_full")
        self.written.append((draft.note, durable))
        return msgspec.structs.replace(draft, saved_at=AT + len(self.written))


class Desk:
    """A keeper, its disk, and what it told."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.told = 0
        self.tasks: list[asyncio.Task[None]] = []
        self.keeper = DraftKeeper(EMPTY, self.disk.keep, self._start, self._tell)

    def type(self, text: str) -> None:
        self.keeper.touch(msgspec.structs.replace(EMPTY, note=text))

    async def done(self) -> None:
        await asyncio.wait_for(asyncio.gather(*self.tasks), 5)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    def _tell(self) -> None:
        self.told += 1


Play = Callable[[Desk], Awaitable[None]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_keeper, "GATHER_S", 0.01)
    monkeypatch.setattr(draft_keeper, "RETRY_S", 0.02)
    monkeypatch.setattr(draft_keeper, "PATIENCE_S", 0.2)


def play(what: Play) -> None:
    async def run() -> None:
        await what(Desk())

    asyncio.run(run())


def test_a_burst_is_one_write_of_the_newest() -> None:
    async def what(desk: Desk) -> None:
        for end in range(1, 19):
            desk.type("350200195503120025"[:end])
        assert desk.keeper.behind
        await desk.done()
        assert desk.disk.written == [("350200195503120025", False)]
        assert not desk.keeper.behind
        assert (desk.keeper.saved_at, desk.told) == (AT + 1, 1)

    play(what)


def test_what_is_typed_during_a_write_is_written_after_it() -> None:
    async def what(desk: Desk) -> None:
        desk.disk.free.clear()
        desk.type("甲")
        await asyncio.sleep(0.05)
        desk.type("甲乙")
        desk.disk.free.set()
        await desk.done()
        assert [note for note, _ in desk.disk.written] == ["甲", "甲乙"]

    play(what)


def test_a_flush_writes_at_once_and_durably_what_was_kept_without_the_disk() -> None:
    async def what(desk: Desk) -> None:
        desk.type("甲")
        assert await desk.keeper.flush()
        assert desk.disk.written == [("甲", True)]
        desk.type("甲乙")
        await desk.done()
        assert await desk.keeper.flush()
        assert desk.disk.written[1:] == [("甲乙", False), ("甲乙", True)]
        assert await desk.keeper.flush()
        assert len(desk.disk.written) == 3

    play(what)


def test_a_full_disk_is_told_tried_again_and_stops_no_typing() -> None:
    async def what(desk: Desk) -> None:
        desk.disk.full = True
        desk.type("甲")
        await asyncio.sleep(0.05)
        desk.type("甲乙")
        assert desk.keeper.trouble is not None
        assert desk.keeper.trouble.code == "disk_full"
        assert not await desk.keeper.flush()
        desk.disk.full = False
        await desk.done()
        assert desk.disk.written == [("甲乙", False)]
        assert desk.keeper.trouble is None

    play(what)


def test_nobody_waits_longer_than_a_person_would_and_the_write_goes_on() -> None:
    async def what(desk: Desk) -> None:
        desk.disk.free.clear()
        desk.type("甲")
        assert not await asyncio.wait_for(desk.keeper.flush(), 2)
        assert (desk.keeper.late, desk.told) == (True, 1)
        desk.disk.free.set()
        await desk.done()
        assert not desk.keeper.late
        assert desk.disk.written[0] == ("甲", True)
        assert not desk.keeper.behind

    play(what)


def test_an_intake_that_was_only_looked_at_leaves_nothing() -> None:
    async def what(desk: Desk) -> None:
        desk.keeper.touch(msgspec.structs.replace(EMPTY, step=1))
        assert await desk.keeper.flush()
        await desk.done()
        assert desk.disk.written == []

    play(what)


def test_what_was_emptied_again_is_kept_as_empty() -> None:
    async def what(desk: Desk) -> None:
        desk.type("甲")
        await desk.done()
        desk.type("")
        await desk.done()
        assert [note for note, _ in desk.disk.written] == ["甲", ""]

    play(what)


def test_nothing_is_written_after_the_case_was_taken() -> None:
    async def what(desk: Desk) -> None:
        desk.type("甲")
        await asyncio.sleep(0)  # the keeper gathers what belongs to the same burst
        desk.keeper.end()
        await desk.done()
        assert await desk.keeper.flush()
        assert desk.disk.written == []

    play(what)
