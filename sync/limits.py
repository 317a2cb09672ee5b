"""What a message may cost the one who reads it. Checked before anything is parsed; a caller may lower each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes in bytes. They protect a village laptop of 2 GB as much as a hub with a thousand callers."""

    sender_bytes: int = 64
    head_bytes: int = 128 * 1024  # 4,096 block hashes of 25 bytes as JSON, and 25 kB for the head itself
    block_bytes: int = 4 * 1024 * 1024  # the largest case that the limits of an act allow
    blocks: int = 4096
    total_bytes: int = 8 * 1024 * 1024  # of one message after decompression
    window_log: int = 20  # zstd keeps at most 2**20 bytes for one reader
    depth: int = 32
    string_bytes: int = 64 * 1024


LIMITS: Final = Limits()
