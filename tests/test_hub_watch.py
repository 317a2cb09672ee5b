"""What is known of the hub between two syncs, and when the station syncs by itself."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from loop_city import City, FakeClock, SeededChance, Station
from served_city import SECRET, lock, point_at, served

from screens import hub_reach, sync_timetable
from screens.counter import Counter
from screens.hub_reach import Reach
from screens.hub_watch import HubWatch
from screens.real_ports import SystemClock
from screens.sync_process import Outcome
from screens.sync_timetable import AUTO_SYNC_MS, BACK_MS, FAILED_MS, LEAST_MS, SOON_MS, Timetable
from screens.widgets.status_bar import Part
from station import settings
from sync.knocking import Knocker

pytest_plugins = ["loop_fixtures"]

NOW = 1_790_000_000_000  # 22:13 in China
MINUTE = 60_000


# ── who opens ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def full_house() -> Iterator[str]:
    """An address whose line is full: who knocks is not answered, as behind a line that was cut."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as listening:
        inside = [socket.socket() for _ in range(3)]
        for each in inside:
            each.setblocking(False)
            each.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        for each in inside:
            each.close()


def test_a_knock_says_who_opens_and_why_not(full_house: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/hub"
        assert Knocker(url, SystemClock()).knock(1) == ""
    assert Knocker(url, SystemClock()).knock(1) == "connect"
    assert Knocker("https://nobody.invalid", SystemClock()).knock(1) == "name"
    assert Knocker(full_house, SystemClock()).knock(0.1) == "timeout"


def test_an_old_address_is_better_than_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    clock = FakeClock()
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        there = socket.getaddrinfo("127.0.0.1", listening.getsockname()[1], type=socket.SOCK_STREAM)

        def looked_up(*args: Any, **_more: Any) -> Any:
            asked.append(args)
            if len(asked) > 1:
                raise socket.gaierror
            return there

        monkeypatch.setattr(socket, "getaddrinfo", looked_up)
        knocker = Knocker("https://hub:1", clock)
        assert [knocker.knock(1) for _ in range(3)] == ["", "", ""]
        assert len(asked) == 1
        clock.now += 400_000
        assert [knocker.knock(1), knocker.knock(1)] == ["", ""]
        assert len(asked) == 2


def test_a_loss_is_told_within_five_seconds_and_a_late_answer_is_believed() -> None:
    reach = Reach()
    reach.asked(0)
    reach.answered("", 30, NOW)
    assert reach.online
    told = None
    for at in range(100, 6_000, 250):  # the line is cut right after the knock; nothing answers any more
        if reach.due(at, attended=True):
            reach.asked(at)
        reach.waited(at, NOW + at)
        told = told or (None if reach.online else at)
    assert told is not None
    assert told <= 5_000
    assert (reach.reason, reach.since_ms) == ("timeout", NOW + told)
    reach.answered("", 9_000, NOW + 9_000)
    assert reach.online


def test_a_slow_link_is_given_more_time_after_its_first_answer() -> None:
    reach = Reach()
    reach.asked(0)
    reach.waited(2_000, NOW)
    assert not reach.online
    reach.answered("", 3_000, NOW)
    reach.asked(5_000)
    reach.waited(8_500, NOW)
    assert reach.online


def test_where_nobody_is_signed_in_it_is_asked_seldom() -> None:
    reach = Reach()
    assert reach.due(0, attended=False)
    reach.asked(0)
    reach.answered("", 10, NOW)
    assert reach.due(hub_reach.KNOCK_MS, attended=True)
    assert not reach.due(hub_reach.KNOCK_MS, attended=False)
    assert reach.due(hub_reach.ALONE_MS, attended=False)


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Chance:
    """Always the same share of what is possible."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share

    def token(self, size: int) -> bytes:
        return int(self.share * 256**size).to_bytes(size, "big")


def table(share: float = 0.5) -> Timetable:
    made = Timetable(Chance(share))
    made.begin(0)
    return made


def test_a_station_syncs_every_quarter_of_an_hour() -> None:
    times = table()
    assert not times.due(AUTO_SYNC_MS - 1)
    assert times.due(AUTO_SYNC_MS)
    times.ended(AUTO_SYNC_MS + 5_000)
    assert times.at_ms == 2 * AUTO_SYNC_MS + 5_000


def test_acts_go_soon_and_together_and_only_where_somebody_opens() -> None:
    times = table()
    times.acted(60_000, online=False)
    assert times.at_ms == AUTO_SYNC_MS
    times.acted(61_000, online=True)
    times.acted(62_000, online=True)
    assert times.at_ms == 61_000 + SOON_MS
    times.ended(65_000)
    times.acted(65_500, online=True)
    assert times.at_ms == 65_000 + LEAST_MS


def test_the_hub_that_comes_back_is_met_soon_and_not_by_all_at_once() -> None:
    assert {table(share).at_ms for share in (0.0, 0.5)} == {AUTO_SYNC_MS}
    found = []
    for share in (0.0, 0.5, 0.99):
        times = table(share)
        times.came_back(60_000)
        found.append(times.at_ms)
    assert len(set(found)) == 3
    assert all(60_000 <= (at or 0) <= 60_000 + BACK_MS for at in found)


def test_after_failures_it_waits_longer_and_longer_and_acts_wait_along() -> None:
    times, waits = table(0.999_999), []
    for _ in range(8):
        times.failed(0, again=True)
        waits.append(round((times.at_ms or 0) / FAILED_MS))
        planned = times.at_ms
        times.acted(1, online=True)
        assert times.at_ms == planned
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    times.ended(0)
    times.acted(20_000, online=True)
    assert times.at_ms == 20_000 + SOON_MS


def test_a_hub_that_asks_for_a_pause_is_given_it_and_a_refusal_is_not_repeated_soon() -> None:
    times = table(0.0)
    times.failed(0, again=True)
    assert times.at_ms == LEAST_MS
    times.failed(0, again=True, pause_s=120)
    assert times.at_ms == 120_000
    times.failed(0, again=False)
    assert times.at_ms == AUTO_SYNC_MS


def test_nothing_is_tried_soon_where_nobody_opens_and_a_person_may_switch_it_off() -> None:
    times = table()
    times.acted(1_000, online=True)
    times.went(2_000)
    assert times.at_ms == 2_000 + AUTO_SYNC_MS
    times.every_ms = 0
    assert not times.due(10**9)


# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Door:
    """A hub's door that the test opens and closes."""

    reason = ""

    def knock(self, _patience_s: float) -> str:
        return self.reason


class Scene:
    """A watch over an open village, on a clock that the test moves."""

    def __init__(self, village: Station) -> None:
        self.counter = Counter(village.home)
        self.counter.open(SECRET)
        self.counter.clerk = village.clerk()
        self.clock, self.door = FakeClock(), Door()
        self.over: list[tuple[Outcome, bool]] = []
        self.told = 0
        self.watch = HubWatch(
            self.counter,
            self.clock,
            SeededChance(3),
            lambda _url: self.door,
            told=self._told,
            over=lambda outcome, asked: self.over.append((outcome, asked)),
        )

    def _told(self) -> None:
        self.told += 1

    async def after(self, ms: int) -> None:
        """Time passes and the watch looks, until the knock in flight was heard."""
        self.clock.now += ms
        await self.watch.tick()
        for _ in range(200):
            if self.watch.reach._asked_ms is None:
                return
            await asyncio.sleep(0.001)

    async def over_sync(self) -> None:
        """The sync that runs is over, and told."""
        await self.watch.process.ended()
        while self.watch._ending is not None:
            await asyncio.sleep(0.001)

    @property
    def line(self) -> list[str]:
        return [self.watch.status.state.id, *(part.id for part in self.watch.status.parts)]


def scene(village: Station, what: Callable[[Scene], Any]) -> None:
    async def run() -> None:
        made = Scene(village)
        try:
            await what(made)
        finally:
            await made.watch.process.cancel()
            made.counter.close()

    village.database.close()
    asyncio.run(run())


@pytest.fixture
def hub(city: City, village: Station) -> Iterator[str]:
    lock(village.home)
    with served(city) as url:
        point_at(village, url)
        yield url


def test_a_station_syncs_by_itself_after_an_act(hub: str, village: Station) -> None:
    async def what(here: Scene) -> None:
        await here.after(0)
        await here.after(BACK_MS)
        await here.over_sync()  # the first one of the day
        assert [asked for _, asked in here.over] == [False]
        village.take()
        await here.after(LEAST_MS)
        assert here.watch.glance.pending == 1
        assert not here.watch.process.running
        await here.after(SOON_MS)
        assert here.watch.process.running
        await here.over_sync()
        assert [outcome.report["pushed"] for outcome, _ in here.over] == [0, 1]
        assert here.line[0] == "sync.online"

    scene(village, what)


def test_what_waits_is_told_right_after_the_act_and_sent_when_the_hub_opens(hub: str, village: Station) -> None:
    async def what(here: Scene) -> None:
        here.door.reason = "connect"
        await here.after(0)
        assert here.line[:3] == ["sync.offline", "status.pending", "status.since"]
        village.take()
        await here.watch.tick()
        assert here.watch.status.parts[0] == Part("status.pending", {"count": 1})
        for _ in range(40):
            await here.after(3_000)
        assert not here.over
        here.door.reason = ""
        await here.after(3_000)
        await here.after(BACK_MS)
        assert here.watch.process.running
        await here.over_sync()
        assert here.over[-1][0].report["pushed"] == 1

    scene(village, what)


def test_a_person_has_a_sync_at_once_and_a_second_key_starts_none(hub: str, village: Station) -> None:
    async def what(here: Scene) -> None:
        await here.after(0)
        before = here.told
        assert here.watch.sync_now()
        assert here.told == before + 1
        assert here.line[0] == "status.syncing"
        assert not here.watch.sync_now()
        await here.over_sync()
        assert [asked for _, asked in here.over] == [True]

    scene(village, what)


def test_one_that_a_person_stopped_is_said_to_be_and_not_begun_again(hub: str, village: Station) -> None:
    village.take()

    async def what(here: Scene) -> None:
        await here.after(0)
        here.watch.sync_now()
        await here.watch.stop()
        await here.over_sync()
        assert here.over[-1][0].kind == "cancelled"
        assert "status.cancelled" in here.line
        for _ in range(10):
            await here.after(10_000)
        assert len(here.over) == 1
        assert "status.cancelled" not in here.line

    scene(village, what)


class Ended:
    """A sync that is over as the test says."""

    def __init__(self, outcome: Outcome) -> None:
        self.running, self.state, self.outcome = False, None, outcome

    async def cancel(self) -> None:
        """Nothing runs."""


@pytest.mark.parametrize(("pushed", "goes_on"), [(2, True), (0, False)])
def test_what_was_done_during_a_sync_goes_soon_and_what_is_stuck_is_not_tried_for_ever(
    village: Station, pushed: int, goes_on: bool
) -> None:
    lock(village.home)
    village.take()
    village.take()

    async def what(here: Scene) -> None:
        await here.after(0)
        here.watch._pending_before = 2
        report = {"pushed": pushed}  # two waited when it began, and two wait
        here.watch.process = Ended(Outcome("done", here.clock.now, report))  # type: ignore[assignment]
        here.watch._sync_told()
        while not here.over:
            await asyncio.sleep(0.001)
        assert ((here.watch.timetable.at_ms or 0) - here.clock.elapsed_ms() <= LEAST_MS) is goes_on

    scene(village, what)


def test_a_person_chooses_how_often_it_syncs_and_nonsense_chooses_nothing(village: Station) -> None:
    lock(village.home)
    chosen: list[int] = []

    async def what(here: Scene) -> None:
        for minutes in (5, 0, "often", -3, 10**9):
            with here.counter.database.changing() as rows:
                settings.keep(rows, "auto_sync_minutes", minutes)
            await here.watch.tick()
            chosen.append(here.watch.timetable.every_ms // MINUTE)

    scene(village, what)
    assert chosen == [5, 0, 15, 0, 24 * 60]


def test_an_open_door_without_our_hub_is_not_online(village: Station) -> None:
    lock(village.home)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        point_at(village, f"http://127.0.0.1:{listening.getsockname()[1]}")

    async def what(here: Scene) -> None:
        await here.after(0)
        assert here.line[0] == "sync.online"  # the last sync was good, and somebody opens
        here.watch.sync_now()
        await here.over_sync()
        await here.after(1_000)
        assert here.line[:3] == ["status.failed", "status.pending", "status.failed_at"]
        assert here.watch.trouble is not None
        assert here.watch.trouble.fields["reason"] == "connect"

    scene(village, what)


def test_a_knock_that_hangs_holds_nothing_up(village: Station) -> None:
    lock(village.home)

    class Hanging(Door):
        def knock(self, _patience_s: float) -> str:
            time.sleep(1.0)
            return ""

    async def what(here: Scene) -> None:
        here.door = Hanging()
        started = time.monotonic()
        for _ in range(10):
            here.clock.now += 300
            await here.watch.tick()
        assert time.monotonic() - started < 0.5
        assert here.line[0] == "sync.offline"

    scene(village, what)


def test_the_constants_keep_the_promise_of_five_seconds() -> None:
    assert hub_reach.KNOCK_MS + hub_reach.PATIENCE_MS + 250 <= 5_000
    assert sync_timetable.SOON_MS < sync_timetable.LEAST_MS
