"""The hub's doors in HTTP: bytes to a service in a thread, and its troubles as a status and a small JSON document.

Nothing here reads a message. A log line names the kind of a trouble and the lines of code it came through, never what
an exception says: that may be a citizen's name.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from station import canonical
from station.errors import BadInput, Busy, NotAuthorised, Refused, StationError
from sync.hub.body_limits import BodyTrouble, Patience, Purse, read_body
from sync.hub.doors import HubService

OCTETS: Final = "application/octet-stream"
RETRY_AFTER_S: Final = 5
_ODD_STATUS: Final = {"counter_used": 409, "wire_signature": 401}  # unsigned is not the same as misspelt
_STATUS: Final = ((NotAuthorised, 401), (BadInput, 400), (Refused, 409), (Busy, 503))
_PACK_CACHE: Final = "public, max-age=31536000, immutable"

_log = logging.getLogger("hub")

Door = Callable[[Request], Awaitable[Response]]


def make_app(service: HubService, patience: Patience | None = None) -> Starlette:
    """The ASGI application over a service: POST /v1/sync, POST /v1/enrol, GET /v1/pack/{name}, GET /healthz."""
    doors = _Doors(service, patience or Patience())
    return Starlette(
        routes=[
            Route("/v1/sync", _guarded(doors.sync), methods=["POST"]),
            Route("/v1/enrol", _guarded(doors.enrol), methods=["POST"]),
            Route("/v1/pack/{name}", _guarded(doors.pack), methods=["GET"]),
            Route("/healthz", _healthy, methods=["GET"]),
        ]
    )


class _Doors:
    def __init__(self, service: HubService, patience: Patience) -> None:
        self._service = service
        self._patience = patience
        self._purse = Purse()

    async def sync(self, request: Request) -> Response:
        return await self._exchange(request, self._service.sync)

    async def enrol(self, request: Request) -> Response:
        return await self._exchange(request, self._service.enrol)

    async def _exchange(self, request: Request, serve: Callable[[bytes], bytes]) -> Response:
        held: list[int] = []
        try:
            announced = request.headers.get("content-length")
            body = await read_body(request.stream(), announced, self._patience, self._purse, held)
            return Response(await anyio.to_thread.run_sync(serve, body), media_type=OCTETS)
        finally:
            self._purse.left += sum(held)

    async def pack(self, request: Request) -> Response:
        name = request.path_params["name"]
        data = await anyio.to_thread.run_sync(self._service.pack, name)
        if data is None:
            return error_response(404, {"code": "pack_unknown"})
        headers = {"Cache-Control": _PACK_CACHE, "Accept-Ranges": "bytes"}
        asked = request.headers.get("range")
        span = _range(asked, len(data)) if asked else None
        if span is None:
            return Response(data, media_type=OCTETS, headers=headers)
        start, end = span
        if start >= end:
            refused = {"Content-Range": f"bytes */{len(data)}"}
            return error_response(416, {"code": "range_unsatisfiable", "size": len(data)}, refused)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
        return Response(data[start:end], 206, media_type=OCTETS, headers=headers)


async def _healthy(_request: Request) -> Response:
    return Response(b'{"ok":true}', media_type="application/json")


def _guarded(door: Door) -> Door:
    """The door, with every trouble turned into an answer."""

    async def guarded(request: Request) -> Response:
        try:
            return await door(request)
        except BodyTrouble as trouble:
            return error_response(trouble.status, {"code": trouble.code}, {"Connection": "close"})
        except StationError as trouble:
            return _trouble_response(trouble)
        except ClientDisconnect:
            return error_response(400, {"code": "disconnected"})
        except Exception as trouble:
            return _internal(trouble)

    return guarded


def _trouble_response(trouble: StationError) -> Response:
    status = _ODD_STATUS.get(trouble.code) or next((number for kind, number in _STATUS if isinstance(trouble, kind)), 0)
    if status == 0:
        return _internal(trouble)
    return error_response(status, trouble.document())


def _internal(trouble: Exception) -> Response:
    frames = "".join(traceback.format_tb(trouble.__traceback__))
    code = trouble.code if isinstance(trouble, StationError) else ""
    _log.error("internal trouble: %s %s\n%s", type(trouble).__name__, code, frames)
    return error_response(500, {"code": "internal"})


def error_response(status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """{"error": {"code": ..., ...}} with a status; a 503 says when to come again."""
    try:
        body = canonical.encode({"error": document})
    except (TypeError, ValueError, msgspec.MsgspecError):
        body = canonical.encode({"error": {"code": document["code"]}})
    late = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    return Response(body, status, media_type="application/json", headers={**late, **(headers or {})})


def _range(asked: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of one byte range, an empty one cannot be satisfied; None for any other form."""
    unit, _, span = asked.partition("=")
    first, dash, last = span.strip().partition("-")
    if unit.strip() != "bytes" or not dash or not all(part == "" or part.isdecimal() for part in (first, last)):
        return None
    if first == "":
        return (max(0, size - int(last)), size) if last else None
    return int(first), min(size, int(last) + 1) if last else size
