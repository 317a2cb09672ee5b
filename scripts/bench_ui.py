"""Measures the screens in a real terminal, beside a minimal Textual app and stock widgets in the same minutes.

From the bytes of a key to the last byte of its frame. Starts are the least of several; latencies are percentiles. First
the parts by themselves, then the whole counter with a real hub, then the way to the printer.

    python scripts/bench_ui.py [--quick] [--json] [--parts] [--write]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import msgspec
from made_items import made_items
from pty_terminal import ROOT, Terminal

from station.item_record import item_of
from station.item_search import SearchEntry
from sync.hub.pinyin_keys import keys_of

APP = str(ROOT / "scripts" / "bench_ui_app.py")
READY = b"READY"  # in the first whole frame of each program
FIELDS = 4
ITEMS = 1_400
SEED = 7
TYPED = ("ylb cb", "dibao sq", "高龄津贴", "shbx bt", "fuzhu", "jzz bg", "养老 转移", "xhz")
BACKSPACE = b"\x7f"
STILL_S = 0.06  # without output: the frame of a key is whole
KEY_S = 0.002  # between two keys of a burst
WAIT_S = 10.0
MS = 1_000


class Counts(NamedTuple):
    """How much of each is measured."""

    starts: int
    bursts: int
    rounds: int


DOCUMENT = ROOT / "docs" / "figures-screens.md"
HEAD = f"""# Figures of the screens

Written by `scripts/bench_ui.py --write`: milliseconds, keys or wrong runs, all of one run on one machine. What counts
is the ratio to what stands beside it in the same run. `start.*` are the least of several; `counter.*` is the program
with an encrypted base, 1,400 items and a real hub; `print.*` is F9 to the first byte at a socket, a pipe and a line.

Measured on: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.

| figure | value | wanted |
|---|---:|---|"""
WANTED = {
    "keys.wrong_of_40": "0",
    "counter.start.counter": "`counter.start.minimal` + 150 at most",
    "counter.search.p99": "25 at most",
    "counter.path.repeat.keys": "14 at most",
    "counter.path.repeat.cases": "1: the case was taken",
    "counter.resume.keys": "2 at most",
    "print.tcp.most": "500 at most",
    "print.fifo.most": "500 at most",
    "print.serial.most": "500 at most",
}
FULL, QUICK = Counts(starts=8, bursts=40, rounds=4), Counts(starts=2, bursts=5, rounds=1)


def main() -> int:
    """Measures and reports."""
    parser = argparse.ArgumentParser(description="measure the screens")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--parts", action="store_true", help="without the whole counter and the printer")
    parser.add_argument("--write", action="store_true", help=f"the figures into {DOCUMENT.relative_to(ROOT)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), QUICK if options.quick else FULL)
    if not options.parts:
        figures |= whole(quick=options.quick)
    if options.write:
        DOCUMENT.write_text(document(figures), encoding="utf-8")
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:32} {value:9.1f}")
    return 0


def whole(*, quick: bool) -> dict[str, float]:
    """The figures of the counter as a whole and of the way to the printer."""
    import bench_counter  # noqa: PLC0415  (it takes its yardsticks from here)
    import bench_ground  # noqa: PLC0415
    import bench_print  # noqa: PLC0415

    with bench_ground.ground() as folder:
        counter = bench_counter.measure(folder, bench_counter.QUICK if quick else bench_counter.FULL)
    with bench_ground.ground() as folder:
        printer = bench_print.measure(folder, bench_print.QUICK if quick else bench_print.FULL)
    return {f"counter.{name}": value for name, value in counter.items()} | printer


def document(figures: dict[str, float]) -> str:
    """The page with the figures of the last full run."""
    rows = [f"| `{name}` | {value:.1f} | {WANTED.get(name, '')} |" for name, value in figures.items()]
    return "\n".join([HEAD, *rows, ""])


def measure(folder: Path, counts: Counts) -> dict[str, float]:
    """Every figure; times in ms. Ours and stock take turns, so that a busy minute meets both."""
    catalogue = folder / "catalogue.json"
    catalogue.write_bytes(msgspec.json.encode([_entry(record) for record in made_items(SEED, ITEMS)]))
    starts: dict[str, list[float]] = {"minimal": [], "home": []}
    for _ in range(counts.starts):
        for kind, times in starts.items():
            times.append(start_ms(kind))
    figures = {f"start.{kind}": min(times) for kind, times in starts.items()}
    for kind in ("keys", "stock-keys"):
        figures[f"{kind}.wrong_of_{counts.bursts}"] = float(wrong_bursts(kind, folder / kind, counts.bursts))
    for kind in ("search", "stock-search"):
        times, sizes = search_ms(kind, catalogue, counts.rounds)
        cuts = quantiles(times, n=100, method="inclusive")
        figures |= {f"{kind}.p50": median(times), f"{kind}.p95": cuts[94], f"{kind}.p99": cuts[98]}
        figures[f"{kind}.bytes"] = median(sizes)
    return figures


def start_ms(kind: str) -> float:
    """From the start of the process to the end of its first frame."""
    with Terminal([APP, kind]) as terminal:
        return (terminal.wait_for(READY) - terminal.started_at) * MS


def wrong_bursts(kind: str, results: Path, bursts: int) -> int:
    """How many bursts over four fields came out otherwise than they were typed, or not at all."""
    chance = random.Random(SEED)  # noqa: S311 - the same bursts for both
    wrong = 0
    with Terminal([APP, kind, str(results)]) as terminal:
        terminal.wait_for(READY)
        for _ in range(bursts):
            meant = ["".join(chance.choices("0123456789abcdef", k=chance.randint(4, 18))) for _ in range(FIELDS)]
            before = _lines(results)
            for char in "".join(f"{text}\r" for text in meant):
                terminal.type(char.encode())
                time.sleep(KEY_S)
            got = _line_after(results, before)
            wrong += got != meant
            terminal.wait_still(0, STILL_S)
    return wrong


def search_ms(kind: str, catalogue: Path, rounds: int) -> tuple[list[float], list[int]]:
    """Key to paint for each key of the searches, and the bytes of its frames."""
    times: list[float] = []
    sizes: list[int] = []
    with Terminal([APP, kind, str(catalogue)]) as terminal:
        terminal.wait_for(READY)
        terminal.wait_still(0, STILL_S)
        for text in TYPED * rounds:
            for key in [*(char.encode() for char in text), *[BACKSPACE] * len(text)]:
                since = len(terminal.chunks)
                at = time.perf_counter()
                terminal.type(key)
                if (painted := terminal.wait_still(since, STILL_S)) is not None:
                    times.append((painted - at) * MS)
                    sizes.append(sum(len(chunk.data) for chunk in terminal.chunks[since:]))
    return times, sizes


def _lines(results: Path) -> list[str]:
    return results.read_text(encoding="utf-8").splitlines() if results.exists() else []


def _line_after(results: Path, before: list[str]) -> list[str] | None:
    until = time.perf_counter() + (WAIT_S if not before else 1.0)
    while time.perf_counter() < until:
        lines = _lines(results)
        if len(lines) > len(before):
            got: list[str] = json.loads(lines[len(before)])
            return got
        time.sleep(KEY_S)
    return None


def _entry(record: dict[str, object]) -> SearchEntry:
    item = item_of(record)
    return SearchEntry(
        item.code, item.version, item.name, item.aliases, item.implementing_dept, keys_of(item.name, item.aliases)
    )


if __name__ == "__main__":
    sys.exit(main())
