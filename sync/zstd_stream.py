"""One zstd stream of many pieces: each piece can be read as soon as its own bytes are there, and a bomb stays small.

A zstd block of four bytes may stand for 128 kB. Fed 64 bytes at a time, a bomb claims about 2 MB before it is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import zstandard

from station.errors import BadInput
from sync.limits import LIMITS, Limits

LEVEL: Final = 15  # small messages come out as small as with 19, at half its time: 6 ms for 50 kB
LEVEL_OF_MANY: Final = 19  # 500 cases: 7 % smaller for 0.15 s, which saves 0.4 s at 64 kbit/s
MANY_BYTES: Final = 64 * 1024
_FEED_BYTES: Final = 64
_WRITE_BYTES: Final = 16 * 1024
_WINDOW_LOG_MIN: Final = 10


def deflate(pieces: Iterable[bytes], total: int, dictionary: bytes | None = None) -> Iterator[bytes]:
    """One compressed piece for each piece; together they are one zstd frame. Nothing at all where `total` is 0.

    `total` is the number of bytes in all pieces: it sizes the tables and the window.
    """
    if total == 0:
        return
    stream = _compressor(total, dictionary).compressobj()
    left = total
    for piece in pieces:
        left -= len(piece)
        mode = zstandard.COMPRESSOBJ_FLUSH_BLOCK if left else zstandard.COMPRESSOBJ_FLUSH_FINISH
        yield stream.compress(piece) + stream.flush(mode)
    assert left == 0


class Inflater:
    """The other direction, a little at a time. `ended` once the frame is whole."""

    def __init__(self, limits: Limits = LIMITS, dictionary: bytes | None = None) -> None:
        self._total_max = limits.total_bytes
        self._stream = zstandard.ZstdDecompressor(
            dict_data=_dictionary(dictionary), max_window_size=1 << limits.window_log
        ).decompressobj(write_size=_WRITE_BYTES)
        self._total = 0
        self.ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the bytes hold. Raises BadInput wire_too_large(what="total", max) or wire_stream(reason)."""
        view = memoryview(data)
        for start in range(0, len(view), _FEED_BYTES):
            if self.ended:
                raise BadInput("wire_stream", reason="after_end")
            piece = self._step(view[start : start + _FEED_BYTES])
            self._total += len(piece)
            if self._total > self._total_max:
                raise BadInput("wire_too_large", what="total", max=self._total_max)
            if piece:
                yield piece
            if self.ended and self._stream.unused_data:
                raise BadInput("wire_stream", reason="after_end")

    def _step(self, data: memoryview) -> bytes:
        try:
            piece = self._stream.decompress(data)
        except zstandard.ZstdError:
            raise BadInput("wire_stream", reason="zstd") from None
        self.ended = self._stream.eof
        return piece


def _compressor(total: int, dictionary: bytes | None) -> zstandard.ZstdCompressor:
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL_OF_MANY if total > MANY_BYTES else LEVEL,
        source_size=total,
        dict_size=len(dictionary or b""),
        window_log=max(_WINDOW_LOG_MIN, min(LIMITS.window_log, total.bit_length())),
        write_content_size=0,
        write_checksum=0,
        write_dict_id=0,
    )
    return zstandard.ZstdCompressor(dict_data=_dictionary(dictionary), compression_params=parameters)


def _dictionary(data: bytes | None) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(data) if data else None
