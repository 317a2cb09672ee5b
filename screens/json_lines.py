"""Lines in, lines out: one JSON object a line is read, done and answered before the next one is looked at.

A malformed line is refused by its number and the others go on. Each answer is flushed after its commit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from screens.context import DONE, FAILED, Context
from station.errors import BadInput, NotAuthorised, StationError

LINE_BYTES_MAX = 1024 * 1024  # one intake with a form of a thousand fields is a tenth of it


def run(context: Context, file: str, one: Callable[[Any], dict[str, Any]]) -> int:
    """Does every line of the file (- for standard input). Exit 1 if any was refused."""
    refused = 0
    for number, line in _lines(file):
        try:
            context.line(one(_read(line)))
        except NotAuthorised:
            raise  # nobody is signed in: no line can be done
        except StationError as error:
            refused += 1
            error.fields.setdefault("line", number)
            context.line({"error": error.document()})
            context.say(context.words.error(error))
    return FAILED if refused else DONE


def _lines(file: str) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank."""
    if file == "-":
        yield from _numbered(sys.stdin.buffer)
        return
    try:
        with Path(file).open("rb") as source:
            yield from _numbered(source)
    except OSError as trouble:
        raise BadInput("file_unreadable", field="file", file=Path(file).name) from trouble


def _numbered(source: Any) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := source.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(line) > LINE_BYTES_MAX:
            while not line.endswith(b"\n") and (line := source.readline(LINE_BYTES_MAX)):
                pass
            line = b"too long"  # not JSON: refused by its number
        if line.strip():
            yield number, line


def _read(line: bytes) -> Any:
    from sync.strict_json import strict_json  # noqa: PLC0415

    try:
        return strict_json(line.strip().removeprefix(b"\xef\xbb\xbf"))
    except BadInput as trouble:
        raise BadInput("line_json", field="", reason=trouble.fields.get("reason", trouble.code)) from trouble
