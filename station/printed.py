"""Which papers of a case left this station: what marks a reprint (补打), and what tells whether a number is out.

Append-only, kept here and never sent: the hub has no use for it, and a case looks the same everywhere without it. What
people get wrong: a paper that broke off half-way counts, because its first part may be in somebody's hand.
"""

from __future__ import annotations

import msgspec

from station.database import Reader

_COLUMNS = "case_id, doc, at, clerk, format, whole"
_ADD = f"INSERT INTO printed ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
_OF_CASE = f"SELECT {_COLUMNS} FROM printed WHERE case_id = ? ORDER BY seq"  # noqa: S608
_COUNT = "SELECT count(*) FROM printed WHERE case_id = ? AND doc = ?"


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that left, or began to. `doc` is its kind (receipt, notice), `format` txt, pdf or escpos."""

    case: str
    doc: str
    at: int
    clerk: str
    format: str
    whole: bool


def note(rows: Reader, line: Printed) -> None:
    """Keeps that a paper left, in a `database.changing()`."""
    rows.execute(_ADD, (line.case, line.doc, line.at, line.clerk, line.format, int(line.whole)))


def of_case(reader: Reader, case_id: str) -> tuple[Printed, ...]:
    """What left of one case, the oldest first."""
    found = reader.execute(_OF_CASE, (case_id,)).fetchall()
    return tuple(
        Printed(case=row[0], doc=row[1], at=row[2], clerk=row[3], format=row[4], whole=bool(row[5])) for row in found
    )


def times(reader: Reader, case_id: str, doc: str) -> int:
    """How many times this paper of this case left."""
    return int(reader.execute(_COUNT, (case_id, doc)).fetchone()[0])
