"""The hub over HTTP, against real sockets: strangers are told from a hub in trouble, nothing outlasts its deadline."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from station.errors import BadInput, HubRefused, HubUnreachable, NotOurHub, NotYet, Refused, StationError
from sync.hub import authority, patience, server
from sync.transport_http import HttpTransport
from sync.wire import Opener, seal
from tests.lying_servers import answer, drips, lying_server, plain_words, read_request, resets, says, silent
from tests.tiny_hub import BLOCKS, DOMAIN, KEY, PACK

ROOT = Path(__file__).resolve().parent.parent
MESSAGE = seal({}, BLOCKS, KEY, DOMAIN)
HTML = b"<html><body>Please log in</body></html>"


class Clock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def elapsed_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def boot_id(self) -> str:
        return "boot"


class Chance:
    def token(self, size: int) -> bytes:
        return os.urandom(size)


def transport(url: str, **options: Any) -> HttpTransport:
    return HttpTransport(url, Clock(), **{"total_s": 5.0, "pause_s": 5.0, **options})


def trouble(url: str, body: bytes = b"hello", **options: Any) -> StationError:
    """What an exchange ends with; it must end in time."""
    started = time.monotonic()
    with transport(url, **options) as hub, pytest.raises(StationError) as caught:
        list(hub.exchange(body))
    assert time.monotonic() - started < options.get("total_s", 5.0) + 1
    return caught.value


def shape(error: StationError) -> tuple[str, Any]:
    return type(error).__name__, error.fields.get("reason", error.code)


# ── strangers ────────────────────────────────────────────────────────────────────────────────────────────────────────

STRANGERS = {
    "content_type": [
        answer(headers={"Content-Type": "text/html"}, body=HTML),
        answer(headers={"Content-Type": "application/json"}, body=b'{"ok":true}'),
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    ],
    "redirect": [
        answer("302 Found", {"Location": "http://portal.example/login"}, HTML),
        answer("307 Temporary Redirect", {"Location": "/v1/other"}),
    ],
    "status": [
        answer("204 No Content"),
        answer("206 Partial Content", body=b"x"),
        answer("404 Not Found", {"Content-Type": "text/html"}, HTML),
        answer("403 Forbidden", {"Content-Type": "application/json"}, b'{"error":"portal"}'),
        answer("400 Bad Request", {"Content-Type": "application/json"}, b'{"error":{"code":"No Such\\u001b[2J"}}'),
        answer("400 Bad Request", {"Content-Type": "application/json"}, b"[" * 9999),
        answer("400 Bad Request", {"Content-Type": "application/json"}, b" " * 999_999),
        answer("511 Network Authentication Required", {"Content-Type": "text/html"}, HTML),
    ],
    "content_encoding": [
        answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(bytes(300 << 20), 9)[:658]),
        answer(headers={"Content-Encoding": "br"}, body=b"x"),
    ],
    "garbage": [
        b"\x00\x01\x02garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"220 mail ready\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"y" * 300_000 + b"\r\n\r\n",
        answer(headers={"Content-Length": "3", "Transfer-Encoding": "chunked"}, body=b"zz\r\n"),
    ],
}


@pytest.mark.parametrize("reason, lie", [(reason, lie) for reason, lies in STRANGERS.items() for lie in lies])
def test_a_stranger_is_not_our_hub(reason: str, lie: bytes) -> None:
    with lying_server(says(lie)) as url:
        error = trouble(url)
    assert shape(error) == ("NotOurHub", reason)
    assert error.code == "not_our_hub"


def test_an_answer_without_end_is_refused_at_the_limit() -> None:
    def floods(connection: socket.socket, _over: Any) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
        while True:
            connection.sendall(bytes(65536))

    with lying_server(floods) as url:
        assert shape(trouble(url)) == ("NotOurHub", "too_large")


def test_bytes_of_an_impostor_pass_the_transport_and_stop_at_the_wire() -> None:
    with lying_server(says(answer(body=b"not a message"))) as url, transport(url) as hub:
        pieces = list(hub.exchange(b"x"))
    with pytest.raises(BadInput, match="wire_magic"):
        Opener(DOMAIN, KEY.public).feed(b"".join(pieces))


# ── a hub in trouble, or no network ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "status, header, wait",
    [
        ("500 Internal Server Error", None, None),
        ("502 Bad Gateway", None, None),
        ("503 Service Unavailable", "17", 17),
        ("429 Too Many Requests", "99999999", 86400),
        ("503 Service Unavailable", "Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("503 Service Unavailable", "-5", None),
    ],
)
def test_a_hub_in_trouble_says_when_to_come_again(status: str, header: str | None, wait: int | None) -> None:
    headers = {"Content-Type": "text/html"} | ({"Retry-After": header} if header else {})
    with lying_server(says(answer(status, headers, HTML))) as url:
        error = trouble(url)
    assert isinstance(error, HubUnreachable)
    assert error.fields == {"reason": "hub_busy", "status": int(status[:3]), "retry_after_s": wait}


def test_nobody_there_no_such_name_and_a_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert shape(trouble(f"http://127.0.0.1:{port}")) == ("HubUnreachable", "connect")
    assert shape(trouble("http://hub.invalid")) == ("HubUnreachable", "name")
    with lying_server(resets) as url:
        assert shape(trouble(url)) == ("HubUnreachable", "cut")


def test_an_answer_cut_anywhere_is_a_cut_and_what_came_before_it_is_kept() -> None:
    whole = answer(body=MESSAGE)
    kept = []
    for size in [0, 1, 5, 9, 20, len(whole) - len(MESSAGE), *range(len(whole) - len(MESSAGE) + 1, len(whole), 7)]:
        opener, events = Opener(DOMAIN, KEY.public), []
        with lying_server(says(whole[:size])) as url, transport(url) as hub:
            with pytest.raises(HubUnreachable) as caught:
                for piece in hub.exchange(b"x"):
                    events += opener.feed(piece)
            assert shape(caught.value) == ("HubUnreachable", "cut")
            assert hub.traffic.bytes_down == max(0, size - (len(whole) - len(MESSAGE)))
        assert not opener.close()
        kept.append(len(events))
    assert kept == sorted(kept)
    assert max(kept) >= 3


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fast", [0, 12, 60, 200])
def test_a_drip_of_head_or_body_ends_with_the_deadline(fast: int) -> None:
    with lying_server(drips(answer(body=bytes(9999)), fast)) as url:
        assert shape(trouble(url, total_s=0.4)) == ("HubUnreachable", "deadline")


def test_silence_ends_with_the_pause_or_the_deadline() -> None:
    with lying_server(silent) as url:
        assert shape(trouble(url, pause_s=0.3)) == ("HubUnreachable", "timeout")
        assert shape(trouble(url, total_s=0.3)) == ("HubUnreachable", "deadline")


def test_silence_in_a_handshake_and_a_server_that_reads_nothing_end_too() -> None:
    with lying_server(silent) as url:
        assert shape(trouble(url.replace("http", "https"), total_s=0.3)) == ("HubUnreachable", "deadline")
        assert shape(trouble(url, body=bytes(16 << 20), total_s=0.5)) == ("HubUnreachable", "deadline")


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def made(home: Path, now_ms: int | None = None) -> tuple[ssl.SSLContext, str]:
    """A server's context and the CA to hand out."""
    authority.make_keys(home, [], Clock().now_ms() if now_ms is None else now_ms, Chance())
    context = server.tls_context("self", home, None)
    assert context is not None
    return context, authority.open_keys(home).ca_pem


def test_another_ca_plain_http_and_a_hub_without_our_ca_are_strangers(tmp_path: Path) -> None:
    context, ca = made(tmp_path / "a")
    _, other = made(tmp_path / "b")
    with lying_server(says(answer(body=MESSAGE)), context) as url:
        assert shape(trouble(url, ca_pem=other)) == ("NotOurHub", "certificate")
        assert shape(trouble(url)) == ("NotOurHub", "certificate")
        with transport(url, ca_pem=ca) as hub:
            assert b"".join(hub.exchange(b"x")) == MESSAGE
    with lying_server(plain_words) as url:
        assert shape(trouble(url.replace("http", "https"), ca_pem=ca)) == ("NotOurHub", "tls")


def test_with_a_pinned_ca_the_hubs_signed_time_judges_and_not_the_local_clock(tmp_path: Path) -> None:
    long_ago_ms = Clock().now_ms() - 30 * 365 * 86_400_000
    context, ca = made(tmp_path, long_ago_ms)
    with lying_server(says(answer(body=MESSAGE)), context) as url:
        with transport(url, ca_pem=ca, time_floor_ms=long_ago_ms) as hub:
            assert b"".join(hub.exchange(b"x")) == MESSAGE
        assert shape(trouble(url, ca_pem=ca, time_floor_ms=Clock().now_ms())) == ("NotOurHub", "certificate_ended")


def test_first_contact_hides_but_does_not_trust_and_can_only_enrol(tmp_path: Path) -> None:
    context, _ = made(tmp_path)
    with lying_server(says(answer(body=b"yes")), context) as url, transport(url, first_contact=True) as hub:
        assert hub.enrol(b"x") == b"yes"
        with pytest.raises(AssertionError):
            hub.exchange(b"x")


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_request_is_small_and_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    seen = []

    def behave(connection: socket.socket, _over: Any) -> None:
        seen.append(read_request(connection))
        connection.sendall(answer(headers={"Set-Cookie": "track=1"}, body=MESSAGE))
        seen.append(read_request(connection))
        connection.sendall(answer(body=MESSAGE))

    with lying_server(behave) as url, transport(url) as hub:
        for _ in range(2):  # on one connection
            list(hub.exchange(b"hello"))
        assert (hub.traffic.requests, hub.traffic.bytes_up, hub.traffic.bytes_down) == (2, 10, 2 * len(MESSAGE))
    first, second = seen
    assert first == second
    assert first.endswith(b"\r\n\r\nhello")
    assert len(first) < 170


@pytest.mark.parametrize(
    "url", ["", "hub", "ftp://hub", "http://", "http://a/?q", "http://u:p@hub", "http://hub:port", "http://hub/#x"]
)
def test_an_address_that_is_none_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="hub_url"):
        HttpTransport(url, Clock())


def test_a_ca_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="ca_form"):
        HttpTransport("https://hub", Clock(), ca_pem="not a certificate")


# ── the real doors ───────────────────────────────────────────────────────────────────────────────────────────────────


def start(home: Path, tls: str) -> tuple[subprocess.Popen[str], str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, str(ROOT / "tests" / "tiny_hub.py"), str(home), tls]
    pipe = subprocess.PIPE
    process = subprocess.Popen(program, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=home)
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["ready"] is True
    return process, ready["url"]


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[str, str]:
    process.send_signal(number)
    out, log = process.communicate(timeout=15)
    assert process.returncode == 0, log
    return out, log


@pytest.fixture(scope="module")
def hub_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("hub")
    authority.make_keys(home, [], Clock().now_ms(), Chance())
    return home


@pytest.fixture(scope="module")
def tiny(hub_home: Path) -> Iterator[tuple[str, str]]:
    process, url = start(hub_home, "self")
    try:
        yield url, (hub_home / "keys" / "ca.crt").read_text()
    finally:
        stop(process)


@pytest.fixture
def hub(tiny: tuple[str, str]) -> Iterator[HttpTransport]:
    url, ca = tiny
    with transport(url, ca_pem=ca) as made_hub:
        yield made_hub


@pytest.fixture
def plain(tiny: tuple[str, str]) -> Iterator[httpx.Client]:
    url, ca = tiny
    with httpx.Client(base_url=url, verify=ssl.create_default_context(cadata=ca), trust_env=False) as client:
        yield client


def test_an_exchange_over_https_with_our_ca(hub: HttpTransport) -> None:
    opener = Opener(DOMAIN, KEY.public)
    events: list[Any] = []
    for piece in hub.exchange(b"x" * 5000):
        events += opener.feed(piece)
    assert opener.close()
    assert events[0].fields["bytes"] == 5000
    assert [event.data for event in events[1:]] == BLOCKS
    assert hub.enrol(b"abc") == b"cba"


def test_packs_come_whole_and_from_where_they_stopped(hub: HttpTransport, plain: httpx.Client) -> None:
    assert b"".join(hub.pack("known")) == PACK
    assert b"".join(hub.pack("known", 1000)) == PACK[1000:]
    with pytest.raises(HubRefused, match="pack_unknown"):
        list(hub.pack("unknown"))
    with pytest.raises(BadInput, match="pack_name"):
        hub.pack("../keys")
    got = {
        asked: plain.get("/v1/pack/known", headers={"Range": asked}) for asked in ("bytes=-10", "bytes=5-9", "x=1-2")
    }
    assert [(each.status_code, each.content) for each in got.values()] == [
        (206, PACK[-10:]),
        (206, PACK[5:10]),
        (200, PACK),
    ]
    assert plain.get("/v1/pack/known", headers={"Range": "bytes=99999-"}).status_code == 416
    assert "immutable" in plain.get("/v1/pack/known").headers["cache-control"]


@pytest.mark.parametrize(
    "body, status, kind, code",
    [
        (b"bad", 400, HubRefused, "wire_json"),
        (b"unsigned", 401, HubRefused, "wire_signature"),
        (b"revoked", 401, HubRefused, "device_revoked"),
        (b"counter", 409, HubRefused, "counter_used"),
        (b"busy", 503, HubUnreachable, "hub_unreachable"),
        (b"damaged", 500, HubUnreachable, "hub_unreachable"),
        (b"odd", 409, HubRefused, "odd"),
        (b"crash", 500, HubUnreachable, "hub_unreachable"),
        (b"x" * 100_001, 413, HubRefused, "body_too_large"),
    ],
)
def test_troubles_of_the_service_reach_the_station(
    hub: HttpTransport, plain: httpx.Client, body: bytes, status: int, kind: type[StationError], code: str
) -> None:
    refused = plain.post("/v1/sync", content=body)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/json"
    with pytest.raises(kind, match=code) as caught:
        list(hub.exchange(body))
    if code == "counter_used":
        assert caught.value.fields == {"counter": 7}
    assert b"".join(hub.exchange(b"again"))


def test_unknown_doors_and_wrong_methods_are_closed(plain: httpx.Client) -> None:
    assert plain.get("/healthz").json() == {"ok": True}
    assert plain.get("/v1/sync").status_code == 405
    assert plain.get("/docs").status_code == 404
    assert plain.get("/v1/pack/a/b").status_code == 404


def connect(tiny_hub: tuple[str, str]) -> ssl.SSLSocket:
    url, ca = tiny_hub
    raw = socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), 10)
    return ssl.create_default_context(cadata=ca).wrap_socket(raw, server_hostname="localhost")


def test_a_body_that_drips_or_stops_is_sent_away(tiny: tuple[str, str]) -> None:
    with connect(tiny) as connection:
        connection.sendall(b"POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nslow")
        said = b""
        while piece := connection.recv(4096):
            said += piece
    assert b" 408 " in said
    assert b"body_timeout" in said


def test_the_hub_serves_while_many_connections_stay_half_open(tiny: tuple[str, str], hub: HttpTransport) -> None:
    port = httpx.URL(tiny[0]).port or 0
    idle = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(300)]
    try:
        assert b"".join(hub.exchange(b"x"))
    finally:
        for each in idle:
            each.close()


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_hub_behind_a_proxy_says_one_line_and_ends_cleanly(hub_home: Path, number: int) -> None:
    process, url = start(hub_home, "off")
    with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), 10), transport(url) as hub:
        assert url.startswith("http://127.0.0.1:")
        assert b"".join(hub.exchange(b"x"))
        assert stop(process, number) == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
def test_a_crash_is_logged_without_what_it_said(hub_home: Path) -> None:
    process, url = start(hub_home, "off")
    assert shape(trouble(url, b"crash")) == ("HubUnreachable", "hub_busy")
    out, log = stop(process)
    assert out == ""
    assert "ValueError" in log
    assert "tiny_hub.py" in log
    assert "王芳" not in log
    assert "11010519491231002X" not in log


def test_what_cannot_be_served_is_refused_before_it_is(tmp_path: Path) -> None:
    with pytest.raises(NotYet, match="not_yet"):
        server.serve(object, home=tmp_path, workers=2)
    with pytest.raises(BadInput, match="tls_files"):
        server.serve(object, home=tmp_path, tls=(tmp_path / "no.crt", tmp_path / "no.key"))
    with pytest.raises(BadInput, match="host_form"):
        server.serve(object, "hub.invalid", 0, home=tmp_path, tls="off")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Refused, match="port_taken"):
        server.serve(object, port=taken.getsockname()[1], home=tmp_path, tls="off")


def test_heads_that_never_end_are_dropped() -> None:
    # The protocol alone, on a loop whose time is ours.
    class Line(asyncio.Transport):
        aborted = False

        def get_extra_info(self, name: str, default: Any = None) -> Any:
            return default

        def abort(self) -> None:
            self.aborted = True

        def is_closing(self) -> bool:
            return self.aborted

    class Timers:
        def __init__(self) -> None:
            self.armed: list[Any] = []

        def call_later(self, delay: float, call: Any) -> Any:
            assert delay == patience.HEAD_S
            self.armed.append(call)
            return self

        def cancel(self) -> None:
            self.armed.clear()

    config = uvicorn.Config(lambda: None, log_config=None, lifespan="off", ws="none")
    config.load()
    timers, line = Timers(), Line()
    protocol = patience.PatientProtocol(config, ServerState(), {}, _loop=timers)  # type: ignore[arg-type]
    protocol.connection_made(line)
    for byte in b"POST /v1/sync HTTP/1.1\r\nHost: ":
        protocol.data_received(bytes([byte]))
    assert len(timers.armed) == 1
    timers.armed[0]()
    assert line.aborted


def test_not_our_hub_is_never_worth_trying_again_and_a_cut_is() -> None:
    assert (NotOurHub.again, HubUnreachable.again, HubRefused.again) == (False, True, False)
