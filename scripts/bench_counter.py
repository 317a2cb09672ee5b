"""Measures the whole counter in a real terminal: an encrypted station with 1,400 items, its cases, and a real hub.

    python scripts/bench_counter.py [--quick] [--json]

From the bytes of a key to the last byte of its frame, as bench_ui.py does it for the parts. Starts stand beside a
minimal Textual app in the same minutes; paths are counted in keys and must end in a case at the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, NamedTuple

import bench_ground
from bench_ui import APP as PARTS
from bench_ui import BACKSPACE, ITEMS, MS, READY, SEED, STILL_S, TYPED
from made_items import made_items
from made_people import made_intakes
from pty_terminal import Terminal

from station.item_record import item_of

VILLAGE = "350212105206"
PENDING_S = 60.0
ENTER, F6, F9 = b"\r", b"\x1b[17~", b"\x1b[20~"
LOCK, SIGN_IN, TODAY, INTAKE = "请输入口令", "谁在窗口", "今日", "第1步"  # in the first frame of each page
DRAFT_NAME = "恢复测试"
BETWEEN_FRAMES_S = 0.008
KEPT_S = 0.4  # a letter is at the disk by then
TAIL = 2_000  # bytes
PROCESSES = Path("/proc")


class Counts(NamedTuple):
    """How much of each is measured."""

    starts: int
    cases: int
    rounds: int


FULL, QUICK = Counts(starts=8, cases=300, rounds=2), Counts(starts=2, cases=20, rounds=1)


def main() -> int:
    """Measures and reports."""
    parser = argparse.ArgumentParser(description="measure the counter as a whole")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    with bench_ground.ground() as folder:
        figures = measure(folder, QUICK if options.quick else FULL)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:40} {value:9.1f}")
    return 0


def measure(folder: Path, counts: Counts) -> dict[str, float]:
    """Every figure; times in ms, paths in keys."""
    records = made_items(SEED, ITEMS)
    items = [item_of(record) for record in records]
    with bench_ground.hub(folder / "hub", {"items": records}) as served:
        station = served.new_station(folder / "village", VILLAGE)
        lines = made_intakes(SEED, items, counts.cases)
        with bench_ground.at_desk(station) as (desk, clerk):
            for line in lines:
                desk.take(line, clerk)
        figures = starts(station.home, counts.starts)
        with counter(station.home) as terminal:
            sign_in(terminal)
            figures |= search(terminal, counts.rounds)
            figures |= repeat_applicant(terminal, lines[-1]["applicant"]["id_no"])
            figures["path.repeat.cases"] = float(_cases(station.home) - counts.cases)
        figures |= resume(station.home)
    return figures


def starts(home: Path, count: int) -> dict[str, float]:
    """Cold starts to the first whole frame, in turns; the least of each."""
    times: dict[str, list[float]] = {"minimal": [], "counter": []}
    for _ in range(count):
        with Terminal([PARTS, "minimal"]) as terminal:
            times["minimal"].append((terminal.wait_for(READY) - terminal.started_at) * MS)
        with counter(home) as terminal:
            times["counter"].append((terminal.wait_for(LOCK.encode()) - terminal.started_at) * MS)
    return {f"start.{name}": min(each) for name, each in times.items()}


@contextmanager
def counter(home: Path) -> Iterator[Terminal]:
    """The screens of a home in a terminal, as a clerk starts them: nothing is in the environment but the language."""
    clean = {"STATION_LANG": "zh-Hans", "STATION_PASSPHRASE": "", "STATION_PIN": ""}
    with Terminal(["-X", "utf8", "-m", "screens.command_line", "--home", str(home)], more=clean) as terminal:
        try:
            yield terminal
        finally:
            for child in children(terminal.pid):
                os.kill(child, signal.SIGKILL)


def sign_in(terminal: Terminal, since: int = 0) -> None:
    """The passphrase, then the PIN of the clerk who stands first."""
    wait_after(terminal, since, LOCK)
    terminal.type(bench_ground.PASSPHRASE.encode() + ENTER)
    wait_after(terminal, since, SIGN_IN)
    terminal.wait_still(0, STILL_S)
    terminal.type(bench_ground.PIN.encode() + ENTER)
    wait_after(terminal, since, f"> {TODAY}")
    terminal.wait_still(0, STILL_S)


def search(terminal: Terminal, rounds: int) -> dict[str, float]:
    """Key to paint of each key of the searches on today's page: of the frame with the list, and of all that follows."""
    first, whole = [], []
    for text in TYPED * rounds:
        for key in [*(char.encode() for char in text), *[BACKSPACE] * len(text)]:
            since, at = len(terminal.chunks), perf_counter()
            terminal.type(key)
            if (painted := terminal.wait_still(since, STILL_S)) is not None:
                first.append((first_frame(terminal, since) - at) * MS)
                whole.append((painted - at) * MS)
    figures: dict[str, float] = {}
    for name, times in (("search", first), ("search.closer_look", whole)):
        cuts = quantiles(times, n=100, method="inclusive")
        figures |= {f"{name}.p50": median(times), f"{name}.p95": cuts[94], f"{name}.p99": cuts[98]}
    return figures


def first_frame(terminal: Terminal, since: int) -> float:
    """When the last byte of the first frame after that chunk came."""
    times = [chunk.at for chunk in terminal.chunks[since:]]
    return next((before for before, after in pairwise(times) if after - before > BETWEEN_FRAMES_S), times[-1])


def painted_ms(terminal: Terminal, key: bytes) -> float | None:
    """From a key to the last byte of its frame; None where nothing was painted."""
    since, at = len(terminal.chunks), perf_counter()
    terminal.type(key)
    painted = terminal.wait_still(since, STILL_S)
    return None if painted is None else (painted - at) * MS


def repeat_applicant(terminal: Terminal, id_no: str) -> dict[str, float]:
    """A person who was here before, no reader: the end of the number, the item, all received, review, commit."""
    keys = [*(char.encode() for char in id_no[-6:]), ENTER, b"1", ENTER, F6, F9, F9, ENTER]
    begun = perf_counter()
    slowest = max(painted_ms(terminal, key) or 0.0 for key in keys)
    whole = (perf_counter() - begun) * MS - len(keys) * STILL_S * MS
    return {"path.repeat.keys": float(len(keys)), "path.repeat.ms": whole, "path.repeat.slowest_key": slowest}


def resume(home: Path) -> dict[str, float]:
    """A draft after kill -9: keys from today to where the clerk was, and the time until it stands there."""
    with counter(home) as terminal:
        sign_in(terminal)
        for key in (
            b"0",
            b"1",
            ENTER,
            b"\t",
            DRAFT_NAME.encode(),
        ):
            painted_ms(terminal, key)
        wait_after(terminal, 0, DRAFT_NAME)
        terminal.wait_still(len(terminal.chunks), KEPT_S, KEPT_S)
        since = len(terminal.output)
        screens = children(terminal.pid)
        assert screens, "the launcher watches no screens"
        for child in screens:
            os.kill(child, signal.SIGKILL)
        sign_in(terminal, since)
        keys = [b"1", ENTER]
        since, at = len(terminal.output), perf_counter()
        for key in keys:
            terminal.type(key)
        took = (wait_after(terminal, since, INTAKE) - at) * MS
        wait_after(terminal, since, DRAFT_NAME)
    return {"resume.keys": float(len(keys)), "resume.ms": took}


def wait_after(terminal: Terminal, since: int, text: str) -> float:
    """Waits until a text has come out after that many bytes; says when. Raises TimeoutError."""
    until = perf_counter() + PENDING_S
    while text.encode() not in terminal.output[since:]:
        if perf_counter() > until:
            raise TimeoutError(terminal.output[since:][-TAIL:].decode(errors="replace"))
        terminal.wait_still(len(terminal.chunks), STILL_S, STILL_S)
    return terminal.chunks[-1].at


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    file = PROCESSES / str(pid) / "task" / str(pid) / "children"
    return [int(each) for each in file.read_text(encoding="ascii").split()] if file.exists() else []


def _cases(home: Path) -> int:
    status: dict[str, Any] = bench_ground.call(home, "status")
    return int(status["cases"])


if __name__ == "__main__":
    sys.exit(main())
