"""What a command knows of how it was called, and how it answers: one JSON document, JSON lines, or words for people."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station.errors import StationError

if TYPE_CHECKING:
    from screens.words import Words

DONE, FAILED, USAGE, UNREACHABLE, LOCKED = 0, 1, 2, 3, 5  # exit codes: a promise to scripts


class Context:
    """How this call was made. Answers go to stdout, people's words about trouble and progress to stderr."""

    def __init__(self, *, home: str | None, lang: str | None, as_json: bool, clerk: str | None) -> None:
        self._home = home
        self._lang = lang
        self.as_json = as_json
        self.clerk = clerk

    @property
    def home(self) -> Path:
        """The home of the station."""
        from screens.wiring import home_of  # noqa: PLC0415

        return home_of(self._home)

    @property
    def hub_home(self) -> Path:
        """The home of the hub."""
        from screens.wiring import home_of  # noqa: PLC0415

        return home_of(self._home, hub=True)

    @property
    def words(self) -> Words:
        """The words in the language of this call."""
        from screens.words import Words  # noqa: PLC0415

        return Words.of(self._lang)

    def answer(self, document: Any, human: Callable[[], str] | None = None) -> int:
        """The one answer of a command. `human` makes the text for people."""
        if self.as_json:
            self.line(document)
        else:
            text = human() if human else _plain(document)
            sys.stdout.write(text.rstrip("\n") + "\n")
            sys.stdout.flush()
        return DONE

    def line(self, document: Any) -> None:
        """One JSON document on one line of stdout, flushed."""
        from station import canonical  # noqa: PLC0415

        sys.stdout.write(canonical.unsorted(document).decode() + "\n")
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """Words for people, on stderr."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def trouble(self, error: StationError) -> int:
        """Tells an error in the promised way and returns its exit code."""
        if self.as_json:
            self.line({"error": error.document()})
        self.say(self.words.error(error))
        return exit_code(error)


def exit_code(error: StationError) -> int:
    """The exit code that scripts rely on."""
    from station.errors import HubUnreachable, NotAuthorised  # noqa: PLC0415

    if isinstance(error, HubUnreachable):
        return UNREACHABLE
    if isinstance(error, NotAuthorised):
        return LOCKED
    return FAILED


def table(rows: Sequence[Sequence[Any]], titles: Sequence[str]) -> str:
    """Rows under titles, each column as wide as its widest cell; widths are terminal cells, not characters."""
    from screens.cells import padded, safe  # noqa: PLC0415

    shown = [[safe("" if cell is None else str(cell)) for cell in row] for row in (titles, *rows)]
    columns = list(zip(*shown, strict=True))
    lines = [
        "  ".join(padded(cell, column) for cell, column in zip(row, columns, strict=True)).rstrip() for row in shown
    ]
    return "\n".join(lines)


def _plain(document: Any) -> str:
    from screens.cells import safe  # noqa: PLC0415

    if isinstance(document, dict):
        return "\n".join(f"{key}: {safe(_value(value))}" for key, value in document.items())
    if isinstance(document, list):
        return "\n".join(safe(_value(each)) for each in document)
    return safe(str(document))


def _value(value: Any) -> str:
    from station import canonical  # noqa: PLC0415

    return value if isinstance(value, str) else canonical.unsorted(value).decode()
