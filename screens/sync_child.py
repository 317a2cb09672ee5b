"""One sync in a process of its own, under the screens: `python -m screens.sync_child`.

One line of JSON comes in by the pipe (`Order`), lines of JSON go out: where the sync stands, then what it came to. The
process ends when its pipe is closed, wherever it is: each block was committed as it came, so nothing is lost.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from screens import wiring
from station.errors import StationError

if TYPE_CHECKING:
    from station.database import Database
    from sync.exchange import Step
    from sync.transport import Traffic

ORDER_BYTES = 16 * 1024
BEAT_S = 0.25  # between two lines: a parent sees that it lives, and a status line moves
NICENESS = 10  # who types goes first
DONE, FAILED, ABANDONED = 0, 1, 130


class Order(msgspec.Struct, frozen=True):
    """What the screens hand down. `key` opens the base; empty where the keyring of this system has it."""

    home: str
    key: bytes = b""
    max_bytes: int | None = None
    max_seconds: float | None = None


def main() -> int:
    """Runs one sync and returns 0, or 1 in trouble; the last line says which."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    pipe = io.FileIO(0, closefd=False)
    order = _order(pipe)
    voice = Voice(io.FileIO(1, "w", closefd=False))
    threading.Thread(target=_end_with, args=(pipe,), name="parent", daemon=True).start()
    threading.Thread(target=voice.beat, name="beat", daemon=True).start()
    try:
        voice.end({"report": _sync(order, voice)})
    except StationError as trouble:
        voice.end({"error": trouble.document()})
        return FAILED
    except Exception as bug:
        # Its kind and place, and nothing of what it says: that may be a citizen's name.
        place = traceback.extract_tb(bug.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno} {place.name}"
        voice.end({"error": {"code": "bug", "kind": type(bug).__name__, "where": where}})
        return FAILED
    return DONE


class Voice:
    """Says where the sync stands: each new phase at once, else a line a beat."""

    def __init__(self, out: io.FileIO) -> None:
        self.traffic: Traffic | None = None
        self._out = out
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._step: Step | None = None
        self._up_before = self._done_before = self._down_before = 0  # when the request began

    def heard(self, step: Step) -> None:
        """The exchange went on."""
        new = self._step is None or step.phase != self._step.phase
        if step.phase in ("sending", "fetching") and self.traffic is not None:
            self._up_before, self._down_before = self.traffic.bytes_up, self.traffic.bytes_down
            self._done_before = step.done
        self._step = step
        if new:
            self._say(self._standing())

    def beat(self) -> None:
        """Says where it stands again and again, until the end."""
        self._say(self._standing())
        while not self._over.wait(BEAT_S):
            self._say(self._standing())

    def end(self, document: dict[str, Any]) -> None:
        """The last line."""
        self._over.set()
        self._say(document, last=True)

    def _standing(self) -> dict[str, Any]:
        step, traffic = self._step, self.traffic
        if step is None or traffic is None:
            return {"phase": "connecting"}
        phase = self._phase(step.phase, traffic)
        message, gone = max(0, traffic.ends_up - self._up_before), traffic.bytes_up - self._up_before
        answer, came = max(0, traffic.ends_down - self._down_before), traffic.bytes_down - self._down_before
        later = step.total - self._done_before - step.offered
        to_come = max(0, answer - came) if answer else None
        left = {
            "sending": message - gone + (later * message // step.offered if step.offered else 0),
            "receiving": to_come,
            "fetching": to_come,
        }
        return {
            "phase": phase,
            "done": step.done,
            "sent": self._done_before + (step.offered * gone // message if message else 0),
            "total": step.total,
            "pulled": step.pulled,
            "came": came,
            "answer": answer,
            "left": left.get(phase),
            "bytes_up": traffic.bytes_up,
            "bytes_down": traffic.bytes_down,
        }

    def _phase(self, phase: str, traffic: Traffic) -> str:
        """Before the first byte of a message one connects; after its last one the hub is waited for."""
        if phase != "sending":
            return phase
        if traffic.bytes_up == self._up_before:
            return "connecting"
        return "sending" if traffic.bytes_up < traffic.ends_up else "waiting"

    def _say(self, document: dict[str, Any], *, last: bool = False) -> None:
        line = msgspec.json.encode(document) + b"\n"
        with self._guard:
            if self._over.is_set() and not last:
                return  # nothing comes after the last line
            try:
                self._out.write(line)
            except OSError:
                os._exit(ABANDONED)  # nobody listens any more


def _order(pipe: io.FileIO) -> Order:
    """The line that the parent wrote. What it was read into is wiped."""
    line = bytearray(ORDER_BYTES)
    size = 0
    while size < ORDER_BYTES and line.find(b"\n", 0, size) < 0:
        came = pipe.readinto(memoryview(line)[size:])
        if not came:
            os._exit(ABANDONED)
        size += came
    order = msgspec.json.decode(memoryview(line)[:size], type=Order)
    line[:] = bytes(ORDER_BYTES)
    return order


def _end_with(pipe: io.FileIO) -> None:
    """Ends this process, whatever it is doing, when the other end of its pipe is closed."""
    while pipe.read(1):
        pass
    os._exit(ABANDONED)


def _sync(order: Order, voice: Voice) -> dict[str, Any]:
    from screens.station_commands import way_to_hub  # noqa: PLC0415 - said "connecting" before what is slow to import
    from sync import runner  # noqa: PLC0415

    home, budget = Path(order.home), runner.Budget(order.max_bytes, order.max_seconds)
    database = _base(home, order.key)
    try:
        with way_to_hub(database) as way:
            voice.traffic = way.traffic
            return runner.sync(home, database, way, wiring.clock, budget, voice.heard)
    finally:
        database.close()


def _base(home: Path, key: bytes) -> Database:
    from station import schema, vault  # noqa: PLC0415
    from station.database import Database  # noqa: PLC0415

    database = Database(home / wiring.BASE, key or vault.unlock(home, None))
    schema.ensure_current(database)
    return database


if __name__ == "__main__":
    sys.exit(main())
