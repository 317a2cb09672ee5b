"""Who this station is, and what it remembers between two runs: cursor, exchange counter, last contact.

Keys are names of the code that uses them; a value is any JSON value. Absent reads as the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from station import canonical
from station.database import Reader

if TYPE_CHECKING:
    from sqlmodel import Session

IDENTITY = "identity"
_PUT = "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class StationIdentity(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """This station as the hub knows it; before the enrolment only its place, its name and its keys."""

    device: str = ""  # the id that the hub gave; empty before the enrolment
    division: str = ""
    name: str = ""
    epoch: int = 1  # replica epoch
    hub_url: str = ""
    hub_key: str = ""  # base64url; what the hub's answers are checked against
    hub_epoch: int = 0
    device_code: int = 0  # five digits of a spare number
    ca: str = ""  # PEM; the only authority that the hub's certificate may come from
    signing_key: str = ""  # base64url; the device's own Ed25519 seed
    certificate: str = ""  # what the hub signed about this device, as it came

    @property
    def enrolled(self) -> bool:
        """Whether a hub knows this station."""
        return bool(self.device)


def identity(reader: Reader) -> StationIdentity:
    """Who this station is; all empty in a new base."""
    return msgspec.convert(get(reader, IDENTITY, {}), StationIdentity)


def put_identity(session: Session, value: StationIdentity) -> None:
    """Replaces who this station is."""
    put(session, IDENTITY, value)


def get(reader: Reader, key: str, default: Any = None) -> Any:
    """The value of a key. Inside a transaction read through `sessions.rows(session)`."""
    row = reader.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return default if row is None else canonical.decode(row[0])


def put(session: Session, key: str, value: Any) -> None:
    """Replaces the value of a key."""
    session.connection().exec_driver_sql(_PUT, (key, canonical.encode(value).decode()))


def keep(rows: Reader, key: str, value: Any) -> None:
    """The same in a `database.changing()`."""
    rows.execute(_PUT, (key, canonical.encode(value).decode()))


def remove(session: Session, key: str) -> None:
    """Forgets a key; an absent one stays absent."""
    session.connection().exec_driver_sql("DELETE FROM setting WHERE key = ?", (key,))
