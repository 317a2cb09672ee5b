"""A slot: the base key sealed under one passphrase. Any slot opens the base; none of them holds the key in plain.

XChaCha20-Poly1305 under argon2id. A PIN never unwraps a key: six digits fall in half an hour.
"""

from __future__ import annotations

import unicodedata

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from station import canonical
from station.ports import Chance

OPS = 3
MEM_BYTES = 64 * 1024 * 1024  # with OPS about 0.1 s on a counter's machine, and 64 MiB for each guess of a thief
OPS_MAX = 10  # a changed file must not make the station count for an hour
MEM_BYTES_MAX = 1024 * 1024 * 1024
_KEY_BYTES = 32
_NONCE_BYTES = 24


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed copy of the base key; bytes are hex."""

    kind: str = "passphrase"
    name: str
    ops: int
    mem: int
    salt: str
    nonce: str
    sealed: str


def seal(key: bytes, name: str, secret: str, chance: Chance) -> Slot:
    """The key under a passphrase, in a slot of that name."""
    salt = chance.token(argon2id.SALTBYTES)
    nonce = chance.token(_NONCE_BYTES)
    bound = _bound(name, OPS, MEM_BYTES, salt)
    stretched = _stretched(secret, salt, OPS, MEM_BYTES)
    sealed = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(key, bound, nonce, stretched)
    return Slot(name=name, ops=OPS, mem=MEM_BYTES, salt=salt.hex(), nonce=nonce.hex(), sealed=sealed.hex())


def opened(slot: Slot, secret: str) -> bytes | None:
    """The key, or None where the passphrase is another one. Raises ValueError on a slot that cannot be one."""
    salt = bytes.fromhex(slot.salt)
    if not (argon2id.OPSLIMIT_MIN <= slot.ops <= OPS_MAX and argon2id.MEMLIMIT_MIN <= slot.mem <= MEM_BYTES_MAX):
        raise ValueError(slot.name)
    if len(salt) != argon2id.SALTBYTES or len(slot.nonce) != 2 * _NONCE_BYTES:
        raise ValueError(slot.name)
    stretched = _stretched(secret, salt, slot.ops, slot.mem)
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes.fromhex(slot.sealed),
            _bound(slot.name, slot.ops, slot.mem, salt),
            bytes.fromhex(slot.nonce),
            stretched,
        )
    except CryptoError:
        return None


def _stretched(secret: str, salt: bytes, ops: int, mem: int) -> bytes:
    typed = unicodedata.normalize("NFKC", secret).encode()  # two input methods spell one passphrase in two ways
    return bytes(argon2id.kdf(_KEY_BYTES, typed, salt, opslimit=ops, memlimit=mem))


def _bound(name: str, ops: int, mem: int, salt: bytes) -> bytes:
    return canonical.encode(["village-station slot 1", name, ops, mem, salt.hex()])
