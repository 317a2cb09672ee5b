"""What a status, its headers and a short body say: our hub's answer, its refusal, a hub in trouble, or somebody else.

Everything here comes from whoever answered: it is information for a person, never the state of a case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from station.errors import BadInput, HubRefused, HubUnreachable, NotOurHub, StationError
from sync.limits import Limits
from sync.strict_json import strict_json

OCTETS: Final = "application/octet-stream"
JSON: Final = "application/json"
ERROR_BYTES: Final = 16 * 1024
RETRY_AFTER_MAX_S: Final = 24 * 3600  # a stranger cannot send a station to sleep for longer
_ERROR_LIMITS: Final = Limits(block_bytes=ERROR_BYTES, depth=4, string_bytes=1024)
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FIELDS_MAX: Final = 16
_PORTAL: Final = 511  # network authentication required
_LATER: Final = (408, 425, 429)


def check_good(status: int, headers: Mapping[str, str], accepted: tuple[int, ...] = (200,)) -> None:
    """This is a body of ours. Raises NotOurHub not_our_hub(reason, status) if not. Call for a status below 400."""
    if 300 <= status < 400:
        raise _stranger("redirect", status)
    if status not in accepted:
        raise _stranger("status", status)
    if headers.get("content-encoding", "identity") != "identity":
        raise _stranger("content_encoding", status)
    if _kind(headers) != OCTETS:
        raise _stranger("content_type", status)


def trouble_of(status: int, headers: Mapping[str, str], body: bytes) -> StationError:
    """The error that an answer of 400 and more stands for. `body` is at most ERROR_BYTES of it."""
    if status in _LATER or (status >= 500 and status != _PORTAL):
        return HubUnreachable(
            "hub_unreachable", reason="hub_busy", status=status, retry_after_s=_retry_after(headers.get("retry-after"))
        )
    error = _error_document(headers, body) if status < 500 else None
    if error is None:
        return _stranger("status", status)
    code = error.pop("code")
    return HubRefused(code, **error)


def _error_document(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """The fields of {"error": {"code": ...}}, plain values only, None where it is not one."""
    if _kind(headers) != JSON or "content-encoding" in headers:
        return None
    try:
        document = strict_json(body, _ERROR_LIMITS)
    except BadInput:
        return None
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), str) or not _CODE.fullmatch(error["code"]):
        return None
    fields = list(error.items())[:_FIELDS_MAX]
    plain = {name: value for name, value in fields if _CODE.fullmatch(name) and not isinstance(value, (dict, list))}
    plain.pop("self", None)
    return {**plain, "code": error["code"]}


def _retry_after(text: str | None) -> int | None:
    """Seconds, None where the header is absent or a date: a village clock cannot be compared with it."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 9:
        return None
    return min(int(text), RETRY_AFTER_MAX_S)


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _stranger(reason: str, status: int) -> NotOurHub:
    return NotOurHub("not_our_hub", reason=reason, status=status)
