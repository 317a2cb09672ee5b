"""The envelope that serves HTTP, a USB stick and a relay alike: a signed head, then blocks that stand on their own.

    3  b"VC1"
    1  suite (1: ed25519-sha256)
    1  length of the sender's name, then the name in ASCII: it finds the key, nothing else, and is signed with the rest
    4  length of the head, big-endian, then the head: canonical JSON with `blocks`, a list of one hash for each block
   64  signature over domain and every byte above
    .  one zstd stream of (4 bytes length, block), flushed after each block; absent where there are no blocks

A block is checked against the head and handed out as soon as its bytes are there, so that a connection that dies at
80 % keeps 80 %. Nothing is parsed before the signature holds. No socket, no clock: bytes in, events out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from station.errors import BadInput, StationError
from sync import signatures
from sync.limits import LIMITS, Limits
from sync.signatures import SigningKey
from sync.strict_json import strict_json
from sync.wire_layout import LENGTH_BYTES, Front, HeadFields, block_hash, front_of, message_hash, signed_part
from sync.zstd_stream import Inflater, deflate

__all__ = [
    "LIMITS",
    "Block",
    "Head",
    "Limits",
    "Opener",
    "block_hash",
    "hash_of",
    "open_whole",
    "seal",
    "seal_chunks",
    "strict_json",
]

KeyOf = bytes | Callable[[str], bytes | None]


@dataclass(frozen=True)
class Head:
    """A head whose signature holds. `hash` names the whole message, blocks included: an answer covers it."""

    fields: dict[str, Any]
    sender: str
    hash: str


@dataclass(frozen=True)
class Block:
    """A block that is the one its head promised: its bytes as they came, and what they say."""

    index: int
    data: bytes = field(repr=False)
    value: Any = field(repr=False)


Event = Head | Block


def seal(
    head: HeadFields,
    blocks: Iterable[bytes],
    key: SigningKey,
    domain: bytes,
    *,
    sender: str = "",
    dictionary: bytes | None = None,
) -> bytes:
    """The message as one piece of bytes. Raises BadInput wire_too_large(what, max) beyond the limits."""
    return b"".join(seal_chunks(head, blocks, key, domain, sender=sender, dictionary=dictionary))


def seal_chunks(
    head: HeadFields,
    blocks: Iterable[bytes],
    key: SigningKey,
    domain: bytes,
    *,
    sender: str = "",
    dictionary: bytes | None = None,
) -> Iterator[bytes]:
    """The message in pieces: everything up to the signature, then one piece for each block."""
    blocks = list(blocks)
    _check_sizes(blocks, LIMITS)
    signed = signed_part(head, blocks, sender)
    yield signed + signatures.sign(key, domain, signed)
    yield from deflate(
        (len(block).to_bytes(LENGTH_BYTES, "big") + block for block in blocks), _total(blocks), dictionary
    )


def hash_of(message: bytes) -> str:
    """The `Head.hash` that the receiver sees (43 characters). Only for a message that we sealed ourselves."""
    front = front_of(message, LIMITS)
    assert front is not None
    return message_hash(message[: front.signed_end])


def open_whole(
    message: bytes, domain: bytes, key_of: KeyOf, limits: Limits = LIMITS, *, dictionary: bytes | None = None
) -> tuple[Head, list[Block]]:
    """Head and all blocks of a message that is there whole. Raises as `Opener.feed`, and wire_truncated."""
    opener = Opener(domain, key_of, limits, dictionary=dictionary)
    events = opener.feed(message)
    if not opener.close():
        raise BadInput("wire_truncated", blocks=max(0, len(events) - 1))
    head, *blocks = events
    assert isinstance(head, Head)
    return head, [block for block in blocks if isinstance(block, Block)]


class Opener:
    """Reads one message as it arrives.

    `key_of` is the sender's public key, or a function from the sender's name to it: None means a stranger, and it may
    raise an error of its own. The name is not proven at that moment; it is by the time a Head is handed out.
    """

    def __init__(
        self, domain: bytes, key_of: KeyOf, limits: Limits = LIMITS, *, dictionary: bytes | None = None
    ) -> None:
        self._domain = domain
        self._key_of = key_of
        self._limits = limits
        self._inflater = Inflater(limits, dictionary)
        self._waiting = bytearray()  # what came and is not yet a whole head or a whole block
        self._promised: list[str] | None = None
        self._taken = 0
        self._trouble: StationError | None = None

    def feed(self, data: bytes) -> list[Event]:
        """What these bytes complete: the Head once, then each Block in order.

        Trouble raises at once when nothing verified came before it in these bytes; otherwise what was verified is
        returned first and the next call, `close` too, raises. Raises BadInput with wire_magic, wire_suite,
        wire_length, wire_signature, wire_block_hash(index), wire_too_large(what, max), wire_too_deep(max),
        wire_json(reason) or wire_stream(reason).
        """
        self._raise_trouble()
        events: list[Event] = []
        try:
            for event in self._events(data):
                events.append(event)
        except StationError as trouble:
            self._trouble = trouble
            if not events:
                raise
        return events

    def close(self) -> bool:
        """The message was complete: every promised block was handed out. Raises the trouble that `feed` put off."""
        self._raise_trouble()
        return self._promised is not None and self._taken == len(self._promised)

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _events(self, data: bytes) -> Iterator[Event]:
        if self._promised is None:
            self._waiting += data
            front = front_of(self._waiting, self._limits)
            if front is None or len(self._waiting) < front.signed_end + signatures.SIGNATURE_BYTES:
                return
            yield self._open_head(front)
            data = bytes(self._waiting[front.signed_end + signatures.SIGNATURE_BYTES :])
            self._waiting.clear()
        yield from self._open_blocks(data)

    def _open_head(self, front: Front) -> Head:
        signed = bytes(self._waiting[: front.signed_end])
        signature = bytes(self._waiting[front.signed_end : front.signed_end + signatures.SIGNATURE_BYTES])
        public = self._key_of(front.sender) if callable(self._key_of) else self._key_of
        if public is None or not signatures.verify(public, self._domain, signed, signature):
            raise BadInput("wire_signature")
        fields = strict_json(signed[front.head_start :], self._limits)
        self._promised = _promised(fields, self._limits)
        return Head(fields, front.sender, message_hash(signed))

    def _open_blocks(self, data: bytes) -> Iterator[Event]:
        assert self._promised is not None
        if data and not self._promised:
            raise BadInput("wire_stream", reason="after_end")
        for piece in self._inflater.feed(data):
            self._waiting += piece
            yield from self._whole_blocks()
        if self._inflater.ended and (self._waiting or self._taken < len(self._promised)):
            raise BadInput("wire_stream", reason="short")

    def _whole_blocks(self) -> Iterator[Block]:
        assert self._promised is not None
        while len(self._waiting) >= LENGTH_BYTES:
            if self._taken == len(self._promised):
                raise BadInput("wire_stream", reason="after_end")
            size = int.from_bytes(self._waiting[:LENGTH_BYTES], "big")
            if size > self._limits.block_bytes:
                raise BadInput("wire_too_large", what="block", max=self._limits.block_bytes)
            if len(self._waiting) < LENGTH_BYTES + size:
                return
            data = bytes(self._waiting[LENGTH_BYTES : LENGTH_BYTES + size])
            del self._waiting[: LENGTH_BYTES + size]
            yield self._open_block(data, self._promised[self._taken])

    def _open_block(self, data: bytes, promised: str) -> Block:
        if block_hash(data) != promised:
            raise BadInput("wire_block_hash", index=self._taken)
        block = Block(self._taken, data, strict_json(data, self._limits))
        self._taken += 1
        return block


def _promised(fields: Any, limits: Limits) -> list[str]:
    """The hashes in a head. Raises BadInput wire_json where they are not a list of texts."""
    hashes = fields.get("blocks") if isinstance(fields, dict) else None
    if not isinstance(hashes, list) or not all(isinstance(each, str) for each in hashes):
        raise BadInput("wire_json", reason="head")
    if len(hashes) > limits.blocks:
        raise BadInput("wire_too_large", what="blocks", max=limits.blocks)
    return hashes


def _check_sizes(blocks: list[bytes], limits: Limits) -> None:
    """Raises BadInput wire_too_large for what no receiver would take."""
    if len(blocks) > limits.blocks:
        raise BadInput("wire_too_large", what="blocks", max=limits.blocks)
    if any(len(block) > limits.block_bytes for block in blocks):
        raise BadInput("wire_too_large", what="block", max=limits.block_bytes)
    if _total(blocks) > limits.total_bytes:
        raise BadInput("wire_too_large", what="total", max=limits.total_bytes)


def _total(blocks: list[bytes]) -> int:
    return sum(len(block) + LENGTH_BYTES for block in blocks)
