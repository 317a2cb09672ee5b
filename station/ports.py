"""What the rules may not reach for by themselves: time and chance. Chosen in one wiring file, replaced by a simulator.

Two clocks: `now_ms` may jump and is for records; `elapsed_ms` never jumps and is for waiting. Neither orders events.
"""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now_ms(self) -> int:
        """Wall clock: milliseconds since 1970-01-01T00:00Z. May jump."""
        ...

    def elapsed_ms(self) -> int:
        """Milliseconds since an arbitrary start; never goes back within one boot."""
        ...

    def boot_id(self) -> str:
        """Names the stretch of time in which `elapsed_ms` can be compared."""
        ...


class Chance(Protocol):
    """Where bytes that nobody can guess come from."""

    def token(self, size: int) -> bytes:
        """`size` random bytes."""
        ...
