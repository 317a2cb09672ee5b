"""The sync in its own process: real children, a real hub, lines that are cut, and parents that die."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from loop_city import BASE_KEY, City, Station, assert_alike
from served_city import SECRET, lock, point_at, thin_line, until

from screens import sync_process
from screens.counter import Counter
from screens.real_ports import SystemClock
from screens.sync_child import ABANDONED, Order
from screens.sync_process import Outcome, SyncProcess, SyncState
from station import vault
from station.errors import Busy, HubUnreachable
from station.locks import sole
from sync.transport_http import HttpTransport
from tests.lying_servers import lying_server

pytest_plugins = ["loop_fixtures", "served_fixtures"]

ROOT = Path(__file__).resolve().parent.parent
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Watched:
    """A sync and what it told."""

    def __init__(self, village: Station) -> None:
        self.order = Order(str(village.home), BASE_KEY)
        self.told: list[tuple[float, SyncState | None]] = []
        self.process = SyncProcess(SystemClock(), self._told)

    def _told(self) -> None:
        self.told.append((time.monotonic(), self.process.state))

    async def until(self, holds: Callable[[SyncState], bool]) -> SyncState:
        for _ in range(2_000):
            if self.process.state is not None and holds(self.process.state):
                return self.process.state
            await asyncio.sleep(0.005)
        raise AssertionError(f"it did not come: {self.told[-3:]}, {self.process.outcome}")

    @property
    def outcome(self) -> Outcome:
        assert self.process.outcome is not None
        return self.process.outcome

    @property
    def pid(self) -> int:
        assert self.process._process is not None
        return self.process._process.pid


def play(village: Station, what: Callable[[Watched], Coroutine[Any, Any, None]]) -> Watched:
    watched = Watched(village)
    asyncio.run(what(watched))
    return watched


async def whole(watched: Watched) -> None:
    assert watched.process.start(watched.order)
    await watched.process.ended()


def is_gone(pid: int) -> bool:
    """Whether a process has ended, or is only still in the table."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_sync_moves_at_once_and_ends_with_its_report(hub: str, city: City, village: Station) -> None:
    cases = [village.take().case for _ in range(3)]
    started = time.monotonic()
    watched = play(village, whole)
    (first, state), *_ = watched.told
    assert first - started < 0.2
    assert state is not None
    assert state.phase == "connecting"
    assert watched.told[-1][1] is None
    assert watched.outcome.kind == "done"
    assert watched.outcome.report["pushed"] == 3
    assert village.pending() == 0
    assert_alike(city, cases[0], village)


def test_it_is_heard_four_times_a_second_and_only_a_waiting_one_has_no_news(silence: None, village: Station) -> None:
    async def what(watched: Watched) -> None:
        watched.process.start(watched.order)
        await watched.until(lambda state: state.beat > 7)
        await watched.process.cancel()

    times = [at for at, state in play(village, what).told if state is not None and state.beat > 2]
    beats = [later - earlier for earlier, later in pairwise(times)]
    assert max(beats) < 0.5
    assert sum(beats) / len(beats) > 0.15


def test_the_bytes_of_one_message_are_counted_as_they_go(hub: str, city: City, village: Station) -> None:
    for _ in range(12):
        village.take()
    with thin_line(hub, 3_000) as slow:
        point_at(village, slow)
        watched = play(village, whole)
    assert watched.outcome.kind == "done"
    states = [state for _, state in watched.told if state is not None]
    assert "waiting" in {state.phase for state in states}
    waiting = [state for state in states if state.phase == "waiting"]
    assert all(state.bytes_up > 500 and state.done == 0 and state.sent == 12 for state in waiting)
    assert all((state.share or 0) < 1 for state in waiting)


def reads_little(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(8_192)
    over.wait(10)


@linux
def test_what_the_line_has_not_taken_does_not_count_as_sent() -> None:
    body = os.urandom(1_000_000)
    with lying_server(reads_little) as url, HttpTransport(url, SystemClock(), total_s=5, pause_s=0.5) as way:
        with pytest.raises(HubUnreachable):
            list(way.exchange(body))
        assert 8_192 <= way.traffic.bytes_up < 300_000
        assert way.traffic.ends_up == len(body)


def test_nobody_there_is_told_with_its_reason(village: Station) -> None:
    lock(village.home)
    point_at(village, "http://127.0.0.1:9")
    error = play(village, whole).outcome.error
    assert isinstance(error, HubUnreachable)
    assert (error.code, error.fields["reason"]) == ("hub_unreachable", "connect")


def test_a_sync_that_waits_for_a_silent_hub_is_ended_within_half_a_second(silence: None, village: Station) -> None:
    village.take()
    took: list[float] = []

    async def what(watched: Watched) -> None:
        watched.process.start(watched.order)
        await watched.until(lambda state: state.phase == "waiting")
        started = time.monotonic()
        await watched.process.cancel()
        took.append(time.monotonic() - started)
        assert not watched.process.running

    assert play(village, what).outcome.kind == "cancelled"
    assert took[0] < 0.5
    assert village.pending() == 1
    assert village.verify()["faults"] == []


def test_ended_anywhere_while_the_desk_goes_on_nothing_is_lost(hub: str, city: City, village: Station) -> None:
    cases = [village.take().case for _ in range(8)]

    async def what(watched: Watched) -> None:
        for pause in (0.0, 0.15, 0.3, 0.35, 0.4, 0.5):
            watched.process.start(watched.order)
            await asyncio.sleep(pause)
            cases.append(village.take().case)
            await watched.process.cancel()
        await whole(watched)

    assert play(village, what).outcome.report["pending"] == 0
    assert_alike(city, cases[0], village)
    assert_alike(city, cases[-1], village)
    assert len(city.operations()) == len(cases)


def test_a_second_one_is_not_started(silence: None, village: Station) -> None:
    async def what(watched: Watched) -> None:
        assert watched.process.start(watched.order)
        assert not watched.process.start(watched.order)
        await watched.process.cancel()
        assert watched.process.start(watched.order)
        await watched.process.cancel()

    play(village, what)


def test_who_holds_the_lock_is_told(hub: str, village: Station) -> None:
    with sole(village.home, "sync"):
        error = play(village, whole).outcome.error
    assert isinstance(error, Busy)
    assert error.fields == {"holder": "sync", "pid": os.getpid()}


def test_a_child_that_dies_without_a_word_is_not_taken_for_done(silence: None, village: Station) -> None:
    async def what(watched: Watched) -> None:
        watched.process.start(watched.order)
        await watched.until(lambda state: state.beat > 0)
        os.kill(watched.pid, signal.SIGKILL)
        await watched.process.ended()

    outcome = play(village, what).outcome
    assert outcome.kind == "failed"
    assert outcome.error is not None
    assert outcome.error.code == "sync_died"


STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"phase": "connecting"}', flush=True)
while True:
    time.sleep(9)
"""


def test_one_that_will_not_end_is_killed(tmp_path: Path, village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stubborn_child.py").write_text(STUBBORN)
    monkeypatch.setattr(sync_process, "MODULE", "stubborn_child")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    took: list[float] = []

    async def what(watched: Watched) -> None:
        watched.process.start(watched.order)
        await watched.until(lambda state: state.beat > 0)
        started, pid = time.monotonic(), watched.pid
        await watched.process.cancel()
        took.append(time.monotonic() - started)
        assert is_gone(pid)

    assert play(village, what).outcome.kind == "cancelled"
    assert sync_process.END_S <= took[0] < 0.6


@linux
def test_the_secret_goes_by_the_pipe_alone(silence: None, village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATION_PASSPHRASE", SECRET)
    monkeypatch.setenv("STATION_PIN", "482913")

    async def what(watched: Watched) -> None:
        watched.process.start(watched.order)
        await watched.until(lambda state: state.phase == "waiting" or state.beat > 2)
        there = Path(f"/proc/{watched.pid}")
        seen = (there / "cmdline").read_bytes() + (there / "environ").read_bytes()
        assert b"screens.sync_child" in seen
        for secret in (SECRET.encode(), BASE_KEY, BASE_KEY.hex().encode(), b"482913", b"STATION_P"):
            assert secret not in seen
        assert os.getpriority(os.PRIO_PROCESS, watched.pid) >= 10
        await watched.process.cancel()

    play(village, what)


def test_a_closed_pipe_ends_it_though_somebody_still_listens(silence: None, village: Station) -> None:
    order = msgspec.json.encode(Order(str(village.home), BASE_KEY)) + b"\n"
    child = subprocess.Popen(
        [sys.executable, "-m", "screens.sync_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(order)
    child.stdin.flush()
    assert child.stdout.readline() == b'{"phase":"connecting"}\n'
    child.stdin.close()
    assert child.wait(2) == ABANDONED
    child.stdout.close()


PARENT = """
import asyncio, sys
from screens.real_ports import SystemClock
from screens.sync_child import Order
from screens.sync_process import SyncProcess
async def main():
    process = SyncProcess(SystemClock(), lambda: None)
    process.start(Order(sys.argv[1], bytes(range(48))))
    while process.state is None or process.state.beat < 2:
        await asyncio.sleep(0.01)
    print(process._process.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_screens_die_their_sync_ends(silence: None, village: Station, how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(village.home)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not is_gone(child)
    parent.send_signal(how)
    parent.wait(10)
    parent.stdout.close()
    until(lambda: is_gone(child), 2.0)


def test_the_key_is_handed_down_only_where_a_person_typed_for_it(village: Station) -> None:
    lock(village.home)
    village.database.close()
    counter = Counter(village.home)
    counter.open(SECRET)
    assert counter.sync_order() == Order(str(village.home), BASE_KEY)
    counter.close()
    assert counter.sync_order().key == b""


def test_a_key_of_the_keyring_is_left_there(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "unlock", lambda _home, _secret: BASE_KEY)
    counter = Counter(village.home)
    counter.open(None)
    assert counter.sync_order() == Order(str(village.home))
    counter.close()
