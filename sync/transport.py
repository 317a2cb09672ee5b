"""How bytes reach the hub and come back: HTTP, a stick, a relay or the simulator. It understands none of them.

Every exchange may be lost, repeated or cut: whoever calls checks signatures and commits block by block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass
class Traffic:
    """Counts since the transport was made. Body bytes as they travelled, whether or not the exchange came to an end.

    `ends_up` and `ends_down` are what the counts will be when the request under way is over, as far as that is known.
    """

    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    ends_up: int = 0
    ends_down: int = 0


class Transport(Protocol):
    """Raises HubUnreachable, NotOurHub or HubRefused, while a stream is being read too.

    A stream starts when it is first read; close it if it is left early. One exchange at a time.
    """

    traffic: Traffic

    def exchange(self, body: bytes) -> Iterator[bytes]:
        """The sealed answer to a sealed request, in pieces as they come."""
        ...

    def enrol(self, body: bytes) -> bytes:
        """The answer to an enrolment request."""
        ...

    def pack(self, name: str, offset: int = 0) -> Iterator[bytes]:
        """An immutable pack from byte `offset` on."""
        ...
