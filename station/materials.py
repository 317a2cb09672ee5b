"""Scans and files of cases: sealed blobs on the disk, named by the hash of what they hold, never inside a row.

A file is safe on the disk before a row speaks of it: `keep` first, then `enter` in the transaction of the act.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError

from station import disk_trouble, durable_files
from station.database import Reader
from station.errors import BadInput, Damaged
from station.ports import Chance

if TYPE_CHECKING:
    from sqlmodel import Session

FOLDER = "blobs"
FILE_BYTES_MAX = 20 * 1024 * 1024  # the hub takes no larger one; a scan of a page is a hundredth of it
_MAGIC = b"VSBLOB1\n"
_NONCE_BYTES = 24
_OVERHEAD = len(_MAGIC) + _NONCE_BYTES + 16
_SHA256 = re.compile("[0-9a-f]{64}")


class Blob(msgspec.Struct, frozen=True):
    """A kept file: SHA-256 of its plain bytes, hex, and their number."""

    sha256: str
    size: int


class Materials:
    """The blobs of one home, under a key of their own that comes from the base key."""

    def __init__(self, home: Path, base_key: bytes, chance: Chance) -> None:
        self._folder = home / FOLDER
        self._key = hashlib.blake2b(key=base_key, digest_size=32, person=b"station-blobs").digest()
        self._chance = chance

    def keep_file(self, source: Path) -> Blob:
        """Keeps a copy of a file. BadInput (field `file`): file_unreadable, file_empty, file_too_large (maximum)."""
        return self.keep(_read_source(source))

    def keep(self, plain: bytes) -> Blob:
        """Seals the bytes and puts them safely on the disk; the same bytes again change nothing."""
        _check_size(len(plain))
        sha256 = hashlib.sha256(plain).hexdigest()
        blob = Blob(sha256, len(plain))
        if not self._holds(blob):
            with disk_trouble.told():
                path = self._path(sha256)
                durable_files.make_folder(path.parent)
                durable_files.write(path, self._sealed(sha256, plain))
        return blob

    def read(self, sha256: str) -> bytes:
        """The plain bytes. Damaged: blob_missing, blob_damaged (sha256)."""
        try:
            with self._path(sha256).open("rb") as file:
                sealed = file.read(FILE_BYTES_MAX + _OVERHEAD + 1)
        except FileNotFoundError:
            raise Damaged("blob_missing", sha256=sha256) from None
        except OSError as trouble:
            raise disk_trouble.of_file(trouble) from trouble
        plain = self._opened(sha256, sealed)
        if plain is None or hashlib.sha256(plain).hexdigest() != sha256:
            raise Damaged("blob_damaged", sha256=sha256)
        return plain

    def faults(self, reader: Reader) -> Iterator[Damaged]:
        """Every blob that a row speaks of and that cannot be read back whole."""
        for sha256, size in reader.execute("SELECT sha256, size FROM blob ORDER BY sha256").fetchall():
            try:
                if len(self.read(sha256)) != size:
                    yield Damaged("blob_damaged", sha256=sha256)
            except Damaged as fault:
                yield fault

    def _holds(self, blob: Blob) -> bool:
        try:
            return len(self.read(blob.sha256)) == blob.size
        except Damaged:
            return False

    def _path(self, sha256: str) -> Path:
        assert _SHA256.fullmatch(sha256)  # it becomes a path
        return self._folder / sha256[:2] / sha256

    def _sealed(self, sha256: str, plain: bytes) -> bytes:
        nonce = self._chance.token(_NONCE_BYTES)
        bound = sha256.encode()
        return _MAGIC + nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, bound, nonce, self._key)

    def _opened(self, sha256: str, sealed: bytes) -> bytes | None:
        start = len(_MAGIC)
        if len(sealed) < _OVERHEAD or sealed[:start] != _MAGIC:
            return None
        nonce, box = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(box, sha256.encode(), nonce, self._key)
        except CryptoError:
            return None


def enter(session: Session, blob: Blob, at: int) -> None:
    """The row of a kept blob; one that is there stays."""
    session.connection().exec_driver_sql(
        "INSERT INTO blob (sha256, size, at) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
        (blob.sha256, blob.size, at),
    )


def entered(reader: Reader, sha256: str) -> Blob | None:
    """The blob of that hash, where a row speaks of it."""
    row = reader.execute("SELECT sha256, size FROM blob WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else Blob(*row)


def _read_source(source: Path) -> bytes:
    try:
        # Not blocking: a named pipe in the folder of the scanner must not hold the counter.
        handle = os.open(source, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise BadInput("file_unreadable", field="file")
            return file.read(FILE_BYTES_MAX + 1)
    except OSError:
        raise BadInput("file_unreadable", field="file") from None


def _check_size(size: int) -> None:
    if size == 0:
        raise BadInput("file_empty", field="file")
    if size > FILE_BYTES_MAX:
        raise BadInput("file_too_large", field="file", maximum=FILE_BYTES_MAX)
