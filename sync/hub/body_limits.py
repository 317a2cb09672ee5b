"""Reading a request's body without letting anybody hold the hub: a size, a pause, a total time, one purse for all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import anyio

BODY_BYTES: Final = 8 * 1024 * 1024 + 256 * 1024  # the wire's limit, and what does not compress
PURSE_BYTES: Final = 256 * 1024 * 1024  # all bodies in flight together: protects the hub's memory
PAUSE_S: Final = 30.0  # between two pieces
TOTAL_S: Final = 300.0  # 256 kB at 1 kB/s


class BodyTrouble(Exception):
    """The body will not be read to its end: `status` and `code` of the answer."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class Purse:
    """Bytes of bodies in flight in this process."""

    left: int = PURSE_BYTES

    def take(self, size: int) -> None:
        """Raises BodyTrouble 503 hub_busy where too much is in flight."""
        if size > self.left:
            raise BodyTrouble(503, "hub_busy")
        self.left -= size


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How much of what one request may use. Sizes in bytes, times in seconds."""

    body_bytes: int = BODY_BYTES
    pause_s: float = PAUSE_S
    total_s: float = TOTAL_S


async def read_body(
    pieces: AsyncIterator[bytes], announced: str | None, patience: Patience, purse: Purse, held: list[int]
) -> bytes:
    """The whole body. `held` collects what was taken from the purse, for the caller to give back.

    Raises BodyTrouble 413 body_too_large, 408 body_timeout, 503 hub_busy.
    """
    if announced is not None and announced.isdecimal() and int(announced) > patience.body_bytes:
        raise BodyTrouble(413, "body_too_large")
    body = bytearray()
    try:
        with anyio.fail_after(patience.total_s):
            while (piece := await _next(pieces, patience.pause_s)) is not None:
                if len(body) + len(piece) > patience.body_bytes:
                    raise BodyTrouble(413, "body_too_large")
                purse.take(len(piece))
                held.append(len(piece))
                body += piece
    except TimeoutError:
        raise BodyTrouble(408, "body_timeout") from None
    return bytes(body)


async def _next(pieces: AsyncIterator[bytes], pause_s: float) -> bytes | None:
    with anyio.fail_after(pause_s):
        return await anext(pieces, None)
