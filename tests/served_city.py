"""The small city's hub on a real socket, a home that a child process can open, and a thin line between them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from loop_city import BASE_KEY, City, Station

from station import settings, vault
from sync.hub import patience, server
from sync.hub.asgi import make_app

SECRET = "a-village-passphrase"
PIECE = 1024


@contextmanager
def served(city: City) -> Iterator[str]:
    """The url of the city's hub, in plain HTTP, served from a thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    ready = threading.Event()
    made = server._Server(server._config(make_app(city.hub), None), url, lambda _url: ready.set())

    def run() -> None:
        with asyncio.Runner(loop_factory=patience.PatientLoop) as runner:
            runner.run(made.serve([listening]))

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield url
    finally:
        made.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive()


@contextmanager
def thin_line(url: str, bytes_a_second: int) -> Iterator[str]:
    """A relay to the hub that lets so many bytes a second through, each way."""
    host, port = url.removeprefix("http://").split(":")
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    over = threading.Event()

    def carry(here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while not over.is_set() and (data := here.recv(PIECE)):
                over.wait(len(data) / bytes_a_second)
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)

    def serve() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                near, _ = listening.accept()
                near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * PIECE)
                far = socket.create_connection((host, int(port)))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join(5)
        listening.close()


def point_at(village: Station, url: str) -> None:
    """The station's hub is there from now on."""
    with village.database.writing() as session:
        settings.put_identity(session, msgspec.structs.replace(village.identity, hub_url=url, ca=""))


def lock(home: Path) -> None:
    """Puts the base of this home under a passphrase."""
    (home / "key").mkdir()
    assert vault.create(home / "key", "passphrase", SECRET, _SameKey()) == BASE_KEY
    (home / "key" / vault.FILE).rename(home / vault.FILE)


class _SameKey:
    """Chance that first gives the key that the base already has."""

    def __init__(self) -> None:
        self._given = False

    def token(self, size: int) -> bytes:
        if not self._given and size == len(BASE_KEY):
            self._given = True
            return BASE_KEY
        return bytes(size)


def until(holds: object, timeout_s: float = 10.0) -> None:
    """Waits for something that another thread or process does."""
    ends = time.monotonic() + timeout_s
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.005)
