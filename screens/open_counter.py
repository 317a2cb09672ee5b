"""A counter whose base can be open: what all of its verbs stand on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from screens import wiring
from screens.locked_counter import LockedCounter
from station.case import china_day
from station.errors import NotAuthorised

if TYPE_CHECKING:
    from station.clerks import Clerk
    from station.database import Database


class OpenCounter(LockedCounter):
    """The base of a home, and the clerk who sits there."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._database: Database | None = None

    @property
    def is_open(self) -> bool:
        """Whether the base is open, with or without a clerk."""
        return self._database is not None

    @property
    def database(self) -> Database:
        """The open base. Raises NotAuthorised `passphrase_needed`."""
        if self._database is None:
            raise NotAuthorised("passphrase_needed")
        return self._database

    @property
    def today(self) -> date:
        """The calendar day at the counter."""
        return china_day(wiring.clock.now_ms())

    def _signed_in(self) -> Clerk:
        """The clerk. Raises NotAuthorised `clerk_needed`."""
        if self.clerk is None:
            raise NotAuthorised("clerk_needed")
        return self.clerk
