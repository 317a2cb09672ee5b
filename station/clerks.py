"""The clerks of this station as the hub published them, and who is at the counter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from station import canonical, pins
from station.database import Database, Reader
from station.errors import NotAuthorised

if TYPE_CHECKING:
    from sqlmodel import Session

_COLUMNS = "name, role, division, active, body"


class Clerk(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may act here. `bodies`: whose items an approver decides; `all` for every body."""

    name: str
    role: str
    division: str
    bodies: tuple[str, ...] = ()
    active: bool = True


class PublishedClerk(Clerk, frozen=True, kw_only=True):
    """A clerk as he travels from the hub, with the hash that his PIN is held against."""

    pin_hash: str


def sign_in(database: Database, name: str, pin: str | None) -> Clerk:
    """The clerk, when the PIN is his.

    NotAuthorised (clerk): clerk_unknown, clerk_inactive, pin_needed, pin_wrong.
    """
    with database.reading() as reader:
        row = reader.execute(f"SELECT {_COLUMNS}, pin_hash FROM clerk WHERE name = ?", (name,)).fetchone()  # noqa: S608
    if row is None:
        raise NotAuthorised("clerk_unknown", clerk=name)
    clerk = _clerk(row)
    if not clerk.active:
        raise NotAuthorised("clerk_inactive", clerk=name)
    if not pin:
        raise NotAuthorised("pin_needed", clerk=name)
    if not pins.pin_matches(row[5], pin):
        raise NotAuthorised("pin_wrong", clerk=name)
    return clerk


def find(reader: Reader, name: str) -> Clerk | None:
    """The clerk of that name, active or not."""
    row = reader.execute(f"SELECT {_COLUMNS} FROM clerk WHERE name = ?", (name,)).fetchone()  # noqa: S608
    return None if row is None else _clerk(row)


def every(reader: Reader) -> tuple[Clerk, ...]:
    """All clerks, by name."""
    return tuple(_clerk(row) for row in reader.execute(f"SELECT {_COLUMNS} FROM clerk ORDER BY name").fetchall())  # noqa: S608


def install(session: Session, published: Iterable[PublishedClerk]) -> None:
    """Adds these clerks or replaces them; who may no longer act comes with `active` false, and stays known by name."""
    from station.tables import ClerkRow  # noqa: PLC0415  (signing in must not wait for SQLModel)

    for clerk in published:
        body = canonical.encode({"bodies": clerk.bodies}).decode()
        session.merge(
            ClerkRow(
                name=clerk.name,
                role=clerk.role,
                division=clerk.division,
                pin_hash=clerk.pin_hash,
                active=clerk.active,
                body=body,
            )
        )
    session.flush()


def dismiss(session: Session, names: Iterable[str]) -> None:
    """These may not act here any longer; their names stay known for the history."""
    for name in names:
        session.connection().exec_driver_sql("UPDATE clerk SET active = 0 WHERE name = ?", (name,))


def _clerk(row: tuple[str, str, str, int, str, ...]) -> Clerk:  # type: ignore[misc]
    name, role, division, active, body = row[:5]
    bodies = tuple(canonical.decode(body).get("bodies", ()))
    return Clerk(name=name, role=role, division=division, bodies=bodies, active=bool(active))
