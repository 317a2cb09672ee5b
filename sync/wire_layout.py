"""Where the parts of a message lie, up to its signature. The picture is at the top of `wire.py`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from station import canonical
from station.errors import BadInput
from sync import signatures
from sync.limits import LIMITS, Limits

HeadFields = Mapping[str, Any] | msgspec.Struct

MAGIC: Final = b"VC1"
LENGTH_BYTES: Final = 4
_SENDER_AT: Final = len(MAGIC) + 2
_SENDER: Final = re.compile(rb"[A-Za-z0-9._:-]*")


@dataclass(frozen=True)
class Front:
    """Where the parts before the signature lie. `signed_end` is where the signature starts."""

    sender: str
    head_start: int
    signed_end: int


def front_of(data: bytes | bytearray, limits: Limits) -> Front | None:
    """The front of a message, None while it is not all there. Refuses as early as the bytes allow."""
    if data[: len(MAGIC)] != MAGIC[: len(data)]:
        raise BadInput("wire_magic")
    if len(data) < _SENDER_AT:
        return None
    if data[len(MAGIC)] != signatures.SUITE:
        raise BadInput("wire_suite", suite=data[len(MAGIC)])
    if data[_SENDER_AT - 1] > limits.sender_bytes:
        raise BadInput("wire_length")
    head_start = _SENDER_AT + data[_SENDER_AT - 1] + LENGTH_BYTES
    if len(data) < head_start:
        return None
    sender = bytes(data[_SENDER_AT : head_start - LENGTH_BYTES])
    if not _SENDER.fullmatch(sender):
        raise BadInput("wire_length")
    head_size = int.from_bytes(data[head_start - LENGTH_BYTES : head_start], "big")
    if head_size > limits.head_bytes:
        raise BadInput("wire_too_large", what="head", max=limits.head_bytes)
    return Front(sender.decode(), head_start, head_start + head_size) if len(data) >= head_start + head_size else None


def signed_part(head: HeadFields, blocks: list[bytes], sender: str) -> bytes:
    """Everything before the signature. Raises BadInput wire_too_large(what="head", max)."""
    fields = msgspec.to_builtins(head)
    assert "blocks" not in fields
    body = canonical.encode({**fields, "blocks": [block_hash(block) for block in blocks]})
    if len(body) > LIMITS.head_bytes:
        raise BadInput("wire_too_large", what="head", max=LIMITS.head_bytes)
    name = sender.encode("ascii")
    assert _SENDER.fullmatch(name)
    assert len(name) <= LIMITS.sender_bytes
    return MAGIC + bytes([signatures.SUITE, len(name)]) + name + len(body).to_bytes(LENGTH_BYTES, "big") + body


def block_hash(data: bytes) -> str:
    """What the head says of a block: the first 16 bytes of SHA-256, base64url without padding (22 characters)."""
    return signatures.to_text(hashlib.sha256(data).digest()[:16])


def message_hash(signed: bytes) -> str:
    """SHA-256 over everything before the signature, 43 characters. The head names the blocks, so it covers them too."""
    return signatures.to_text(hashlib.sha256(signed).digest())
