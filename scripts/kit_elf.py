"""Where a program of Linux looks for its libraries, read and changed in place.

Nothing is moved and nothing grows: a run path is written over a longer one, or its entry is taken out. That is less
than what patchelf can do, and it cannot damage a file that is stripped before or after.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import NamedTuple

from kit_wheels import KitTrouble

MAGIC = b"\x7fELF\x02\x01"  # 64 bit, little endian: both platforms that a kit is packed for
MACHINES = {62: "x86_64", 183: "aarch64"}
_LOAD, _DYNAMIC = 1, 2
_NULL, _NEEDED, _STRTAB, _RPATH, _RUNPATH = 0, 1, 5, 15, 29
_ENTRY = struct.Struct("<QQ")
_GLIBC = re.compile(rb"\bGLIBC_2\.(\d+)\b")


class _Dynamic(NamedTuple):
    """The table by which a program is put together when it starts."""

    offset: int
    entries: list[tuple[int, int]]
    strings: int  # offset of the names


def is_elf(path: Path) -> bool:
    """Whether a file is a program or a library of a 64-bit Linux."""
    with path.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def machine(data: bytes) -> str:
    """The processor that it is for."""
    return MACHINES.get(int(struct.unpack_from("<H", data, 18)[0]), "other")


def needed(data: bytes) -> list[str]:
    """The names of the libraries that it needs."""
    dynamic = _dynamic(data)
    return [] if dynamic is None else [_text(data, dynamic, at) for tag, at in dynamic.entries if tag == _NEEDED]


def run_path(data: bytes) -> str | None:
    """Where it looks for libraries before the system does."""
    dynamic = _dynamic(data)
    paths = [] if dynamic is None else [_text(data, dynamic, at) for tag, at in dynamic.entries if tag in _PATHS]
    return paths[0] if paths else None


def with_run_path(data: bytes, path: str) -> bytes:
    """The program with that path, as DT_RPATH: it then holds for libraries of libraries too, and not for children.

    KitTrouble where it has none, or one that is shorter.
    """
    dynamic, old = _dynamic(data), run_path(data)
    new = path.encode("ascii")
    if dynamic is None or old is None or len(old) < len(new):
        raise KitTrouble("this Python cannot be moved: it has no run path that is long enough to be replaced")
    changed = bytearray(data)
    for place, (tag, at) in enumerate(dynamic.entries):
        if tag in _PATHS:
            _ENTRY.pack_into(changed, dynamic.offset + place * _ENTRY.size, _RPATH, at)
            begin = dynamic.strings + at
            changed[begin : begin + len(old)] = new.ljust(len(old), b"\0")
    return bytes(changed)


def without_run_path(data: bytes) -> bytes:
    """The library without a path of its own: then that of the program counts."""
    dynamic = _dynamic(data)
    if dynamic is None or run_path(data) is None:
        return data
    kept = [entry for entry in dynamic.entries if entry[0] not in _PATHS]
    kept += [(_NULL, 0)] * (len(dynamic.entries) - len(kept))
    changed = bytearray(data)
    for place, entry in enumerate(kept):
        _ENTRY.pack_into(changed, dynamic.offset + place * _ENTRY.size, *entry)
    return bytes(changed)


def newest_glibc(data: bytes) -> tuple[int, int]:
    """The newest version of glibc that it names."""
    return 2, max((int(minor) for minor in _GLIBC.findall(data)), default=0)


_PATHS = (_RPATH, _RUNPATH)


def _dynamic(data: bytes) -> _Dynamic | None:
    headers_at = int(struct.unpack_from("<Q", data, 32)[0])
    size, count = struct.unpack_from("<HH", data, 54)
    loads: list[tuple[int, int, int]] = []
    table: tuple[int, int] | None = None
    for place in range(count):
        kind, _, offset, address, _, held = struct.unpack_from("<IIQQQQ", data, headers_at + place * size)
        if kind == _LOAD:
            loads.append((address, offset, held))
        elif kind == _DYNAMIC:
            table = (offset, held)
    if table is None:
        return None
    entries = list(_ENTRY.iter_unpack(data[table[0] : table[0] + table[1] // _ENTRY.size * _ENTRY.size]))
    strings = next(address for tag, address in entries if tag == _STRTAB)
    for address, offset, held in loads:
        if address <= strings < address + held:
            return _Dynamic(table[0], entries, strings - address + offset)
    raise KitTrouble("a program of this Python is damaged: its names are nowhere")


def _text(data: bytes, dynamic: _Dynamic, at: int) -> str:
    begin = dynamic.strings + at
    return data[begin : data.index(b"\0", begin)].decode("ascii", errors="replace")
