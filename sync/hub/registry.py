"""Who the hub knows: stations with their one-time codes and keys, clerks with their roles, serial numbers on lease."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlmodel import Session, col

from station import canonical
from station.case_states import Place, Role
from station.errors import BadInput, NotAuthorised, Refused
from station.numbers import LEASED_SERIAL_MAX
from station.pins import pin_hash, pin_matches
from station.ports import Chance
from station.rights import Actor
from sync import enrolment, signatures
from sync.hub.database import current_number, next_number
from sync.hub.tables import HubClerkRow, HubLeaseRow, StationRow

CODE_MINUTES = 24 * 60  # a technician drives to the mountain with it; it opens one station, once
LEASE_NUMBERS = 200  # a busy village takes 16 cases a day: twelve days without any contact
LEASE_LOW = 100  # topped up below this
COUNTER_ROLES = frozenset({Role.VILLAGE_CLERK, Role.TOWN_CLERK, Role.TOWN_REVIEWER, Role.TOWN_SUPERVISOR})
ROLES = tuple(role.value for role in Role if role != Role.HUB)


def check_division(code: str) -> str:
    """A division code: 4 (city), 6 (county), 9 (town) or 12 digits (village). Raises BadInput `division_form`."""
    if not code.isascii() or not code.isdigit() or len(code) not in (4, 6, 9, 12):
        raise BadInput("division_form", field="division")
    return code


def add_station(session: Session, division: str, name: str, now_ms: int, chance: Chance) -> dict[str, str]:
    """A place for one device, and the code that enrols it."""
    check_division(division)
    if not name.strip():
        raise BadInput("name_empty", field="name")
    count = session.execute(select(func.count()).where(col(StationRow.division) == division)).scalar_one()
    device_code = next_number(session, "device_code")
    code = enrolment.new_code(chance)
    parts = enrolment.code_parts(code)
    station = f"{division}-{count + 1}"
    session.execute(
        insert(StationRow).values(
            id=station,
            division=division,
            name=name.strip(),
            device_code=device_code,
            code_id=parts.id,
            code_key=signatures.to_text(parts.key),
            code_until=now_ms + CODE_MINUTES * 60_000,
        )
    )
    return {"station": station, "code": code}


def station(session: Session, device: str) -> StationRow:
    """An enrolled station. Raises NotAuthorised `device_unknown` or `device_revoked`."""
    row = session.get(StationRow, device)
    if row is None or row.state == "invited":
        raise NotAuthorised("device_unknown")
    if row.state == "revoked":
        raise NotAuthorised("device_revoked")
    return row


def stations(session: Session) -> list[StationRow]:
    """Every station, by division."""
    return list(session.execute(select(StationRow).order_by(col(StationRow.id))).scalars())


def station_of_code(session: Session, code_id: str) -> StationRow | None:
    """The station that a one-time code was made for, enrolled or not."""
    return session.execute(select(StationRow).where(col(StationRow.code_id) == code_id)).scalars().first()


def revoke(session: Session, device: str) -> None:
    """The device may not come back. Raises BadInput `station_unknown`."""
    if session.get(StationRow, device) is None:
        raise BadInput("station_unknown", field="station")
    session.execute(update(StationRow).where(col(StationRow.id) == device).values(state="revoked"))


def add_clerk(session: Session, name: str, role: str, division: str, bodies: list[str], pin: str) -> None:
    """A person who may work. Raises BadInput `clerk_exists`, `role_unknown`, `division_form`, `name_empty`."""
    check_division(division)
    if not name.strip():
        raise BadInput("name_empty", field="name")
    if role not in ROLES:
        raise BadInput("role_unknown", field="role", known=list(ROLES))
    if session.get(HubClerkRow, name) is not None:
        raise BadInput("clerk_exists", field="name", clerk=name)
    values = {"name": name, "role": role, "division": division, "bodies": canonical.encode(bodies).decode()}
    session.execute(insert(HubClerkRow).values(**values, pin_hash=pin_hash(pin), active=True))


def actor(session: Session, name: str, place: Place) -> Actor:
    """A clerk as the hub knows him. Raises Refused `clerk_unknown` or `clerk_inactive`."""
    row = session.get(HubClerkRow, name)
    if row is None:
        raise Refused("clerk_unknown", clerk=name)
    if not row.active:
        raise Refused("clerk_inactive", clerk=name)
    return Actor(row.name, row.role, row.division, tuple(canonical.decode(row.bodies)), place)


def sign_in(session: Session, name: str, pin: str | None) -> Actor:
    """A clerk at the hub's own command line. Raises NotAuthorised `clerk_unknown`, `pin_needed`, `pin_wrong`."""
    row = session.get(HubClerkRow, name)
    if row is None or not row.active:
        raise NotAuthorised("clerk_unknown", clerk=name)
    if not pin:
        raise NotAuthorised("pin_needed", clerk=name)
    if not pin_matches(row.pin_hash, pin):
        raise NotAuthorised("pin_wrong", clerk=name)
    return actor(session, name, Place.HUB)


def clerks_for(session: Session, division: str) -> tuple[list[dict[str, Any]], str]:
    """The clerks who may work at a station of this division, and the hash that names the list.

    Counter roles only, of this division or above it: a village laptop holds no approver's PIN.
    """
    rows = session.execute(select(HubClerkRow).order_by(col(HubClerkRow.name))).scalars()
    found = [
        {"name": row.name, "role": row.role, "division": row.division, "pin_hash": row.pin_hash, "active": row.active}
        for row in rows
        if row.role in COUNTER_ROLES and division.startswith(row.division)
    ]
    return found, hashlib.sha256(canonical.encode(found)).hexdigest()[:16]


def leases_for(session: Session, device: str, known: int, remaining: int, now_ms: int) -> tuple[tuple[int, int], ...]:
    """The leases that the station does not know yet, or a new one where it runs low: a lost answer costs none."""
    query = select(col(HubLeaseRow.first), col(HubLeaseRow.count)).where(
        col(HubLeaseRow.device) == device, col(HubLeaseRow.first) > known
    )
    unknown = [(first, count) for first, count in session.execute(query.order_by(col(HubLeaseRow.first)))]
    if not unknown and remaining < LEASE_LOW:
        if current_number(session, "serial") + LEASE_NUMBERS > LEASED_SERIAL_MAX:
            return ()  # the city has printed them all: stations go on with their own spare numbers
        first = next_number(session, "serial", LEASE_NUMBERS)
        values = {"first": first, "device": device, "count": LEASE_NUMBERS, "given_at": now_ms}
        session.execute(insert(HubLeaseRow).values(**values))
        unknown = [(first, LEASE_NUMBERS)]
    return tuple(unknown)
