"""What keeps a hub open for stations while others only knock: deadlines for handshakes and heads, and room for sockets.

uvicorn waits for ever for the first head; a thousand half-open connections then end it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HANDSHAKE_S: Final = 15.0  # two round trips on a bad GPRS link take about 5 s
HEAD_S: Final = 15.0
SOCKETS_WANTED: Final = 16_384  # half-open ones may pile up for HANDSHAKE_S


class PatientProtocol(H11Protocol):
    """HTTP/1.1 in which each head, the first and the later ones, must be whole within HEAD_S of its first moment."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A head is due from now on."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """The timer runs only while no request is being served."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()
        elif self._head_timer is None and (before is None or before.response_complete):
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


class PatientLoop(asyncio.SelectorEventLoop):
    """A loop whose servers drop a TLS handshake that takes longer than HANDSHAKE_S."""

    async def create_server(self, *args: Any, ssl: Any = None, **kwargs: Any) -> asyncio.Server:
        """As the loop's own, with a deadline for handshakes."""
        if ssl is not None:
            kwargs.setdefault("ssl_handshake_timeout", HANDSHAKE_S)
        return await super().create_server(*args, ssl=ssl, **kwargs)


def make_room_for_sockets() -> int:
    """Raises this process's own limit of open files as far as it may; what it is then, 0 where nobody can say."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 - not there on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SOCKETS_WANTED if hard == resource.RLIM_INFINITY else min(SOCKETS_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft
