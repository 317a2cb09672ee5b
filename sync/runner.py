"""One sync of one station: alone, measured, and reported as the command line promises.

It asks the exchange what to say and decides only when and how much. A second sync on the same home is told who holds
the lock.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from station import journal, settings
from station.database import Database, Reader
from station.errors import StationError
from station.locks import sole
from station.ports import Clock
from sync.exchange import Exchange, Progress
from sync.transport import Transport

LAST_ERROR, ATTEMPTS = "last_sync_error", "sync_attempts"
ATTEMPTS_MAX = 10  # remembered for the person at the screen; the newest first
MILLISECONDS = 1_000


class Budget(msgspec.Struct, frozen=True):
    """What one sync may cost; None is without limit."""

    max_bytes: int | None = None
    max_seconds: float | None = None


def sync(
    home: Path,
    database: Database,
    transport: Transport,
    clock: Clock,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The report of one sync. Raises Busy, HubUnreachable, HubRefused, NotOurHub; what was settled before stays so."""
    budget = budget or Budget()
    with sole(home, "sync"):
        begun = clock.elapsed_ms()
        until = None if budget.max_seconds is None else begun + int(budget.max_seconds * MILLISECONDS)
        exchange = Exchange(database, transport, clock, progress)
        try:
            report = exchange.run(until_ms=until, max_bytes=budget.max_bytes)
        except StationError as trouble:
            _remember(database, clock, _attempt(exchange, transport, clock, begun), trouble)
            raise
        _remember(database, clock, _attempt(exchange, transport, clock, begun), None)
        with database.reading() as reader:
            found = tally(reader)
    return {
        "pushed": report.pushed,
        "pulled": report.pulled,
        **found,
        "chunks_sent": 0,
        "chunks_left": 0,
        "requests": transport.traffic.requests,
        "bytes_up": transport.traffic.bytes_up,
        "bytes_down": transport.traffic.bytes_down,
        "seconds": _seconds(clock, begun),
        "level": report.level and found["pending"] == 0,
    }


def tally(reader: Reader) -> dict[str, int]:
    """What still waits, and before whom."""
    conflicts = reader.execute("SELECT count(*) FROM conflict WHERE state = 'open'").fetchone()[0]
    return {
        "pending": journal.pending_count(reader),
        "conflicts": int(conflicts),
        "problems": len(journal.problems(reader)),
    }


def _attempt(exchange: Exchange, transport: Transport, clock: Clock, begun_ms: int) -> dict[str, Any]:
    """What one attempt did, also one that ended in trouble."""
    return {
        "seconds": _seconds(clock, begun_ms),
        "pushed": exchange.step.done,
        "pulled": exchange.step.pulled,
        "bytes_up": transport.traffic.bytes_up,
        "bytes_down": transport.traffic.bytes_down,
    }


def _remember(database: Database, clock: Clock, attempt: dict[str, Any], trouble: StationError | None) -> None:
    """Keeps how the last attempts went, and the trouble of the last one for as long as it lasts."""
    now = clock.now_ms()
    failed = {"code": trouble.code, "at": now, "fields": trouble.fields} if trouble is not None else None
    with database.changing() as rows:
        before = settings.get(rows, ATTEMPTS, [])
        settings.keep(rows, ATTEMPTS, [{"at": now, **attempt, "failed": failed}, *before][:ATTEMPTS_MAX])
        settings.keep(rows, LAST_ERROR, failed)


def _seconds(clock: Clock, begun_ms: int) -> float:
    return round((clock.elapsed_ms() - begun_ms) / MILLISECONDS, 3)
