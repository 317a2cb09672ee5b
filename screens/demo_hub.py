"""The demo city's hub: a home of its own, and a server in a process of its own that can be stopped and started."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from screens import demo_data, wiring
from screens.context import Context
from station.errors import StationError

STOP_S = 20


class DemoHub:
    """Makes, starts, stops and asks the hub. Its commands work while the server runs, as the real ones do."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    @property
    def ca(self) -> str:
        """The certificate of the hub's own authority, PEM."""
        return (self.home / "keys" / "ca.crt").read_text(encoding="ascii")

    def make(self) -> None:
        """`hub init`."""
        from screens.hub_commands import new_hub  # noqa: PLC0415

        new_hub(Context(home=str(self.home), lang=None, as_json=True, clerk=None), hosts=[], db=None, secret=None)

    def start(self) -> str:
        """The server on loopback; returns its address when it accepts. The second start takes the same port."""
        command = [sys.executable, "-m", "screens.command_line", "--home", str(self.home), "hub", "serve"]
        command += ["--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  (our own program)
        url = _ready(self._process.stdout)
        if not url:
            raise StationError("demo_hub_silent", status=self._process.wait(STOP_S))
        self._port = int(url.rsplit(":", 1)[1])
        return url

    def stop(self) -> None:
        """Ends the server, if it runs."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(STOP_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def publish(self, catalogue: dict[str, Any]) -> dict[str, Any]:
        """`hub publish`."""
        from sync.hub import publication  # noqa: PLC0415

        with wiring.hub_base(self.home) as database, database.writing() as session:
            return publication.publish(session, catalogue, wiring.clock.now_ms())

    def add_clerks(self, people: tuple[demo_data.Person, ...]) -> None:
        """`hub clerk add`, for each of them with the demo's PIN."""
        from sync.hub import registry  # noqa: PLC0415

        with wiring.hub_base(self.home) as database, database.writing() as session:
            for each in people:
                registry.add_clerk(session, each.name, each.role, each.division, list(each.bodies), demo_data.PIN)

    def add_station(self, place: demo_data.Place) -> str:
        """`hub station add`: the one-time code."""
        from sync.hub import registry  # noqa: PLC0415

        with wiring.hub_base(self.home) as database, database.writing() as session:
            made = registry.add_station(session, place.division, place.name, wiring.clock.now_ms(), wiring.chance)
            return made["code"]

    def act(self, line: dict[str, Any], clerk: str) -> dict[str, Any]:
        """`hub act --as`."""
        with wiring.hub_base(self.home) as database:
            office = wiring.office(database)
            return office.act(line, office.sign_in(clerk, demo_data.PIN))

    def cases(self) -> list[dict[str, Any]]:
        """`hub cases`."""
        with wiring.hub_base(self.home) as database:
            return wiring.office(database).cases(limit=1_000)

    def case(self, ref: str) -> dict[str, Any]:
        """`hub case`."""
        with wiring.hub_base(self.home) as database:
            return wiring.office(database).case(ref)


def _ready(stdout: IO[str] | None) -> str:
    """The address from the one line that the server prints when it accepts; empty where it ended instead."""
    assert stdout is not None
    line = stdout.readline()
    return str(json.loads(line)["url"]) if line.strip() else ""
