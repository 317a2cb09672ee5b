"""The real clock and the real chance: the one place where they are chosen."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

_LINUX_BOOT = Path("/proc/sys/kernel/random/boot_id")
_THIS_PROCESS = uuid.uuid4().hex


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """Wall clock: milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def elapsed_ms(self) -> int:
        """Milliseconds that never go back within one boot."""
        return time.monotonic_ns() // 1_000_000

    def boot_id(self) -> str:
        """The boot where the system names it; else this process, whose own times can be compared."""
        try:
            return _LINUX_BOOT.read_text(encoding="ascii").strip()[:8]
        except OSError:
            return _THIS_PROCESS[:8]


class SystemChance:
    """The operating system's own source."""

    def token(self, size: int) -> bytes:
        """`size` bytes that nobody can guess."""
        return os.urandom(size)
