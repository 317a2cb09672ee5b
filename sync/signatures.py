"""Who said it: Ed25519 signatures with a domain each, so that bytes signed for one purpose are never read for another.

A suite byte stands in every message; a second suite (SM2 with SM3) gets the next number and the same three functions.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from nacl import signing
from nacl.exceptions import BadSignatureError

from station.errors import BadInput
from station.ports import Chance

SUITE: Final = 1
SUITE_NAME: Final = "ed25519-sha256"
SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


class SigningKey:
    """A private key. `public` is its 32-byte public half; `seed` (32 bytes) is the secret that is kept."""

    __slots__ = ("_key", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        assert len(seed) == SEED_BYTES
        self.seed = seed
        self._key = signing.SigningKey(seed)
        self.public = bytes(self._key.verify_key)

    @classmethod
    def generate(cls, chance: Chance) -> SigningKey:
        """A new key from bytes that nobody can guess."""
        return cls(chance.token(SEED_BYTES))

    @property
    def public_text(self) -> str:
        """The public half as it is written outside: base64url without padding, 43 characters."""
        return to_text(self.public)

    def sign_raw(self, data: bytes) -> bytes:
        """64 bytes over exactly these bytes; use `sign`, which adds the domain."""
        return self._key.sign(data).signature

    def __repr__(self) -> str:
        return f"SigningKey({self.public_text})"


def sign(key: SigningKey, domain: bytes, data: bytes) -> bytes:
    """64 bytes over suite, domain and data."""
    return key.sign_raw(_spoken(domain, data))


def verify(public: bytes, domain: bytes, data: bytes, signature: bytes) -> bool:
    """The holder of `public` (32 bytes) signed this data for this domain. Wrong sizes are a plain no."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        signing.VerifyKey(public).verify(_spoken(domain, data), signature)
    except BadSignatureError:
        return False
    return True


def to_text(data: bytes) -> str:
    """Bytes as base64url without padding: keys, hashes, nonces."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text: object, size: int, *, field: str = "key") -> bytes:
    """`size` bytes from base64url without padding. Raises BadInput key_form(field) for anything else."""
    try:
        if not isinstance(text, str) or "=" in text:
            raise BadInput("key_form", field=field)
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise BadInput("key_form", field=field) from None
    if len(data) != size or to_text(data) != text:
        raise BadInput("key_form", field=field)  # also a second spelling of the same bytes
    return data


def _spoken(domain: bytes, data: bytes) -> bytes:
    # A domain holds no zero byte, so the border between domain and data cannot move.
    assert domain
    assert b"\0" not in domain
    return SUITE_NAME.encode() + b"\0" + domain + b"\0" + data
