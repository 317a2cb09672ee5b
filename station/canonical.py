"""The one spelling of a value as bytes: what is hashed, signed and compared.

JSON in UTF-8, no white space. Unlike RFC 8785, keys are sorted by code point and numbers are written as they came.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder()


def encode(value: Any) -> bytes:
    """The canonical bytes of a JSON value or a struct."""
    return _encoder.encode(value)


def unsorted(value: Any) -> bytes:
    """JSON with the keys in the order in which they were put, for people and scripts to read."""
    return msgspec.json.encode(value)


def decode(data: bytes | str) -> Any:
    """A JSON value from bytes that we wrote ourselves. Raises msgspec.DecodeError."""
    return _decoder.decode(data)


def digest(*parts: bytes) -> bytes:
    """SHA-256 over the parts, each preceded by its length (8 bytes, big-endian) so that borders cannot move."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.digest()
