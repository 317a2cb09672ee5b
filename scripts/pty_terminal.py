"""A program in a real terminal of its own, for tests and benches: bytes go in, frames come out, each with its time.

Pilot waits after each key and so hides every race; here nothing waits. Not for Windows, which has no pty.
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import NamedTuple, Self

ROOT = Path(__file__).resolve().parent.parent
CHUNK = 65_536
END_S = 3.0


class Chunk(NamedTuple):
    """Bytes that came out, and when."""

    at: float
    data: bytes


class Terminal:
    """One Python program behind a pty of 80 columns and 24 lines."""

    def __init__(
        self, arguments: Sequence[str], *, columns: int = 80, lines: int = 24, more: Mapping[str, str] | None = None
    ) -> None:
        self.chunks: list[Chunk] = []
        self._all = bytearray()
        self._news = threading.Condition()
        self._over = False
        self.started_at = perf_counter()
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        environment.update(more or {})
        self.pid, self._side = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(sys.executable, [sys.executable, *arguments], environment)  # noqa: S606 - our own interpreter
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def type(self, data: bytes) -> None:
        """Presses keys."""
        while data:
            data = data[os.write(self._side, data) :]

    @property
    def output(self) -> bytes:
        """All that came out so far."""
        return bytes(self._all)

    def wait_for(self, what: bytes, timeout_s: float = 20.0) -> float:
        """Waits until something has come out; says when. TimeoutError with the last of it if it does not."""
        until = perf_counter() + timeout_s
        looked = 0
        with self._news:
            while (left_s := until - perf_counter()) > 0:
                if self._all.find(what, max(0, looked - len(what))) >= 0:
                    return self.chunks[-1].at
                if self._over:
                    break
                looked = len(self._all)
                self._news.wait(left_s)
        raise TimeoutError(self.output[-2_000:].decode(errors="replace"))

    def wait_still(self, since: int, still_s: float, timeout_s: float = 5.0) -> float | None:
        """Waits until nothing comes out for a while; says when the last of it came after that chunk, if any did."""
        until = perf_counter() + timeout_s
        with self._news:
            while perf_counter() < until:
                count = len(self.chunks)
                if not self._news.wait_for(lambda count=count: len(self.chunks) > count, still_s) and count > since:  # type: ignore[misc]
                    return self.chunks[-1].at
        return None

    def end(self) -> None:
        """Ends the program, whatever it is doing."""
        if not self._over:
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._reader.join(END_S)
        os.close(self._side)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._side, CHUNK)
            except OSError:  # the program ended
                data = b""
            with self._news:
                if data:
                    self.chunks.append(Chunk(perf_counter(), data))
                    self._all += data
                else:
                    self._over = True
                self._news.notify_all()
            if not data:
                return
