"""Where printer bytes go: a file, a device file, a serial line, a socket at port 9100, the system's own printing.

A job goes part by part. What people get wrong: bytes that the system took are not yet on paper. A socket printer is
therefore asked after each part (GS r: answered only when all before it was worked off); silence is believed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from station.durable_files import PRIVATE_FILE
from station.errors import BadInput, StationError

PORT = 9100
SYSTEM = "cups:"  # a target that the system's own `lp` serves
CONNECT_S = 5.0
WRITE_S = 20.0  # a 58 mm printer works off some 40 kB/s; longer means no paper or no power
ANSWER_S = 3.0
DEVICES, MEMORY = "/dev/", "/dev/shm/"  # noqa: S108  a device that was unplugged must not become a file of its name
SYSTEM_S = 20.0  # `lp` only puts a job in a queue; longer means that the queue's daemon hangs
BAUD = 9600
ASK = b"\x1dr\x01"
CHUNK = 4096

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) if hasattr(errno, "EDQUOT") else (errno.ENOSPC, errno.EFBIG)
_REASONS = {  # what a system says of a device or a socket, and what a person can do about it
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "route",
    errno.EHOSTUNREACH: "route",
    errno.EACCES: "permission",
    errno.EPERM: "permission",
    errno.EBUSY: "in_use",
    errno.ENOENT: "absent",
    errno.ENXIO: "absent",
    errno.ENODEV: "absent",
    errno.ENOSPC: "paper",  # what Linux says of a printer without paper
}


class Sent(msgspec.Struct, frozen=True):
    """What went out. `confirmed` parts were answered by the printer; the others were only taken by the system."""

    parts: int
    bytes: int
    confirmed: int = 0


class Printer(Protocol):
    """Something that takes a job."""

    def send(self, parts: Sequence[bytes]) -> Sent:
        """Sends all parts.

        StationError, each with its `reason`: printer_unreachable (nothing left), printer_cut_off (of `parts`,
        `printed` surely, `taken` by the system).
        """
        ...


class _Line(Protocol):
    """An open way to a printer."""

    def write(self, data: memoryview) -> int: ...

    def answered(self) -> bool: ...


class FilePrinter:
    """A file, replaced whole or not at all; `-` is standard output."""

    def __init__(self, path: str) -> None:
        self._path = path

    def send(self, parts: Sequence[bytes]) -> Sent:
        """Writes all parts."""
        data = b"".join(parts)
        if self._path == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            return Sent(len(parts), len(data))
        path = Path(self._path)
        made = path.with_name(f".{path.name}.new")
        try:
            with os.fdopen(os.open(made, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE_FILE), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                made.unlink()
            raise StationError("printer_unreachable", printer=self._path, reason=_of_file(error)) from None
        return Sent(len(parts), len(data))


class DevicePrinter:
    """A device file such as /dev/usb/lp0; a serial line is set to 8N1 first."""

    def __init__(self, path: str, *, baud: int = BAUD, write_s: float = WRITE_S) -> None:
        self._path, self._baud, self._write_s = path, baud, write_s

    def send(self, parts: Sequence[bytes]) -> Sent:
        """Sends all parts; a device that takes nothing for `write_s` counts as cut off."""
        try:
            handle = os.open(self._path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
        except OSError as error:
            raise _unreachable(self._path, error) from None
        try:
            if os.isatty(handle) and not _our_terminal(handle):
                _set_serial(handle, self._baud)
            return _send(_DeviceLine(handle, self._write_s), parts, self._path)
        finally:
            os.close(handle)


class TcpPrinter:
    """A printer in the station's network."""

    def __init__(self, host: str, port: int = PORT, *, connect_s: float = CONNECT_S, write_s: float = WRITE_S) -> None:
        self._host, self._port, self._connect_s, self._write_s = host, port, connect_s, write_s

    def send(self, parts: Sequence[bytes]) -> Sent:
        """Sends all parts, asking after each."""
        target = f"{self._host}:{self._port}"
        try:
            way = socket.create_connection((self._host, self._port), timeout=self._connect_s)
        except OSError as error:
            raise _unreachable(target, error) from None
        with way:
            way.settimeout(self._write_s)
            return _send(_SocketLine(way), parts, target)


class SystemPrinter:
    """A queue of the system's own printing (CUPS): for pages. What it takes is in the queue, not yet on paper."""

    def __init__(self, name: str, media: str = "a4") -> None:
        self._name, self._media = name, media

    def send(self, parts: Sequence[bytes]) -> Sent:
        """Puts each part in the queue as a job of its own."""
        for place, part in enumerate(parts):
            self._put(part, taken=place, parts=len(parts))
        return Sent(len(parts), sum(map(len, parts)))

    def _put(self, data: bytes, *, taken: int, parts: int) -> None:
        command = ["lp", "-d", self._name, "-o", f"media={self._media.upper()}"]
        try:
            done = subprocess.run(command, input=data, capture_output=True, timeout=SYSTEM_S, check=False)  # noqa: S603
            reason = "queue" if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = "timeout" if isinstance(error, subprocess.TimeoutExpired) else "no_system"
        if not reason:
            return
        target = SYSTEM + self._name
        if not taken:
            raise StationError("printer_unreachable", printer=target, reason=reason)
        told = {"printed": 0, "taken": taken, "parts": parts, "sent": taken}
        raise StationError("printer_cut_off", printer=target, reason=reason, **told)


def at(target: str, media: str = "a4") -> Printer:
    """The printer of a target: `-`, a file, a device file, `tcp://HOST[:PORT]`, `cups:QUEUE`, which takes pages.

    Raises BadInput `printer_form`.
    """
    if target.startswith("tcp://"):
        return TcpPrinter(*_host_and_port(target))
    if target.startswith(SYSTEM):
        return SystemPrinter(_queue(target), media)
    if target.startswith(DEVICES) and not target.startswith(MEMORY):
        return DevicePrinter(target)
    with contextlib.suppress(OSError):
        mode = os.stat(target).st_mode  # noqa: PTH116  (`-` and odd names are only asked, never opened)
        if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode):
            return DevicePrinter(target)
    return FilePrinter(target)


def _host_and_port(target: str) -> tuple[str, int]:
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or urlsplit(target).path not in ("", "/"):
        raise BadInput("printer_form", field="out")
    return host, port or PORT


def _queue(target: str) -> str:
    """The name of a queue; one that begins like an option is none."""
    name = target.removeprefix(SYSTEM)
    if not name or name.startswith("-") or not name.isprintable():
        raise BadInput("printer_form", field="out")
    return name


def _send(line: _Line, parts: Sequence[bytes], target: str) -> Sent:
    """All parts in order. After the first byte every trouble is a cut-off that says how far it came."""
    sent = taken = confirmed = 0
    asks = True
    try:
        for part in parts:
            left = memoryview(part)
            while left:
                written = line.write(left[:CHUNK])
                sent += written
                left = left[written:]
            taken += 1
            asks = asks and line.answered()
            confirmed += asks
    except OSError as error:
        if not sent:
            raise _unreachable(target, error) from None
        told = {"printed": confirmed, "taken": taken, "parts": len(parts), "sent": sent, "bytes": sum(map(len, parts))}
        raise StationError("printer_cut_off", printer=target, reason=_reason(error), **told) from None
    return Sent(len(parts), sent, confirmed)


class _DeviceLine:
    def __init__(self, handle: int, write_s: float) -> None:
        self._handle, self._write_s = handle, write_s

    def write(self, data: memoryview) -> int:
        try:
            return os.write(self._handle, data)
        except BlockingIOError:
            self._wait()
            return 0

    def answered(self) -> bool:
        """Nothing is read from a device, many are one-way; but closing it early would throw away its last bytes."""
        self._wait()
        return False

    def _wait(self) -> None:
        if not select.select([], [self._handle], [], self._write_s)[1]:
            raise TimeoutError


class _SocketLine:
    def __init__(self, way: socket.socket) -> None:
        self._way = way

    def write(self, data: memoryview) -> int:
        return self._way.send(data)

    def answered(self) -> bool:
        """Asks whether all so far was worked off. No answer in time is no trouble; a closed line is."""
        self._way.sendall(ASK)
        before = self._way.gettimeout()
        self._way.settimeout(ANSWER_S)
        try:
            answer = self._way.recv(1)
        except TimeoutError:
            return False
        finally:
            self._way.settimeout(before)
        if not answer:
            raise ConnectionResetError
        return True


def _our_terminal(handle: int) -> bool:
    """Whether the clerk sits at this line: its settings are not touched."""
    try:
        os.tcgetpgrp(handle)
    except (AttributeError, OSError):
        return False
    return True


def _set_serial(handle: int, baud: int) -> None:
    """8 bits, no parity, one stop bit, no echo and no translation of bytes."""
    try:
        import termios  # noqa: PLC0415  (not on Windows, where serial printers are not served)
    except ImportError:
        return
    speed = getattr(termios, f"B{baud}")
    mode = termios.tcgetattr(handle)
    mode[0] = mode[1] = mode[3] = 0
    mode[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
    mode[4] = mode[5] = speed
    termios.tcsetattr(handle, termios.TCSANOW, mode)


def _unreachable(target: str, error: OSError) -> StationError:
    return StationError("printer_unreachable", printer=target, reason=_reason(error))


def _reason(error: OSError) -> str:
    """What a person can do something about; empty where the system says no more than that it failed."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, socket.gaierror):
        return "name"
    return _REASONS.get(error.errno or 0, "")


def _of_file(error: OSError) -> str:
    if error.errno in _FULL:
        return "disk_full"
    return "permission" if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else "folder"
