"""Servers on real sockets that lie, drip, cut and fall silent, each in a thread that ends with its test."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

DRIP_S = 0.02
Behaviour = Callable[[socket.socket, threading.Event], None]


@contextmanager
def lying_server(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The url of a server that does this to each connection, one at a time."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.02)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(5)
                    talk = tls.wrap_socket(connection, server_side=True) if tls else connection
                    with talk:
                        behave(talk, over)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join(10)
        listening.close()
        assert not thread.is_alive()


def read_request(connection: socket.socket) -> bytes:
    """Head and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    size = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            size = int(line.split(b":")[1])
    while len(body) < size:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def says(answer: bytes) -> Behaviour:
    """Reads the request, gives these bytes and closes."""

    def behave(connection: socket.socket, _over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(answer)

    return behave


def drips(answer: bytes, fast: int = 0) -> Behaviour:
    """Gives `fast` bytes at once, then one byte at a time, and never ends."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(answer[:fast])
        for place in range(fast, len(answer)):
            if over.wait(DRIP_S):
                return
            connection.sendall(answer[place : place + 1])
        over.wait(10)

    return behave


def plain_words(connection: socket.socket, _over: threading.Event) -> None:
    """Speaks at once and in plain, whoever knocks."""
    connection.recv(1)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def silent(_connection: socket.socket, over: threading.Event) -> None:
    """Accepts, reads nothing and says nothing."""
    over.wait(10)


def resets(connection: socket.socket, _over: threading.Event) -> None:
    """Answers half a line, then resets the connection."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def answer(status: str = "200 OK", headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """The bytes of an HTTP answer."""
    fields = {"Content-Type": "application/octet-stream", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body
