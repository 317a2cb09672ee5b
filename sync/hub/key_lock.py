"""The passphrase over a hub's private keys: stretched once by argon2id, so that no key file is a cheaper guess.

A PEM file alone would be guarded by a few thousand rounds of PBKDF2; here its password is itself stretched.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from station import canonical
from station.errors import Damaged, NotAuthorised
from station.ports import Chance
from sync import signatures

OPS: Final = 3
MEMORY_BYTES: Final = 64 * 1024 * 1024  # with 3 passes more than 100 ms a guess
_MEMORY_MAX: Final = 1024 * 1024 * 1024
_OPS_MAX: Final = 64
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 24


@dataclass(frozen=True)
class KeyLock:
    """A stretched passphrase. `document` is what must be kept beside the keys to stretch it again."""

    secret: bytes = field(repr=False)
    document: bytes

    @classmethod
    def make(cls, passphrase: str, chance: Chance) -> KeyLock:
        """A lock with a salt of its own."""
        fields = {"kdf": "argon2id13", "memory": MEMORY_BYTES, "ops": OPS, "salt": chance.token(_SALT_BYTES).hex()}
        return cls(_stretch(passphrase, fields), canonical.encode(fields))

    @classmethod
    def open(cls, passphrase: str | None, document: bytes) -> KeyLock:
        """The lock that `document` describes. Whether the passphrase is right shows when a key is opened with it.

        Raises NotAuthorised passphrase_needed, Damaged key_lock_damaged.
        """
        if passphrase is None:
            raise NotAuthorised("passphrase_needed")
        try:
            return cls(_stretch(passphrase, canonical.decode(document)), document)
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            raise Damaged("key_lock_damaged") from None

    @property
    def pem_password(self) -> bytes:
        """The password of PEM files under this lock."""
        return signatures.to_text(self._derived(b"hub-pem")).encode()

    def seal(self, data: bytes, chance: Chance) -> str:
        """Data under this lock, as text."""
        box = SecretBox(self._derived(b"hub-box")).encrypt(data, chance.token(_NONCE_BYTES))
        return signatures.to_text(bytes(box))

    def unseal(self, box: bytes) -> bytes:
        """Raises NotAuthorised passphrase_wrong."""
        try:
            return SecretBox(self._derived(b"hub-box")).decrypt(box)
        except (CryptoError, ValueError):
            raise NotAuthorised("passphrase_wrong") from None

    def _derived(self, person: bytes) -> bytes:
        return hashlib.blake2b(key=self.secret, person=person, digest_size=32).digest()


def _stretch(passphrase: str, fields: Any) -> bytes:
    memory, ops, salt = int(fields["memory"]), int(fields["ops"]), bytes.fromhex(fields["salt"])
    if fields["kdf"] != "argon2id13" or not 0 < memory <= _MEMORY_MAX or not 0 < ops <= _OPS_MAX:
        raise ValueError
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return pwhash.argon2id.kdf(32, typed, salt, opslimit=ops, memlimit=memory)
