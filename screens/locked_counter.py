"""A counter whose base is not open yet: what the first frame needs, and nothing that delays it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from screens import wiring
from station.case import china_time

if TYPE_CHECKING:
    from station.clerks import Clerk


class LockedCounter:
    """A home on the disk. `Counter` is one whose base can be opened."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clerk: Clerk | None = None
        self.station_name = ""  # it lies in the base

    @property
    def is_open(self) -> bool:
        """Whether the base is open, with or without a clerk."""
        return False

    @property
    def time_of_day(self) -> str:
        """The time at the counter, as a clock on the wall shows it."""
        return china_time(wiring.clock.now_ms())[11:16]

    def needs_passphrase(self) -> bool:
        """Whether a person must open the base. Raises Refused `home_missing`."""
        from station import vault  # noqa: PLC0415
        from station.errors import Refused  # noqa: PLC0415

        if not (self.home / vault.FILE).exists():
            raise Refused("home_missing", home=str(self.home))
        return vault.mode(self.home) == "passphrase"

    def close(self) -> None:
        """There is nothing to let go of."""
