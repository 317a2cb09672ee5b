"""One station of the demo city: an encrypted base in a folder, and a clerk who works at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from screens import demo_data, wiring

if TYPE_CHECKING:
    from station.case_lists import Listed
    from station.clerks import Clerk
    from station.database import Database
    from station.desk import Done
    from sync.conflict import Conflict


class DemoStation:
    """The verbs of a clerk and the syncs of a station, without a command line in between."""

    def __init__(self, home: Path, place: demo_data.Place) -> None:
        self.home = home
        self.place = place
        self.device = ""
        self._key = b""
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The open base."""
        assert self._database is not None
        return self._database

    def make(self) -> None:
        """`station init --keys passphrase`."""
        from screens.station_commands import new_station  # noqa: PLC0415
        from station import vault  # noqa: PLC0415
        from station.database import Database  # noqa: PLC0415

        self._key = vault.create(self.home, "passphrase", demo_data.PASSPHRASE, wiring.chance)
        new_station(self.home, self._key, self.place.division, self.place.name)
        self._database = Database(self.home / wiring.BASE, self._key)

    def close(self) -> None:
        """Lets go of the base."""
        if self._database is not None:
            self._database.close()

    def enrol(self, url: str, code: str, ca: str) -> None:
        """`station enrol`, with its first sync."""
        from sync import enrolling  # noqa: PLC0415

        with wiring.transport(url, ca) as way:
            self.device = enrolling.enrol(self.database, way, url, code, ca, wiring.chance).device
        self.sync()

    def sync(self) -> dict[str, Any]:
        """`station sync`."""
        from sync import runner  # noqa: PLC0415

        who = wiring.identity(self.database)
        with wiring.transport(who.hub_url, who.ca) as way:
            return runner.sync(self.home, self.database, way, wiring.clock)

    def take(self, line: dict[str, Any]) -> Done:
        """`station take`."""
        return wiring.desk(self.database).take(line, self._clerk())

    def act(self, line: dict[str, Any]) -> Done:
        """`station act`."""
        return wiring.desk(self.database).act(line, self._clerk())

    def conflicts(self) -> list[Conflict]:
        """`station conflicts`."""
        from sync import settling  # noqa: PLC0415

        return settling.waiting(self.database)

    def settle(self, conflict: str, take: str, reason: str) -> Done:
        """`station conflicts settle`."""
        from sync import settling  # noqa: PLC0415

        choice = {"take": take, "reason": reason}
        return settling.settle(
            self.database, wiring.desk(self.database), self._clerk(), self.device, conflict, **choice
        )

    def cases(self) -> list[Listed]:
        """`station cases`."""
        from station import case_lists  # noqa: PLC0415

        with self.database.reading() as reader:
            return case_lists.cases(reader, case_lists.Wanted(limit=1_000))

    def document(self, ref: str) -> dict[str, Any]:
        """`station case`."""
        from screens.case_commands import case_document  # noqa: PLC0415

        return case_document(self.database, ref, self.place.clerk)

    def status(self, ref: str) -> str:
        """Where one case stands."""
        return str(self.document(ref)["status"])

    def complete_case(self) -> str:
        """The number of a received case that lacks no material."""
        return next(row.number for row in self.cases() if self._lacks(row.number) == [])

    def open_case(self) -> str:
        """The number of a received case."""
        return next(row.number for row in self.cases() if row.status == "RECEIVED")

    def faults(self) -> list[dict[str, Any]]:
        """`station verify`."""
        from station.verification import verify  # noqa: PLC0415

        return list(verify(self.database, self.home, self._key, wiring.chance)["faults"])

    def _lacks(self, ref: str) -> list[str]:
        found = self.document(ref)
        return [name for name in found["missing"] if not name.startswith("answers.")]

    def _clerk(self) -> Clerk:
        return wiring.signed_in_with(self.database, self.place.clerk, demo_data.PIN)
