"""What the hub's doors open onto: a service that knows no HTTP, given bytes and giving bytes."""

from __future__ import annotations

from typing import Protocol


class HubService(Protocol):
    """Called from several threads at once. Expected trouble is a StationError; the door turns it into a status."""

    def sync(self, body: bytes) -> bytes:
        """The sealed answer to one sealed request."""
        ...

    def enrol(self, body: bytes) -> bytes:
        """The answer to a request made with a one-time code."""
        ...

    def pack(self, name: str) -> bytes | None:
        """The immutable pack of this name, None where there is none."""
        ...
