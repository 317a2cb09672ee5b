"""What a bench stands on: a real hub process and real station homes in a folder that goes away, also on Ctrl+C.

with ground() as folder, hub(folder / "hub", catalogue) as served:
    station = served.new_station(folder / "v1", "350212105206")
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from screens import wiring
from station import clerks, settings, vault
from station.clerks import Clerk
from station.database import Database
from station.desk import Desk
from sync import runner
from sync.transport import Transport

STATION = shutil.which("station", path=str(Path(sys.executable).parent))
CLERK = "林小梅"
PIN = "135790"
PASSPHRASE = "bench-only-passphrase"  # noqa: S105 - of homes that live for a minute
TOWN = "350212105"
READY_S = 60  # a hub that says nothing for so long never will
END_S = 15


class Trouble(RuntimeError):
    """A command of the bench failed: the message says which and what it said."""


class Station(NamedTuple):
    """A station's home, enrolled, and what its first sync reported."""

    home: Path
    first_sync: dict[str, Any]


class Served(NamedTuple):
    """A hub that serves."""

    home: Path
    url: str

    def new_station(self, home: Path, division: str) -> Station:
        """A home under a passphrase, enrolled with this hub."""
        code = call(self.home, "hub", "station", "add", "--division", division, "--name", "演示站")["code"]
        call(home, "init", "--division", division, "--name", "演示站", "--keys", "passphrase")
        return Station(home, call(home, "enrol", self.url, code)["sync"])


@contextmanager
def ground(parent: Path | None = None) -> Iterator[Path]:
    """A folder for the length of the block. Ctrl+C and SIGTERM end the block, also where a shell had them ignored."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with tempfile.TemporaryDirectory(prefix="station-bench-", dir=parent, ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def hub(home: Path, catalogue: dict[str, Any]) -> Iterator[Served]:
    """A hub with this catalogue and one village clerk of the town, serving in its own process."""
    call(home, "hub", "init")
    file = home / "catalogue.json"
    file.write_text(json.dumps(catalogue, ensure_ascii=False), encoding="utf-8")
    call(home, "hub", "publish", str(file))
    call(home, "hub", "clerk", "add", CLERK, "--role", "village_clerk", "--division", TOWN)
    words = home / "serve.err"
    with words.open("wb") as errors:
        process = subprocess.Popen(
            command(home, "hub", "serve", "--port", "0"), stdout=subprocess.PIPE, stderr=errors, env=environment()
        )
    try:
        yield Served(home, _url(process, words))
    finally:
        _end(process)


@contextmanager
def at_desk(one: Station) -> Iterator[tuple[Desk, Clerk]]:
    """The desk of a station, with its clerk signed in."""
    with _base(one) as database:
        yield wiring.desk(database), clerks.sign_in(database, CLERK, PIN)


@contextmanager
def online(one: Station) -> Iterator[Callable[[], dict[str, Any]]]:
    """One transport: each call of what it gives is one sync, reported by itself."""
    with _base(one) as database:
        with database.reading() as reader:
            who = settings.identity(reader)
        with wiring.transport(who.hub_url, who.ca) as way:
            yield lambda: _meeting(one.home, database, way)


def call(home: Path, *words: str) -> Any:
    """The JSON answer of one command. Raises Trouble."""
    done = subprocess.run(command(home, "--json", *words), capture_output=True, env=environment(), check=False)
    if done.returncode:
        raise Trouble(
            f"{' '.join(words)}: {done.stdout.decode(errors='replace')} {done.stderr.decode(errors='replace')}"
        )
    return json.loads(done.stdout)


def command(home: Path, *words: str) -> list[str]:
    """A call of `station` on a home. Raises Trouble where the environment has no `station`."""
    if STATION is None:
        raise Trouble("no `station` beside this Python: run the bench with the project's own environment")
    return [STATION, "--home", str(home), *words]


def environment() -> dict[str, str]:
    """The environment of every process of the bench."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STATION_")}
    return kept | {"STATION_PIN": PIN, "STATION_PASSPHRASE": PASSPHRASE, "PYTHONUTF8": "1"}


@contextmanager
def _base(one: Station) -> Iterator[Database]:
    database = Database(one.home / wiring.BASE, vault.unlock(one.home, PASSPHRASE))
    try:
        yield database
    finally:
        database.close()


def _meeting(home: Path, database: Database, way: Transport) -> dict[str, Any]:
    before = asdict(way.traffic)
    begun = perf_counter()
    report = runner.sync(home, database, way, wiring.clock)
    seconds = perf_counter() - begun
    return report | {key: value - before[key] for key, value in asdict(way.traffic).items()} | {"seconds": seconds}


def _url(process: subprocess.Popen[bytes], words: Path) -> str:
    assert process.stdout is not None
    alarm = threading.Timer(READY_S, process.kill)
    alarm.start()
    try:
        line = process.stdout.readline()
    finally:
        alarm.cancel()
    if not line:
        raise Trouble(f"hub serve: {words.read_text(encoding='utf-8', errors='replace')}")
    return str(json.loads(line)["url"])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
