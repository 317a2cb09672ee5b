"""A file that is whole or absent after any fault: write aside, sync, rename, sync the folder.

Only after `write` returned may a row that speaks of the file be committed.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def write(path: Path, data: bytes) -> None:
    """Replaces `path` by a private file of these bytes, durably. An OSError means: not promised, old xor new."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        _write_synced(aside, data)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """A private folder that survives a power cut, and its missing parents."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Waits until the bytes of a closed file are on the disk."""
    _sync(path, os.O_RDWR)


def sync_folder(path: Path) -> None:
    """Waits until the names in a folder are on the disk. Windows keeps names by itself and cannot be asked."""
    if os.name != "nt":
        _sync(path, os.O_RDONLY)


def _write_synced(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
