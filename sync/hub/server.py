"""`hub serve`: one process, one socket, one line on stdout when it really accepts, and a clean end on a signal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import uvicorn

from station.errors import BadInput, NotYet, Refused
from sync.hub import authority, patience

Tls = Literal["self", "off"] | tuple[Path, Path]

KEEP_ALIVE_S: Final = 30  # a station's pulls follow each other within seconds
GRACE_S: Final = 10  # for requests in flight when the end is asked for
HEAD_BYTES: Final = 16 * 1024
CONNECTIONS_MAX: Final = 4096
BACKLOG: Final = 2048


def serve(
    app_factory: Callable[[], Any],
    host: str = "127.0.0.1",
    port: int = 8443,
    *,
    tls: Tls = "self",
    home: Path,
    passphrase: str | None = None,
    workers: int = 1,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then returns. `port` 0 takes a free one; `on_ready` is given the url.

    Raises NotYet not_yet(what="workers"), Refused port_taken(port), BadInput host_form(host) or tls_files, and whatever
    `authority.open_keys` raises for tls="self".
    """
    if workers != 1:
        raise NotYet("not_yet", what="workers")
    context = tls_context(tls, home, passphrase)
    listening = _bind(host, port)
    with listening:
        url = _url("https" if context else "http", host, listening.getsockname()[1])
        _log_to_stderr()
        patience.make_room_for_sockets()
        server = _Server(_config(app_factory(), context), url, on_ready or print_ready)
        with asyncio.Runner(loop_factory=patience.PatientLoop) as runner:
            runner.run(server.serve([listening]))


def print_ready(url: str) -> None:
    """The one line on stdout."""
    sys.stdout.write(json.dumps({"ready": True, "url": url}) + "\n")
    sys.stdout.flush()


def tls_context(tls: Tls, home: Path, passphrase: str | None) -> ssl.SSLContext | None:
    """What to serve with, None for plain HTTP behind a proxy. Raises as `serve`."""
    if tls == "off":
        return None
    if tls == "self":
        keys = authority.open_keys(home, passphrase)
        files, password = (keys.leaf_file, keys.leaf_key_file), keys.leaf_password
    else:
        files, password = tls, passphrase
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A password is always given: without one OpenSSL would ask on the terminal.
        context.load_cert_chain(*files, password=password or "")
    except (OSError, ssl.SSLError):
        raise BadInput("tls_files") from None
    return context


class _Server(uvicorn.Server):
    """uvicorn's server that says when it accepts, and that does not die of the signal it was ended by."""

    def __init__(self, config: uvicorn.Config, url: str, on_ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._url = url
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready(self._url)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ours = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in ours}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _config(app: Any, context: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=patience.PatientProtocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=HEAD_BYTES,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )


def _bind(host: str, port: int) -> socket.socket:
    """A bound socket. Raises BadInput host_form(host) or Refused port_taken(port)."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise BadInput("host_form", host=host) from None
    listening = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would let a second hub take the same port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise Refused("port_taken", port=port) from None
    return listening


def _url(scheme: str, host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"{scheme}://{name}:{port}"


def _log_to_stderr() -> None:
    if not logging.getLogger().handlers:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
