"""Measures the project against yardsticks on the same machine in the same minutes: ratios, not absolutes.

Each figure names its command and its yardstick. A noisy machine only ever adds time, so starts are the least of several
runs; commits and exchanges are medians, because a disk and a network are slow by nature now and then.

    python scripts/bench.py [--quick] [--json] [--write] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, NamedTuple

import zstandard
from bench_ground import CLERK, PASSPHRASE, PIN, Station, Trouble, at_desk, command, environment, ground, hub, online
from bench_queries import QUERIES
from made_items import made_items
from made_people import made_intakes
from sqlcipher3 import dbapi2

import station
from screens import wiring
from station import clerks, vault
from station.case import china_day
from station.database import Database
from station.intake import Warnings, checked_intake
from station.item import Item
from station.item_record import item_of
from station.item_search import ItemIndex, SearchEntry
from sync.hub.pinyin_keys import keys_of

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path(station.__file__).parent / "demo" / "catalog_seed.json"
WRITTEN = ROOT / "docs" / "figures.md"
VILLAGE = "350212105206"
FLOOR_LEVEL = 19
SEED = 7
TYPED = ("item", "applicant", "answers", "materials", "note")  # what of a payload the clerk typed
MS = 1_000


class Counts(NamedTuple):
    """How much of each is measured."""

    starts: int
    cases: int
    items: int
    queries: int
    pushes: int
    pushed: int
    idle: int
    city: bool


FULL = Counts(starts=10, cases=200, items=1_400, queries=len(QUERIES), pushes=3, pushed=500, idle=11, city=True)
QUICK = Counts(starts=2, cases=15, items=100, queries=8, pushes=1, pushed=30, idle=2, city=False)


class Figure(NamedTuple):
    """One measured number. `ratio` is it over the yardstick, where there is one in the same unit."""

    name: str
    what: str
    value: float
    unit: str
    yardstick: str = ""
    yardstick_value: float | None = None
    ratio: float | None = None


def over(name: str, what: str, value: float, unit: str, yardstick: str, yardstick_value: float) -> Figure:
    """A figure with its ratio."""
    return Figure(name, what, value, unit, yardstick, yardstick_value, value / yardstick_value)


def measure(folder: Path, counts: Counts, tell: Callable[[str], None]) -> list[Figure]:
    """Every figure, in the order of the report."""
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    items = [item_of(record) for record in catalogue["items"]]
    with hub(folder / "hub", catalogue) as served:
        tell("a station")
        counter = served.new_station(folder / "counter", VILLAGE)
        tell("commits")
        committed = commits(counter, folder, items, counts)
        tell("starts")
        started = starts(counter, folder, counts)
        tell("search")
        searched = search(counts)
        tell("push")
        sent = push(counter, items, counts)
        tell("idle exchanges")
        quiet = idle(counter, counts)
    first = [first_sync(counter, catalogue)]
    if counts.city:
        tell("a city's catalogue")
        made = {"items": made_items(SEED, counts.items)}
        with hub(folder / "city", made) as served:
            first.append(first_sync(served.new_station(folder / "newcomer", VILLAGE), made))
    return [*started, *committed, *searched, *sent, *quiet, *first]


def starts(counter: Station, folder: Path, counts: Counts) -> list[Figure]:
    """How long a clerk waits for a command, over the least that any Python program takes. Bytecode is there."""
    words = (
        [sys.executable, "-c", "pass"],
        command(counter.home, "--help"),
        command(counter.home, "--json", "--as", CLERK, "cases", "--limit", str(counts.cases)),
    )
    around = environment() | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    for each in words:  # the first start compiles, and is not measured
        _run(each, around)
    # In turn, so that a slow minute slows all three.
    runs = [[_run(each, around) for each in words] for _ in range(counts.starts)]
    nothing, helped, listed = (min(seconds) for seconds in zip(*runs, strict=True))
    stretched = min(_seconds(lambda: vault.unlock(counter.home, PASSPHRASE)) for _ in range(counts.starts))
    database = Database(counter.home / wiring.BASE, vault.unlock(counter.home, PASSPHRASE))
    with database.reading():
        pass  # the base is open: what follows is the PIN
    checked = min(_seconds(lambda: clerks.sign_in(database, CLERK, PIN)) for _ in range(counts.starts))
    database.close()
    least, how = nothing * MS, f"least of {counts.starts}"
    yard = f"`python -c pass`, {how}"
    rest = (listed - stretched - checked) * MS
    return [
        over("start.help", f"`station --help`, {how}", helped * MS, "ms", yard, least),
        over("start.cases", f"`station cases`, {counts.cases} cases, {how}", listed * MS, "ms", yard, least),
        over("start.passphrase", "of it: stretching the passphrase", stretched * MS, "ms", yard, least),
        over("start.pin", "of it: checking the PIN", checked * MS, "ms", yard, least),
        over("start.rest", "of it: all the rest", rest, "ms", yard, least),
    ]


def commits(counter: Station, folder: Path, items: Sequence[Item], counts: Counts) -> list[Figure]:
    """What an intake costs over the least durable write on the same disk."""
    lines = made_intakes(SEED, items, counts.cases)
    plain = _plain_base(folder / "plain.db")
    taken, bare = [], []
    with at_desk(counter) as (desk, clerk):
        for line in lines:
            text = json.dumps(line, ensure_ascii=False)
            bare.append(_seconds(lambda text=text: _insert(plain, text)))  # type: ignore[misc]
            taken.append(_seconds(lambda line=line: desk.take(line, clerk)))  # type: ignore[misc]
    plain.close()
    yard = "bare INSERT and COMMIT of the same line, plain SQLite, WAL, synchronous=FULL, median"
    what = f"`take`: one intake to its receipt, median of {counts.cases}"
    least, added = median(bare) * MS, median(taken) - median(bare)
    return [
        over("commit.take", what, median(taken) * MS, "ms", yard, least),
        over("commit.added", "of it: what is not the bare write", added * MS, "ms", yard, least),
    ]


def search(counts: Counts) -> list[Figure]:
    """What one keystroke in the item search costs over one look at every name."""
    items = [item_of(record) for record in made_items(SEED, counts.items)]
    index = ItemIndex([_entry(item) for item in items])
    names = [item.name for item in items]
    typed = [query[:end] for query in QUERIES[: counts.queries] for end in range(1, len(query) + 1)]
    for text in typed[:5]:
        index.search(text)
    found = [_seconds(lambda text=text: index.search(text)) for text in typed]  # type: ignore[misc]
    scans = [_seconds(lambda text=text: [text in name for name in names]) for text in typed]  # type: ignore[misc]
    least = median(scans) * MS
    yard = f"`text in name` over the {len(names)} names, median"
    what = f"item search, {len(names)} items, {len(typed)} keystrokes of {counts.queries} queries"
    return [
        over("search.p50", f"{what}, p50", median(found) * MS, "ms", yard, least),
        over("search.p99", f"{what}, p99", quantiles(found, n=100)[98] * MS, "ms", yard, least),
    ]


def push(counter: Station, items: Sequence[Item], counts: Counts) -> list[Figure]:
    """Sending new cases, over the least bytes that what was typed can be."""
    lines = made_intakes(SEED + 1, items, counts.pushes * counts.pushed)
    batches = [lines[at : at + counts.pushed] for at in range(0, len(lines), counts.pushed)]
    with online(counter) as meet:
        meet()  # what was taken before
    reports = [_pushed(counter, batch) for batch in batches]
    seconds = median(report["seconds"] for report in reports)
    bytes_up = median(report["bytes_up"] for report in reports)
    least = median(_typed_bytes(batch, items) for batch in batches)
    yard = f"zstd -{FLOOR_LEVEL} of the fields as typed, JSON lines, no dictionary"
    what = f"push of {counts.pushed} new cases over loopback HTTPS, median of {counts.pushes}"
    return [
        Figure("push.seconds", f"{what}: wall", seconds, "s"),
        Figure("push.requests", f"{what}: requests", median(report["requests"] for report in reports), ""),
        over("push.bytes_up", f"{what}: body bytes up", bytes_up, "B", yard, least),
        over("push.bytes_a_case", f"{what}: per case", bytes_up / counts.pushed, "B", yard, least / counts.pushed),
        Figure("push.bytes_down", f"{what}: body bytes down", median(report["bytes_down"] for report in reports), "B"),
    ]


def idle(counter: Station, counts: Counts) -> list[Figure]:
    """An exchange that has nothing to say."""
    with online(counter) as meet:
        meet()  # whatever the push left to say
    fresh, kept = [], []
    for _ in range(counts.idle):
        with online(counter) as meet:
            fresh.append(meet())
            kept.append(meet())
    last, how = kept[-1], f"an exchange with nothing to do, median of {counts.idle}"
    return [
        Figure("idle.requests", f"{how}: requests", last["requests"], ""),
        Figure("idle.bytes_up", f"{how}: body bytes up", median(r["bytes_up"] for r in kept), "B"),
        Figure("idle.bytes_down", f"{how}: body bytes down", median(r["bytes_down"] for r in kept), "B"),
        Figure("idle.new", f"{how}: on a new connection", median(r["seconds"] for r in fresh) * MS, "ms"),
        Figure("idle.kept", f"{how}: on a kept connection", median(r["seconds"] for r in kept) * MS, "ms"),
    ]


def first_sync(newcomer: Station, catalogue: dict[str, Any]) -> Figure:
    """What an empty station fetches: catalogue, calendar and clerks, over the least that the catalogue can be."""
    report, count = newcomer.first_sync, len(catalogue["items"])
    what = f"first sync of an empty station, {count} items: body bytes both ways in {report['requests']} requests"
    least = _least(json.dumps(catalogue["items"], ensure_ascii=False, separators=(",", ":")).encode())
    yard = f"zstd -{FLOOR_LEVEL} of the catalogue's JSON"
    return over(f"first_sync.{count}", what, report["bytes_up"] + report["bytes_down"], "B", yard, least)


def report_lines(figures: Sequence[Figure]) -> list[tuple[str, str, str, str]]:
    """What is shown of each figure: what, number, times the yardstick, the yardstick."""
    return [
        (
            each.what,
            _number(each.value, each.unit),
            "" if each.ratio is None else f"{each.ratio:.3g} x",
            "" if each.yardstick_value is None else f"{each.yardstick}: {_number(each.yardstick_value, each.unit)}",
        )
        for each in figures
    ]


def machine() -> str:
    """What the numbers were measured on, without saying which one."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {dbapi2.sqlite_version}"
    )


def markdown(figures: Sequence[Figure]) -> str:
    """docs/figures.md."""
    head = (
        "# Figures",
        "",
        "Written by `scripts/bench.py --write`. What counts is the ratio: both numbers are of one machine and one run.",
        "Times of starts are the least of several runs, the others medians or quantiles as said.",
        "",
        f"Measured on: {machine()}.",
        "",
        "| What | Number | Over the yardstick | Yardstick |",
        "|---|---:|---:|---|",
    )
    return "\n".join((*head, *(f"| {' | '.join(cells)} |" for cells in report_lines(figures)), ""))


def _entry(item: Item) -> SearchEntry:
    keys = keys_of(item.name, item.aliases)
    return SearchEntry(item.code, item.version, item.name, item.aliases, item.implementing_dept, keys)


def _plain_base(path: Path) -> Any:
    """A base as SQLite makes it, without key, with the station's durability."""
    connection: Any = dbapi2.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    return connection


def _insert(connection: Any, text: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO line (body) VALUES (?)", (text,))
    connection.execute("COMMIT")


def _pushed(counter: Station, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    with at_desk(counter) as (desk, clerk):
        for line in lines:
            desk.take({**line, "ref": ""}, clerk)  # the commits had these refs
    with online(counter) as meet:
        report = meet()
    if report["pushed"] != len(lines) or not report["level"]:
        raise Trouble(f"the push did not end: {report}")
    return report


def _typed_bytes(lines: Sequence[dict[str, Any]], items: Sequence[Item]) -> int:
    """The least bytes of what a clerk typed: the checked payload without what the program adds to it."""
    known = {item.code: item for item in items}
    today = china_day(wiring.clock.now_ms())
    payloads = [checked_intake(line, known[line["item"]], today, Warnings()) for line in lines]
    typed = [{key: payload[key] for key in TYPED} for payload in payloads]
    return _least(
        "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in typed).encode()
    )


def _least(data: bytes) -> int:
    return len(zstandard.ZstdCompressor(level=FLOOR_LEVEL).compress(data))


def _run(words: Sequence[str], around: dict[str, str]) -> float:
    return _seconds(lambda: subprocess.run(words, env=around, stdout=subprocess.DEVNULL, check=True))


def _seconds(work: Callable[[], Any]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _number(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if unit in ("B", "") else f"{value:.3g}"
    return f"{shown} {unit}".rstrip()


def main() -> int:
    """Measures, shows, and writes where asked."""
    parser = argparse.ArgumentParser(description="measure the project against yardsticks of the same machine")
    parser.add_argument("--quick", action="store_true", help="smaller counts: says that it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--write", action="store_true", help="write docs/figures.md")
    parser.add_argument("--folder", type=Path, help="where to make the homes: the disk that is measured")
    options = parser.parse_args()
    if options.write and options.quick:
        parser.error("figures of a quick run are not worth writing down")
    counts = QUICK if options.quick else FULL
    try:
        with ground(options.folder) as folder:
            figures = measure(folder, counts, lambda text: print(f"... {text}", file=sys.stderr, flush=True))
    except KeyboardInterrupt:
        return 130
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"machine": machine(), "quick": options.quick, "figures": [f._asdict() for f in figures]}))
    else:
        for what, number, ratio, yardstick in report_lines(figures):
            print(f"{number:>12} {ratio:>9}  {what}" + (f"\n{'':24}over {yardstick}" if yardstick else ""))
    if options.write:
        WRITTEN.write_text(markdown(figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
