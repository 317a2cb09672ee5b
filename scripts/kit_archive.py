"""Folders as one file, the same bytes for the same content: names in order, one time, nobody's account.

A village's stick is FAT: it keeps no links, no rights and no dates. What needs them travels inside such a file.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import time
import zipfile
from pathlib import Path

_ZIP_UNIX = 3  # the system that wrote an entry, so that its mode counts


def tar(tree: Path, file: Path, epoch: int, *, inside: str) -> Path:
    """The tree as .tar.gz, below the folder `inside`."""
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        for path in _all(tree):
            entry = archive.gettarinfo(path, (Path(inside) / path.relative_to(tree)).as_posix())
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = epoch
            entry.mode = _mode(path)
            if entry.isreg():
                with path.open("rb") as opened:
                    archive.addfile(entry, opened)
            else:
                archive.addfile(entry)
    return file


def zipped(tree: Path, file: Path, epoch: int, *, inside: str) -> Path:
    """The tree as .zip, below the folder `inside`; without links, which Windows would not make."""
    when = time.gmtime(epoch)[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in (each for each in _all(tree) if each.is_file()):
            entry = zipfile.ZipInfo((Path(inside) / path.relative_to(tree)).as_posix(), when)
            entry.create_system = _ZIP_UNIX
            entry.external_attr = _mode(path) << 16
            # What is compressed already is only put in.
            entry.compress_type = zipfile.ZIP_STORED if path.suffix in (".whl", ".zip", ".gz") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return file


def _all(tree: Path) -> list[Path]:
    return sorted(tree.rglob("*"), key=lambda path: path.relative_to(tree).as_posix())


def _mode(path: Path) -> int:
    """Only what counts: whether it may be started, and whether it is secret."""
    mode = path.lstat().st_mode
    if path.is_dir() or mode & 0o100:
        return 0o755
    return 0o600 if not mode & 0o077 and os.name != "nt" else 0o644
