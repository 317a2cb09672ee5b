"""Printers for the tests: a real socket that behaves as one test wants."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable

from screens.papers import printers


class FakePrinter:
    """A printer in the network that behaves as one test wants, for so many jobs."""

    def __init__(self, behave: Callable[[socket.socket], bytes], jobs: int = 1) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.target = f"tcp://127.0.0.1:{self.port}"
        self.jobs: list[bytes] = []
        self._behave, self._most = behave, jobs
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for _ in range(self._most):
            way, _ = self._listening.accept()
            with way:
                self.jobs.append(self._behave(way))

    def end(self) -> bytes:
        """What the last job brought."""
        self._thread.join(10)
        self._listening.close()
        return self.jobs[-1] if self.jobs else b""


def answering(way: socket.socket) -> bytes:
    got = b""
    while chunk := way.recv(4096):
        got += chunk
        if got.endswith(printers.ASK):
            way.sendall(b"\x12")
    return got


def silent(way: socket.socket) -> bytes:
    got = b""
    while chunk := way.recv(4096):
        got += chunk
    return got


def unplugged_after_one(way: socket.socket) -> bytes:
    got = b""
    while not got.endswith(printers.ASK):
        got += way.recv(4096)
    way.sendall(b"\x12")
    return got + way.recv(10)


def reset_at_once(way: socket.socket) -> bytes:
    """The cable is pulled while the first bytes are on their way: what is sent next meets a reset."""
    got = way.recv(10)
    way.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return got
