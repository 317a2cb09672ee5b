"""The hub over HTTPS: a pinned private CA, one deadline, raw bytes within limits, and no trust in what the answer says.

No proxy from the environment, no redirect, no decompression, no cookie, and no header that need not travel.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpcore
import httpx

from station.errors import BadInput, HubUnreachable, NotOurHub
from station.ports import Clock
from sync.answer_reading import ERROR_BYTES, OCTETS, check_good, trouble_of
from sync.deadline_network import Deadline, DeadlineBackend
from sync.pooled_door import PooledDoor
from sync.transport import Traffic

CONNECT_S: Final = 15.0
PAUSE_S: Final = 30.0  # between two reads or writes: a GPRS link sleeps for as long as 20 s
TOTAL_S: Final = 300.0
ANSWER_BYTES: Final = 8 * 1024 * 1024 + 256 * 1024
ENROL_BYTES: Final = 256 * 1024
PACK_BYTES: Final = 64 * 1024 * 1024
PIECE_BYTES: Final = 4096  # of a body, between two counts
WAITING_BYTES: Final = 4096  # more than this the system may not hold back unsent: what counts as sent nearly is
_NO_CHECK_TIME: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME


class HttpTransport:
    """A `Transport`. Use as a context manager or call `close`.

    ca_pem          text of the hub's CA; without it https asks the system's authorities
    time_floor_ms   the last time that the hub signed: with a pinned CA it judges certificates, the local clock does not
    first_contact   enrolment without a CA at hand: the code's MAC proves the hub, TLS only hides; allows `enrol` alone
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        ca_pem: str | None = None,
        time_floor_ms: int = 0,
        first_contact: bool = False,
        total_s: float = TOTAL_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.traffic = Traffic()
        self._url = _hub_url(url)
        self._first_contact = first_contact
        self._deadline = Deadline(clock, total_s)
        self._times = {"connect": min(CONNECT_S, pause_s), "read": pause_s, "write": pause_s, "pool": pause_s}
        pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(ca_pem, checked=not first_contact) if self._url.scheme == "https" else None,
            max_connections=1,
            http1=True,
            socket_options=_socket_options(),
            network_backend=DeadlineBackend(self._deadline, time_floor_ms if ca_pem else 0),
        )
        self._client = httpx.Client(transport=PooledDoor(pool), trust_env=False, follow_redirects=False)

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection that was kept."""
        self._client.close()

    def exchange(self, body: bytes) -> Iterator[bytes]:
        """The answer in pieces. Raises HubUnreachable, NotOurHub, HubRefused; what was yielded before stays good."""
        assert not self._first_contact
        return self._stream("POST", "/v1/sync", body, ANSWER_BYTES)

    def enrol(self, body: bytes) -> bytes:
        """The whole answer to an enrolment request."""
        return b"".join(self._stream("POST", "/v1/enrol", body, ENROL_BYTES))

    def pack(self, name: str, offset: int = 0) -> Iterator[bytes]:
        """A pack from `offset` on. Raises BadInput pack_name for a name that is no plain word."""
        assert not self._first_contact
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise BadInput("pack_name")
        return self._stream("GET", f"/v1/pack/{name}", b"", PACK_BYTES, offset=offset)

    def _stream(self, method: str, path: str, body: bytes, most: int, *, offset: int = 0) -> Iterator[bytes]:
        headers = {"User-Agent": "vc/1"}
        if body:
            headers |= {"Content-Type": OCTETS, "Content-Length": str(len(body))}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        content = self._counted(body) if body else b""
        request = httpx.Request(
            method, f"{self._url}{path}", headers=headers, content=content, extensions={"timeout": self._times}
        )
        self._deadline.start()
        traffic = self.traffic
        traffic.requests += 1
        traffic.ends_up, traffic.ends_down = traffic.bytes_up + len(body), traffic.bytes_down
        with _troubles(self._deadline):
            answer = self._client.send(request, stream=True)
            try:
                self._check(answer, offset)
                traffic.ends_down = traffic.bytes_down + _announced(answer, most)
                yield from self._pieces(answer, most)
            finally:
                answer.close()

    def _counted(self, body: bytes) -> Iterator[bytes]:
        """A body in pieces, each counted when the line has taken it."""
        for start in range(0, len(body), PIECE_BYTES):
            piece = body[start : start + PIECE_BYTES]
            yield piece
            self.traffic.bytes_up += len(piece)

    def _check(self, answer: httpx.Response, offset: int) -> None:
        if answer.status_code >= 400:
            raise trouble_of(answer.status_code, answer.headers, self._error_body(answer))
        check_good(answer.status_code, answer.headers, (206,) if offset else (200,))
        if offset and not answer.headers.get("content-range", "").startswith(f"bytes {offset}-"):
            raise NotOurHub("not_our_hub", reason="range", status=answer.status_code)

    def _error_body(self, answer: httpx.Response) -> bytes:
        """As much of it as counts. One that never ends says no more than its status."""
        try:
            return b"".join(self._pieces(answer, ERROR_BYTES))
        except NotOurHub:
            return b""

    def _pieces(self, answer: httpx.Response, most: int) -> Iterator[bytes]:
        left = most
        for piece in answer.iter_raw():
            self.traffic.bytes_down += len(piece)
            left -= len(piece)
            if left < 0:
                raise NotOurHub("not_our_hub", reason="too_large", max=most)
            yield piece


@contextmanager
def _troubles(deadline: Deadline) -> Iterator[None]:
    """The library's errors as ours."""
    try:
        yield
    except httpcore.TimeoutException:
        deadline.left_s()  # says "deadline" if it was that
        raise HubUnreachable("hub_unreachable", reason="timeout") from None
    except httpcore.ConnectError as error:
        raise _connect_trouble(error) from None
    except httpcore.RemoteProtocolError:
        if deadline.ended_by_peer:
            raise HubUnreachable("hub_unreachable", reason="cut") from None
        raise NotOurHub("not_our_hub", reason="garbage") from None
    except (httpcore.NetworkError, httpcore.ProtocolError):
        raise HubUnreachable("hub_unreachable", reason="cut") from None


def _connect_trouble(error: BaseException) -> HubUnreachable | NotOurHub:
    """A certificate or a protocol that is not ours is a stranger; a name not found or a line cut is the network."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NotOurHub("not_our_hub", reason="certificate")
        if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return HubUnreachable("hub_unreachable", reason="cut")
        if isinstance(cause, ssl.SSLError):
            return NotOurHub("not_our_hub", reason="tls")
        if isinstance(cause, OSError) and type(cause).__name__ == "gaierror":
            return HubUnreachable("hub_unreachable", reason="name")
        cause = cause.__cause__ or cause.__context__
    return HubUnreachable("hub_unreachable", reason="connect")


def _announced(answer: httpx.Response, most: int) -> int:
    """How long the answer says it is; only shown, never believed."""
    length = answer.headers.get("content-length", "")
    return min(int(length), most) if length.isdecimal() else 0


def _socket_options() -> list[httpcore.SOCKET_OPTION]:
    """Progress is told by what was written: the system is to hold back little of it, where it can be asked to."""
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    return [] if option is None else [(socket.IPPROTO_TCP, option, WAITING_BYTES)]


def _hub_url(url: str) -> httpx.URL:
    """Scheme, host, port and a path to stand before ours. Raises BadInput hub_url(field="url")."""
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except (httpx.InvalidURL, UnicodeError):
        raise BadInput("hub_url", field="url") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment or parsed.userinfo:
        raise BadInput("hub_url", field="url")
    return parsed


def _ssl_context(ca_pem: str | None, *, checked: bool) -> ssl.SSLContext:
    """Raises BadInput ca_form(field="ca") where the text holds no certificate."""
    try:
        context = ssl.create_default_context(cadata=ca_pem)
    except (ssl.SSLError, ValueError):
        raise BadInput("ca_form", field="ca") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_pem is not None:
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    if not checked and ca_pem is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
