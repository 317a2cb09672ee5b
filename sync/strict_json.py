"""JSON from outside, read strictly: one meaning for one text, within limits that are checked before it is parsed.

Refused are NaN and Infinity, numbers beyond a double or 64 bits, a key given twice, half a surrogate pair, text that is
not UTF-8, and whatever is too deep or too long. Unknown fields stay: a newer hub wrote them.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from station.errors import BadInput
from sync.limits import LIMITS, Limits

_MARKS = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_INTEGER_MIN = -(2**63)
_INTEGER_MAX = 2**64 - 1
_INTEGER_DIGITS = 20


def strict_json(data: bytes, limits: Limits = LIMITS) -> Any:
    """The JSON value in `data`.

    Raises BadInput wire_json(reason), wire_too_deep(max) or wire_too_large(what, max).
    """
    if len(data) > limits.block_bytes:
        raise BadInput("wire_too_large", what="block", max=limits.block_bytes)
    _check_shape(data, limits)
    try:
        value = _decoder.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadInput("wire_json", reason="form") from None
    if _SURROGATE_ESCAPE.search(data):
        _check_surrogates(value)
    return value


def _check_shape(data: bytes, limits: Limits) -> None:
    """Depth and length of strings, from the bytes alone: up to the first fault this sees what a parser would see."""
    depth = 0
    for mark in _MARKS.finditer(data):
        token = data[mark.start()]
        if token == 0x22:  # a whole string
            if mark.end() - mark.start() - 2 > limits.string_bytes:
                raise BadInput("wire_too_large", what="string", max=limits.string_bytes)
        elif token in b"[{":
            depth += 1
            if depth > limits.depth:
                raise BadInput("wire_too_deep", max=limits.depth)
        else:
            depth -= 1


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput("wire_json", reason="surrogate") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadInput("wire_json", reason="key_twice")
    return fields


def _no_constant(_name: str) -> Any:
    raise BadInput("wire_json", reason="number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadInput("wire_json", reason="number")
    return number


def _integer(text: str) -> int:
    if len(text) > _INTEGER_DIGITS or not _INTEGER_MIN <= int(text) <= _INTEGER_MAX:
        raise BadInput("wire_json", reason="number")
    return int(text)


_decoder = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite, parse_int=_integer
)
