"""Sockets under one deadline for the whole exchange: a server that drips a byte a second meets every limit but this.

The time comes from the Clock port. Where the village's clock is wrong, certificate times cannot be judged by it: with a
pinned CA the last time that the hub signed is the floor instead.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore

from station.errors import HubUnreachable, NotOurHub
from station.ports import Clock

_WRITE_BYTES: Final = 4096  # small enough that the kernel takes it whole or the pause limit speaks
_SMALLEST_S: Final = 0.001
_HTTP: Final = b"HTTP/1."


class Deadline:
    """One exchange's time. `start` before each exchange; limits in seconds."""

    def __init__(self, clock: Clock, total_s: float) -> None:
        self._clock = clock
        self._total_ms = round(total_s * 1000)
        self._ends_ms = 0
        self.ended_by_peer = False

    def start(self) -> None:
        """The clock runs from now."""
        self._ends_ms = self._clock.elapsed_ms() + self._total_ms
        self.ended_by_peer = False

    def left_s(self, pause_s: float | None = None) -> float:
        """How long one operation may wait. Raises HubUnreachable hub_unreachable(reason="deadline")."""
        left = (self._ends_ms - self._clock.elapsed_ms()) / 1000
        if left <= 0:
            raise HubUnreachable("hub_unreachable", reason="deadline")
        return max(_SMALLEST_S, left if pause_s is None else min(left, pause_s))


class DeadlineBackend(httpcore.NetworkBackend):
    """The network for httpcore. `not_after_floor_ms` refuses a certificate that had ended by then; 0 asks nothing."""

    def __init__(self, deadline: Deadline, not_after_floor_ms: int = 0) -> None:
        self._deadline = deadline
        self._floor_ms = not_after_floor_ms
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection whose every later operation keeps the deadline."""
        wait_s = self._deadline.left_s(timeout)
        stream = self._inner.connect_tcp(host, port, wait_s, local_address, socket_options)
        return _DeadlineStream(stream, self._deadline, self._floor_ms)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline, floor_ms: int) -> None:
        self._inner = inner
        self._deadline = deadline
        self._floor_ms = floor_ms
        self._opening: bytes | None = None  # the first bytes of an answer, until they have shown that it is HTTP

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._deadline.left_s(timeout))
        self._deadline.ended_by_peer = not data
        if self._opening is not None:
            self._look_at_opening(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._opening = b""
        for start in range(0, len(buffer), _WRITE_BYTES):
            self._inner.write(buffer[start : start + _WRITE_BYTES], self._deadline.left_s(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left_s(timeout))
        self._check_floor(stream)
        return _DeadlineStream(stream, self._deadline, self._floor_ms)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _look_at_opening(self, data: bytes) -> None:
        """Garbage is refused at its first wrong byte, not waited out."""
        assert self._opening is not None
        opening = (self._opening + data)[: len(_HTTP)]
        if not _HTTP.startswith(opening):
            raise NotOurHub("not_our_hub", reason="garbage")
        self._opening = opening if len(opening) < len(_HTTP) else None

    def _check_floor(self, stream: httpcore.NetworkStream) -> None:
        certificate = stream.get_extra_info("ssl_object").getpeercert() if self._floor_ms else None
        if certificate and ssl.cert_time_to_seconds(certificate["notAfter"]) * 1000 < self._floor_ms:
            stream.close()
            raise NotOurHub("not_our_hub", reason="certificate_ended")
