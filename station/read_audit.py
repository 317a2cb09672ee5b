"""Who read which citizen's data, why and when: a chain of its own, sent to the hub once a day.

Triggers refuse to change or delete a line; the chain shows what was done past them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from station import canonical
from station.database import Reader
from station.errors import Damaged
from station.operation import CHAIN_START

_COLUMNS = "seq, at, clerk, case_id, what, reason, prev, hash"
_LAST = "SELECT seq, hash FROM read_audit ORDER BY seq DESC LIMIT 1"


class ReadLine(msgspec.Struct, frozen=True, kw_only=True):
    """One read. `what` names the data or the screen, never the data itself."""

    seq: int
    at: int
    clerk: str
    case_id: str
    what: str
    reason: str
    prev: str
    hash: str


def append(rows: Reader, *, at: int, clerk: str, case_id: str, what: str, reason: str = "") -> ReadLine:
    """Adds one line to the chain, in a `database.changing()`: a reader must not wait for SQLModel."""
    last = rows.execute(_LAST).fetchone() or (0, CHAIN_START)
    line = ReadLine(
        seq=last[0] + 1, at=at, clerk=clerk, case_id=case_id, what=what, reason=reason, prev=last[1], hash=""
    )
    line = msgspec.structs.replace(line, hash=link(line))
    rows.execute(f"INSERT INTO read_audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(line))  # noqa: S608
    return line


def lines(reader: Reader, after: int = 0, limit: int = 1000) -> tuple[ReadLine, ...]:
    """The lines after a number, in order."""
    found = reader.execute(
        f"SELECT {_COLUMNS} FROM read_audit WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
        (after, limit),
    ).fetchall()
    return tuple(_line(row) for row in found)


def verify(reader: Reader) -> int:
    """How many lines hold together. Damaged: read_audit_broken (seq: the first that does not)."""
    prev = CHAIN_START
    count = 0
    for line in _all(reader):
        count += 1
        if (line.seq, line.prev) != (count, prev) or line.hash != link(line):
            raise Damaged("read_audit_broken", seq=count)
        prev = line.hash
    return count


def link(line: ReadLine) -> str:
    """The hash of a line, hex: SHA-256 over everything in it but the hash."""
    header = msgspec.structs.asdict(line)
    del header["hash"]
    return hashlib.sha256(canonical.encode(header)).hexdigest()


def _all(reader: Reader) -> Iterator[ReadLine]:
    cursor = reader.execute(f"SELECT {_COLUMNS} FROM read_audit ORDER BY seq")  # noqa: S608
    return (_line(row) for row in cursor)


def _line(row: tuple[int, int, str, str, str, str, str, str]) -> ReadLine:
    return ReadLine(**dict(zip(_COLUMNS.split(", "), row, strict=True)))  # type: ignore[arg-type]
