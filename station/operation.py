"""One act of one person on one case: the entry of the journal, of the outbox, of the wire and of the audit.

The chain covers each header and a salted hash of the payload, never the payload itself: a payload can be erased by law
and the chain still holds. The id of an operation is taken from its hash, so both ends know it without sending it, and
two different operations of a cloned disk never share one.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import msgspec

from station import canonical

CHAIN_START = "0" * 64  # what the first operation of a replica epoch points back to
HUB = "hub"  # the device name of acts done at the hub itself
ARGS_BYTES_MAX = 256 * 1024  # one payload as JSON; a form of 400 answers is a tenth of it
SALT_BYTES = 9  # 72 bits hide a payload of few possible values from whoever holds only the header


class Base(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the person had been shown: the hub's epoch and the case's own sequence in the mirror (0: never seen)."""

    hub_epoch: int = 0
    seq: int = 0


class Operation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An act as it is journalled. Times are milliseconds since 1970 UTC; none of them orders anything."""

    device: str
    epoch: int  # replica epoch: grows when a disk was restored or cloned
    dseq: int  # gapless within (device, epoch), from 1
    act: str
    case: str = ""  # empty for the act that opens the case: the case takes the operation's id
    clerk: str
    role: str  # the clerk's at that moment: a fold years later must not depend on today's register
    at: int
    hlc: int = 0  # hybrid clock, 0 where it equals `at`
    elapsed: int = 0
    boot: str = ""
    base: Base = Base()
    salt: str = ""
    args: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True):
    """An operation with its place in the chain."""

    op: Operation
    prev: str
    hash: str

    @property
    def id(self) -> str:
        """The operation's id, a UUID of version 8 made of its hash."""
        return id_of(self.hash)

    @property
    def case_id(self) -> str:
        """The case that the operation speaks of; the act that opens a case names it."""
        return self.op.case or self.id


def payload_hash(salt: str, args: bytes) -> str:
    """Salted SHA-256 of the canonical payload, hex."""
    return hashlib.sha256(salt.encode() + b"\n" + args).hexdigest()


def header_hash(op: Operation, prev: str, payload: str) -> str:
    """The link of the chain, hex: SHA-256 over the canonical header, the previous link and the payload's hash."""
    header = {
        "device": op.device,
        "epoch": op.epoch,
        "dseq": op.dseq,
        "act": op.act,
        "case": op.case,
        "clerk": op.clerk,
        "role": op.role,
        "at": op.at,
        "hlc": op.hlc,
        "elapsed": op.elapsed,
        "boot": op.boot,
        "base": [op.base.hub_epoch, op.base.seq],
        "payload": payload,
        "prev": prev,
    }
    return hashlib.sha256(canonical.encode(header)).hexdigest()


def chained(op: Operation, prev: str) -> Entry:
    """The operation as the next entry after the link `prev`."""
    return Entry(op, prev, header_hash(op, prev, payload_hash(op.salt, canonical.encode(op.args))))


def id_of(link: str) -> str:
    """A UUID of version 8 (RFC 9562) from the first 16 bytes of a link."""
    raw = bytearray.fromhex(link[:32])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))
