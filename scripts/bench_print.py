"""Measures what an applicant waits for: from F9 on the review to the first byte of the receipt at the printer.

The real program in a real terminal, a real hub for its enrolment, a case taken each time; the printers are a socket
that listens, a named pipe and a serial line. The first one of a run is cold: the program has printed nothing yet.

    python scripts/bench_print.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import queue
import select
import socket
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench_ground import CLERK, PASSPHRASE, PIN, Trouble, environment, ground, hub
from pty_terminal import Terminal

import station
from screens import wiring
from screens.papers import printer_setting
from screens.papers.printer_setting import PrinterSetting
from station import catalogue, drafts, settings, vault
from station.case import china_day
from station.database import Database
from station.drafts import Draft

CATALOGUE = Path(station.__file__).parent / "demo" / "catalog_seed.json"
VILLAGE = "350212105206"
ITEM = "11350212DM0001139663520D0001000"
APPLICANT = {"name": "陈秀英", "id_no": "350200195503120025", "phone": "13800000001", "address": "莲花镇军营村1号"}
LAST_STEP = 99  # a draft is opened at its review
F1, ESCAPE = b"\x1bOP", b"\x1b"
F9 = b"\x1b[20~"
STILL_S = 0.5  # without output: the page stands
FULL, QUICK = 10, 2  # receipts on each kind of printer
WAIT_S = 15.0
MS = 1_000

Arrivals = queue.SimpleQueue[float]


def main() -> int:
    """Measures and reports."""
    parser = argparse.ArgumentParser(description="measure F9 to the first byte at the printer")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    with ground() as folder:
        figures = measure(folder, QUICK if options.quick else FULL)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value:9.1f}")
    return 0


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """`print.first` (cold), then `print.KIND.p50` and `.most` of each kind of printer; all in ms."""
    catalogue_of_demo = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    with hub(folder / "hub", catalogue_of_demo) as served:
        home = served.new_station(folder / "station", VILLAGE).home
    database = Database(home / wiring.BASE, vault.unlock(home, PASSPHRASE))
    figures: dict[str, float] = {}
    try:
        with _at_the_day(home) as terminal:
            for kind, printer in (("tcp", _tcp), ("fifo", _fifo), ("serial", _serial)):
                times = _times(terminal, database, folder / kind, printer, rounds + (not figures))
                if not figures:
                    figures["print.first"] = times.pop(0)
                figures |= {f"print.{kind}.p50": median(times), f"print.{kind}.most": max(times)}
    finally:
        database.close()
    return figures


@contextmanager
def _at_the_day(home: Path) -> Iterator[Terminal]:
    """The program with its clerk signed in."""
    words = ["-m", "screens.command_line", "--home", str(home), "desk"]
    with Terminal(words, more={**environment(), "STATION_LANG": "en"}) as terminal:
        for page, typed in ((b"Type the passphrase", PASSPHRASE), (b"Who is at the counter", PIN)):
            terminal.wait_for(page)
            terminal.wait_still(0, STILL_S, WAIT_S)
            _typed(terminal, f"{typed}\r".encode())
        yield terminal


def _times(
    terminal: Terminal, database: Database, place: Path, printer: Callable[[Path, Arrivals], Any], rounds: int
) -> list[float]:
    """Milliseconds of each receipt."""
    arrivals: Arrivals = queue.SimpleQueue()
    times: list[float] = []
    with printer(place, arrivals) as target:
        with database.changing() as rows:
            settings.keep(rows, printer_setting.KEY, PrinterSetting(target=target, paper="80"))
        for number in range(rounds):
            _prepare(database, f"{place.name}-{number}")
            for keys in (F1, ESCAPE):  # back from another page the day is read anew
                _typed(terminal, keys)
            _typed(terminal, b"1\r")
            at = time.perf_counter()
            terminal.type(F9)
            try:
                times.append((arrivals.get(timeout=WAIT_S) - at) * MS)
            except queue.Empty:
                raise Trouble(terminal.output[-3_000:].decode(errors="replace")) from None
            _typed(terminal, b"\r")
    return times


def _typed(terminal: Terminal, keys: bytes) -> None:
    since = len(terminal.chunks)
    terminal.type(keys)
    terminal.wait_still(since, STILL_S)


def _prepare(database: Database, name: str) -> None:
    """A draft that stands at its review."""
    with database.reading() as reader:
        item = catalogue.newest(reader, ITEM, china_day(wiring.clock.now_ms()))
    draft = Draft(id=name, clerk=CLERK, item=item.code, item_version=item.version, step=LAST_STEP, applicant=APPLICANT)
    drafts.keep(database, draft, wiring.clock.now_ms(), durable=True)


@contextmanager
def _tcp(_place: Path, arrivals: Arrivals) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                way, _ = listening.accept()
            except OSError:  # closed: the end
                return
            with way:
                first = True
                while data := way.recv(4_096):
                    if first:
                        arrivals.put(time.perf_counter())
                    first = False
                    if data.endswith(b"\x1dr\x01"):
                        way.sendall(b"\x00")

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


@contextmanager
def _fifo(place: Path, arrivals: Arrivals) -> Iterator[str]:
    os.mkfifo(place)
    with _watched(os.open(place, os.O_RDWR | os.O_NONBLOCK), arrivals):
        yield str(place)


@contextmanager
def _serial(_place: Path, arrivals: Arrivals) -> Iterator[str]:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    with _watched(ours, arrivals):
        yield os.ttyname(theirs)
    os.close(theirs)


@contextmanager
def _watched(handle: int, arrivals: Arrivals) -> Iterator[None]:
    """Says when the first bytes of a job come out of a handle; a pause ends a job."""
    over = threading.Event()

    def look() -> None:
        fresh = True
        while not over.is_set():
            if not select.select([handle], [], [], STILL_S / 2)[0]:
                fresh = True
                continue
            at = time.perf_counter()
            os.read(handle, 4_096)
            if fresh:
                arrivals.put(at)
            fresh = False

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        os.close(handle)


if __name__ == "__main__":
    sys.exit(main())
