"""What station and hub say to each other inside the envelope: heads and blocks, as JSON with named fields.

A hello carries operations up; an answer carries verdicts, cases and the hub's news down. Fields that this version does
not know are ignored in heads and kept in payloads. Sizes are bounded here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, TypeVar

import msgspec

from station import canonical
from station.errors import BadInput
from station.operation import Base, Operation
from sync.merge import Verdict

Message = TypeVar("Message")

VERSION = 1
DOMAIN_HELLO = b"village-counter/hello"
DOMAIN_ANSWER = b"village-counter/answer"

BLOCK_BYTES = 64 * 1024  # raw JSON of one block: what a cut connection may lose, and one transaction at the hub
MESSAGE_BYTES = 1024 * 1024  # raw JSON of one message: seconds, not minutes, on the thinnest link
Instant = Annotated[int, msgspec.Meta(ge=0, le=253_370_764_800_000)]  # ms; to the year 9999, the last of a calendar
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]  # what every JSON reader and every base can hold


class Have(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the station has of the hub's news. `lease` is the first serial of the newest lease it knows."""

    catalogue: Whole = 0
    calendar: Whole = 0
    clerks: str = ""
    lease: Whole = 0
    numbers: Whole = 0


class Hello(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The head of a station's message. `first` is the dseq of the first operation in its blocks, 0 for none."""

    v: int = VERSION
    device: str
    epoch: Whole
    counter: Whole
    time: Instant
    hub_epoch: Whole = 0
    cursor: str = ""
    first: Whole = 0
    prev: str = ""
    pending: Whole = 0
    have: Have = Have()


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The head of the hub's message. `stored` is how far it holds this station's journal without a gap."""

    v: int = VERSION
    hub_epoch: int
    request: str
    time: int
    stored: int = 0
    more: bool = False
    packs: dict[str, str] = {}


class WireOperation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An operation as it travels: device, epoch, dseq and the chain follow from the head and its place."""

    act: str
    case: str = ""
    clerk: str
    role: str
    at: Instant
    hlc: Instant = 0
    elapsed: Whole = 0
    boot: str = ""
    base: tuple[Whole, Whole] = (0, 0)
    salt: str = ""
    args: dict[str, Any] = {}


class CaseDelta(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What changed in one case: fields by their new value, fields taken away, history lines, conflicts.

    A `whole` case replaces what the station has of it.
    """

    id: str
    seq: int
    whole: bool = False
    set: dict[str, Any] = {}
    unset: tuple[str, ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    conflicts: tuple[dict[str, Any], ...] = ()


class Settled(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The verdict on one operation, by its dseq."""

    dseq: int
    seq: int
    verdict: Verdict


class Down(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One block of an answer. `applied` are runs (dseq, seq, count) of operations that simply took effect."""

    applied: tuple[tuple[int, int, int], ...] = ()
    settled: tuple[Settled, ...] = ()
    cases: tuple[CaseDelta, ...] = ()
    cursor: str = ""
    clerks: tuple[dict[str, Any], ...] | None = None
    clerks_hash: str = ""
    leases: tuple[tuple[int, int], ...] = ()


class Up(msgspec.Struct, frozen=True):
    """One block of a hello."""

    ops: tuple[WireOperation, ...]


def to_wire(op: Operation) -> WireOperation:
    """The operation without what its place says."""
    return WireOperation(
        act=op.act,
        case=op.case,
        clerk=op.clerk,
        role=op.role,
        at=op.at,
        hlc=op.hlc,
        elapsed=op.elapsed,
        boot=op.boot,
        base=(op.base.hub_epoch, op.base.seq),
        salt=op.salt,
        args=op.args,
    )


def from_wire(wire: WireOperation, device: str, epoch: int, dseq: int) -> Operation:
    """The operation at its place in the journal of a device."""
    return Operation(
        device=device,
        epoch=epoch,
        dseq=dseq,
        act=wire.act,
        case=wire.case,
        clerk=wire.clerk,
        role=wire.role,
        at=wire.at,
        hlc=wire.hlc,
        elapsed=wire.elapsed,
        boot=wire.boot,
        base=Base(*wire.base),
        salt=wire.salt,
        args=wire.args,
    )


def blocks_of(items: Iterable[tuple[Any, bytes]]) -> Iterator[list[Any]]:
    """The items in runs of at most BLOCK_BYTES of their bytes (one item may be larger by itself)."""
    run: list[Any] = []
    size = 0
    for item, data in items:
        if run and size + len(data) > BLOCK_BYTES:
            yield run
            run, size = [], 0
        run.append(item)
        size += len(data)
    if run:
        yield run


def runs(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int, int], ...]:
    """(dseq, seq) pairs as runs (dseq, seq, count) in which both grow by one."""
    found: list[list[int]] = []
    for dseq, seq in pairs:
        if found and found[-1][0] + found[-1][2] == dseq and found[-1][1] + found[-1][2] == seq:
            found[-1][2] += 1
        else:
            found.append([dseq, seq, 1])
    return tuple((first, seq, count) for first, seq, count in found)


def read(value: Any, kind: type[Message]) -> Message:
    """A checked value as a message. Raises BadInput `message_form`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as trouble:
        raise BadInput("message_form", field=str(trouble).rpartition("`")[0].rpartition("`")[2]) from None


def encoded(value: Any) -> bytes:
    """The bytes of a head or a block."""
    return canonical.encode(value)
