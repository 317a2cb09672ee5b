"""Does anybody open where the hub should be? A TCP connection, no TLS and no byte: it says something listens, not who.

Only the screens ask, to say "offline" before the next sync would. Whether it is our hub, only a sync finds out.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from station.ports import Clock

RESOLVED_MS: Final = 300_000  # how long an address is believed: a look-up costs more than a knock
ADDRESSES_MAX: Final = 3
_PORTS: Final = {"http": 80, "https": 443}
_RESET: Final = struct.pack("ii", 1, 0)  # closed without a farewell: two packets less on a thin link


class Knocker:
    """Knocks at one hub. Blocks for as long as the look-up of a name takes, then for `patience_s` an address."""

    def __init__(self, url: str, clock: Clock) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS.get(parts.scheme, 443)
        self._clock = clock
        self._addresses: list[Any] = []
        self._resolved_at = 0

    def knock(self, patience_s: float) -> str:
        """Empty where it was opened, else why not: a reason of `hub_unreachable`."""
        if not self._resolve():
            return "name"
        reason = "connect"
        for place, address in enumerate(self._addresses):
            reason = _opened(address, patience_s)
            if not reason:
                self._addresses.insert(0, self._addresses.pop(place))
                return ""
        return reason

    def _resolve(self) -> bool:
        """The name becomes addresses. Old ones are better than none: a dead line must not be taken for a dead name."""
        now = self._clock.elapsed_ms()
        if not self._addresses or now - self._resolved_at > RESOLVED_MS:
            self._resolved_at = now
            with suppress(OSError, UnicodeError):
                found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                self._addresses = found[:ADDRESSES_MAX]
        return bool(self._addresses)


def _opened(address: Any, patience_s: float) -> str:
    family, kind, protocol, _, where = address
    try:
        with socket.socket(family, kind, protocol) as door:
            door.settimeout(patience_s)
            door.connect(where)
            door.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    except TimeoutError:
        return "timeout"
    except OSError:
        return "connect"
    return ""
