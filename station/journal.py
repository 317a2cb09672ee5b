"""The journal of this device: every act, in order, chained. It is the outbox, the audit trail and the legal evidence.

An operation never disappears: it is pending until the hub's verdict on it is stored beside it. Payloads lie apart, so
that one can be erased by law while the chain still holds.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from station import canonical
from station.database import Reader
from station.errors import Damaged
from station.operation import CHAIN_START, SALT_BYTES, Base, Entry, Operation, chained, header_hash, payload_hash
from station.ports import Chance, Clock

if TYPE_CHECKING:
    from sqlmodel import Session

_COLUMNS = (
    "j.epoch, j.dseq, j.op_id, j.device, j.act, j.case_id, j.clerk, j.role, j.at, j.hlc, j.elapsed, j.boot, "
    "j.base_epoch, j.base_seq, j.payload_hash, j.prev, j.hash, p.salt, p.args"
)
_FROM = "FROM journal j LEFT JOIN payload p ON p.op_id = j.op_id"
_PENDING = f"SELECT {_COLUMNS} {_FROM} JOIN pending w ON w.epoch = j.epoch AND w.dseq = j.dseq"
_ORDER = "ORDER BY j.epoch, j.dseq"


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Who does what to which case; the journal adds the place, the times and the link. Empty `case`: opens one."""

    act: str
    case: str = ""
    clerk: str
    role: str
    base: Base = Base()
    args: dict[str, Any] = {}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one operation at the hub."""

    op_id: str
    outcome: str
    rule: str = ""
    code: str = ""
    fields: dict[str, Any] = {}
    seq: int = 0
    at: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that did not take effect, with the hub's reason."""

    entry: Entry
    verdict: Verdict


def append(session: Session, deed: Deed, device: str, epoch: int, clock: Clock, chance: Chance) -> Entry:
    """The deed as the next entry, in the given transaction."""
    from station.sessions import rows  # noqa: PLC0415  (reading the journal must not wait for SQLModel)

    query = "SELECT dseq, hash, max(at, hlc) FROM journal WHERE epoch = ? ORDER BY dseq DESC LIMIT 1"
    dseq, link, last_clock = rows(session).execute(query, (epoch,)).fetchone() or (0, CHAIN_START, 0)
    now = clock.now_ms()
    op = Operation(
        device=device,
        epoch=epoch,
        dseq=dseq + 1,
        act=deed.act,
        case=deed.case,
        clerk=deed.clerk,
        role=deed.role,
        at=now,
        hlc=0 if now > last_clock else last_clock + 1,
        elapsed=clock.elapsed_ms(),
        boot=clock.boot_id(),
        base=deed.base,
        salt=_text(chance.token(SALT_BYTES)),
        args=deed.args,
    )
    entry = chained(op, link)
    _write(session, entry)
    return entry


def _write(session: Session, entry: Entry) -> None:
    from station.tables import JournalRow, PayloadRow  # noqa: PLC0415

    op = entry.op
    args = canonical.encode(op.args)
    session.add(PayloadRow(op_id=entry.id, salt=op.salt, args=args.decode()))
    session.add(
        JournalRow(
            epoch=op.epoch,
            dseq=op.dseq,
            op_id=entry.id,
            device=op.device,
            act=op.act,
            case_id=entry.case_id,
            clerk=op.clerk,
            role=op.role,
            at=op.at,
            hlc=op.hlc,
            elapsed=op.elapsed,
            boot=op.boot,
            base_epoch=op.base.hub_epoch,
            base_seq=op.base.seq,
            payload_hash=payload_hash(op.salt, args),
            prev=entry.prev,
            hash=entry.hash,
        )
    )
    session.flush()


def pending(reader: Reader, limit: int = -1) -> list[Entry]:
    """The operations without a verdict, in device order: the outbox."""
    found = reader.execute(f"{_PENDING} {_ORDER} LIMIT ?", (limit,)).fetchall()
    return [_entry(row) for row in found]


def pending_of(reader: Reader, case_id: str) -> list[Entry]:
    """The operations of one case without a verdict."""
    found = reader.execute(f"{_PENDING} WHERE w.case_id = ? {_ORDER}", (case_id,)).fetchall()
    return [_entry(row) for row in found]


def of_case(reader: Reader, case_id: str) -> list[Entry]:
    """Every operation of one case made here, whatever became of it."""
    found = reader.execute(f"SELECT {_COLUMNS} {_FROM} WHERE j.case_id = ? {_ORDER}", (case_id,)).fetchall()
    return [_entry(row) for row in found]


def pending_count(reader: Reader) -> int:
    """How many operations wait for the hub."""
    return int(reader.execute("SELECT count(*) FROM pending").fetchone()[0])


def pending_choices(reader: Reader) -> set[str]:
    """The ids of the conflicts whose choice, made here, has no verdict yet."""
    query = (
        "SELECT json_extract(p.args, '$.conflict') FROM pending w "
        "JOIN journal j ON j.epoch = w.epoch AND j.dseq = w.dseq JOIN payload p ON p.op_id = w.op_id "
        "WHERE j.act = 'settle'"
    )
    return {str(row[0]) for row in reader.execute(query).fetchall()}


def oldest_pending_at(reader: Reader) -> int | None:
    """When the oldest waiting operation was made."""
    row = reader.execute(
        "SELECT j.at FROM pending w JOIN journal j ON j.epoch = w.epoch AND j.dseq = w.dseq "
        "ORDER BY w.epoch, w.dseq LIMIT 1"
    ).fetchone()
    return None if row is None else int(row[0])


def entry_at(reader: Reader, epoch: int, dseq: int) -> Entry | None:
    """The entry at a place of the journal."""
    row = reader.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE j.epoch = ? AND j.dseq = ?",
        (epoch, dseq),
    ).fetchone()
    return None if row is None else _entry(row)


def settle(session: Session, verdict: Verdict) -> None:
    """Keeps the hub's verdict; the operation is no longer pending. The same verdict again changes nothing."""
    from station.tables import VerdictRow  # noqa: PLC0415

    if session.get(VerdictRow, verdict.op_id) is None:
        fields = canonical.encode(verdict.fields).decode()
        session.add(VerdictRow(**(msgspec.structs.asdict(verdict) | {"fields": fields})))
        session.flush()


def problems(reader: Reader) -> list[Problem]:
    """The operations that the hub rejected, quarantined or deferred, newest first."""
    found = reader.execute(
        f"SELECT {_COLUMNS}, v.outcome, v.rule, v.code, v.fields, v.seq, v.at {_FROM} "
        "JOIN verdict v ON v.op_id = j.op_id WHERE v.outcome IN ('rejected', 'quarantined', 'deferred') "
        "ORDER BY j.epoch DESC, j.dseq DESC"
    ).fetchall()
    return [
        Problem(
            entry=_entry(row[:19]),
            verdict=Verdict(
                op_id=row[2],
                outcome=row[19],
                rule=row[20],
                code=row[21],
                fields=canonical.decode(row[22]),
                seq=row[23],
                at=row[24],
            ),
        )
        for row in found
    ]


def verify(reader: Reader) -> int:
    """How many entries hold together. Raises Damaged `journal_broken` (epoch, dseq: the first that does not)."""
    count = 0
    epoch, dseq, link = 0, 0, CHAIN_START
    for row in _all(reader):
        if row[0] != epoch:
            epoch, dseq, link = row[0], 0, CHAIN_START
        entry, kept_payload = _entry(row), row[14]
        dseq += 1
        erased = row[18] is None
        payload = kept_payload if erased else payload_hash(entry.op.salt, row[18].encode())
        if entry.op.dseq != dseq or entry.prev != link or payload != kept_payload:
            raise Damaged("journal_broken", epoch=epoch, dseq=dseq)
        if header_hash(entry.op, entry.prev, payload) != entry.hash or row[2] != entry.id:
            raise Damaged("journal_broken", epoch=epoch, dseq=dseq)
        link = entry.hash
        count += 1
    return count


def _all(reader: Reader) -> Iterator[tuple[Any, ...]]:
    rows: Iterable[tuple[Any, ...]] = reader.execute(f"SELECT {_COLUMNS} {_FROM} {_ORDER}")
    return iter(rows)


def _entry(row: tuple[Any, ...]) -> Entry:
    opens = row[2] == row[5]  # a case has the id of the act that opened it
    op = Operation(
        epoch=row[0],
        dseq=row[1],
        device=row[3],
        act=row[4],
        case="" if opens else row[5],
        clerk=row[6],
        role=row[7],
        at=row[8],
        hlc=row[9],
        elapsed=row[10],
        boot=row[11],
        base=Base(row[12], row[13]),
        salt=row[17] or "",
        args=canonical.decode(row[18]) if row[18] is not None else {},
    )
    return Entry(op, row[15], row[16])


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
