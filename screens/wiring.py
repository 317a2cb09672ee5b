"""Where the parts meet: a home on the disk becomes a database, a desk, a transport, a hub. Nothing else wires anything.

Imports stand inside the functions on purpose: `station --help` and `station cases` must not wait for what they do not
use.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screens.real_ports import SystemChance, SystemClock
from station.errors import NotAuthorised, Refused

if TYPE_CHECKING:
    from station.clerks import Clerk
    from station.database import Database
    from station.desk import Desk
    from station.settings import StationIdentity
    from sync.hub.database import HubDatabase
    from sync.hub.office import Office
    from sync.transport import Transport

APP = "village-counter"
BASE = "station.db"
HUB_BASE = "hub.db"
HUB_CONFIG = "hub.json"

clock = SystemClock()
chance = SystemChance()


def home_of(given: str | None, *, hub: bool = False) -> Path:
    """The home that was named, or the platform's own folder."""
    named = given or os.environ.get("STATION_HOME")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path  # noqa: PLC0415

    return user_data_path(APP) / ("hub" if hub else "station")


def passphrase(*, ask: bool) -> str | None:
    """The passphrase from the environment, or from a person where there is a terminal to ask at."""
    given = os.environ.get("STATION_PASSPHRASE")
    if given:
        return given
    if ask and sys.stdin.isatty() and sys.stderr.isatty():
        return getpass.getpass(_asked("ask.passphrase"), stream=sys.stderr) or None
    return None


def _asked(what: str) -> str:
    from screens.words import Words  # noqa: PLC0415  (only a person at a terminal needs it)

    return f"{Words.of(None).say(what)} "


def pin(*, ask: bool = True) -> str | None:
    """The clerk's PIN from the environment, or from a person."""
    given = os.environ.get("STATION_PIN")
    if given:
        return given
    if ask and sys.stdin.isatty() and sys.stderr.isatty():
        return getpass.getpass(_asked("ask.pin"), stream=sys.stderr) or None
    return None


def base_key(home: Path) -> bytes:
    """The key of the base. Raises Refused `home_missing`, NotAuthorised `passphrase_needed`, `passphrase_wrong`."""
    from station import vault  # noqa: PLC0415

    if not (home / vault.FILE).exists():
        raise Refused("home_missing", home=str(home))
    ask = vault.mode(home) == "passphrase"
    return vault.unlock(home, passphrase(ask=ask) if ask else None)


@contextmanager
def station_base(home: Path) -> Iterator[Database]:
    """The open base of a station's home, migrated where it was made by an older program."""
    from station import catalogue, schema  # noqa: PLC0415
    from station.case import china_day  # noqa: PLC0415
    from station.database import Database  # noqa: PLC0415

    database = Database(home / BASE, base_key(home))
    try:
        schema.ensure_current(database)
        catalogue.keep_current(database, china_day(clock.now_ms()))
        yield database
    finally:
        database.close()


def signed_in(database: Database, name: str | None) -> Clerk:
    """The clerk who is named. Raises NotAuthorised `clerk_needed`, `clerk_unknown`, `pin_needed`, `pin_wrong`."""
    if not name:
        raise NotAuthorised("clerk_needed")
    return signed_in_with(database, name, pin())


def signed_in_with(database: Database, name: str, given: str | None) -> Clerk:
    """The clerk whose PIN this is."""
    from station import clerks  # noqa: PLC0415

    return clerks.sign_in(database, name, given)


def desk(database: Database) -> Desk:
    """The desk of a station."""
    from station.desk import Desk  # noqa: PLC0415

    return Desk(database, clock, chance)


def identity(database: Database) -> StationIdentity:
    """Who this station is."""
    from station import settings  # noqa: PLC0415

    with database.reading() as reader:
        return settings.identity(reader)


@contextmanager
def transport(url: str, ca: str, *, time_floor_ms: int = 0, first_contact: bool = False) -> Iterator[Transport]:
    """The way to the hub."""
    from sync.transport_http import HttpTransport  # noqa: PLC0415

    with HttpTransport(url, clock, ca_pem=ca or None, time_floor_ms=time_floor_ms, first_contact=first_contact) as made:
        yield made


def hub_config(home: Path) -> dict[str, Any]:
    """What `hub init` wrote down. Raises Refused `hub_missing`."""
    import json  # noqa: PLC0415

    try:
        found: dict[str, Any] = json.loads((home / HUB_CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused("hub_missing", home=str(home)) from None
    return found


@contextmanager
def hub_base(home: Path) -> Iterator[HubDatabase]:
    """The open base of a hub's home."""
    from sync.hub import schema  # noqa: PLC0415
    from sync.hub.database import HubDatabase, sqlite_url  # noqa: PLC0415

    database = HubDatabase(hub_config(home)["db"] or sqlite_url(home / HUB_BASE))
    try:
        schema.ensure_current(database)
        yield database
    finally:
        database.close()


def office(database: HubDatabase) -> Office:
    """The hub's own counter."""
    from sync.hub.office import Office  # noqa: PLC0415

    return Office(database, clock, chance)
