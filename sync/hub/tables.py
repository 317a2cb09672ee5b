"""The hub's tables. The same declarations serve SQLite and PostgreSQL; nothing here knows which one it is.

Every row that changes what a station may see carries `seq`, the hub's own sequence number, given out under one lock.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

SCHEMA = SQLModel.metadata.__class__()  # the hub's own metadata: a process may hold the station's tables as well


class HubTable(SQLModel):
    """The base of the hub's tables."""

    metadata = SCHEMA


class HubSetting(HubTable, table=True):
    """One setting, as JSON."""

    __tablename__ = "hub_setting"
    key: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


class Counter(HubTable, table=True):
    """A number that only grows: `seq`, `serial`, `device_code`, `dseq` (the hub's own journal)."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


class StationRow(HubTable, table=True):
    """A station: one enrolled device. `stored` and `link` are how far its journal is held here, without a gap."""

    __tablename__ = "station"
    id: str = Field(primary_key=True)
    division: str = Field(index=True)
    name: str
    state: str = "invited"
    device_code: int = Field(unique=True)
    public_key: str = ""
    epoch: int = 1
    stored: int = 0
    link: str = ""
    exchange: int = 0
    last_contact: int = Field(default=0, sa_type=BigInteger)
    pending_told: int = 0
    code_id: str = Field(default="", index=True)
    code_key: str = ""
    code_until: int = Field(default=0, sa_type=BigInteger)


class HubClerkRow(HubTable, table=True):
    """A person with a role, a division and (an approver) the bodies whose items are his."""

    __tablename__ = "clerk"
    name: str = Field(primary_key=True)
    role: str
    division: str = Field(index=True)
    bodies: str = "[]"
    pin_hash: str
    active: bool = True


class HubItemRow(HubTable, table=True):
    """One published version of an item: the record whole, and its search keys."""

    __tablename__ = "item"
    code: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    record: str = Field(sa_type=Text)
    keys: str = Field(sa_type=Text)
    published_at: int = Field(sa_type=BigInteger)


class HubCalendarRow(HubTable, table=True):
    """One published calendar."""

    __tablename__ = "calendar"
    version: int = Field(primary_key=True)
    body: str = Field(sa_type=Text)


class PackRow(HubTable, table=True):
    """An immutable pack, named by the SHA-256 of its bytes."""

    __tablename__ = "pack"
    hash: str = Field(primary_key=True)
    kind: str = Field(index=True)
    made_at: int = Field(sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)


class OperationRow(HubTable, table=True):
    """Every operation the hub ever stored, with its verdict. The payload stands apart, so that it can be erased."""

    __tablename__ = "operation"
    device: str = Field(primary_key=True)
    epoch: int = Field(primary_key=True)
    dseq: int = Field(primary_key=True)
    op_id: str = Field(unique=True)
    case_id: str = Field(index=True)
    act: str
    clerk: str
    at: int = Field(sa_type=BigInteger)
    header: str = Field(sa_type=Text)
    prev: str
    hash: str
    outcome: str = Field(index=True)
    verdict: str = Field(sa_type=Text)
    seq: int = Field(sa_type=BigInteger, unique=True)


class HubPayloadRow(HubTable, table=True):
    """The erasable part of an operation."""

    __tablename__ = "payload"
    op_id: str = Field(primary_key=True)
    salt: str
    args: str = Field(sa_type=Text)


class CaseRow(HubTable, table=True):
    """A case as it stands, with the mark (sequence, device, echo) of each field."""

    __tablename__ = "case"
    id: str = Field(primary_key=True)
    division: str
    station: str
    number: str = Field(unique=True)
    item: str
    item_version: int
    status: str = Field(index=True)
    name: str
    seq: int = Field(sa_type=BigInteger, index=True)
    fields: str = Field(sa_type=Text)
    marks: str = Field(sa_type=Text)
    parked: bool = False
    awaits: bool = False  # accepted provisionally at a village: the hub confirms
    __table_args__ = (Index("ix_case_division_seq", "division", "seq"), Index("ix_case_awaits", "station", "awaits"))


class HistoryRow(HubTable, table=True):
    """One line of a case's history. `device` wrote it; `echo` says whether that device must be told."""

    __tablename__ = "history"
    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    device: str
    echo: bool
    body: str = Field(sa_type=Text)


class FieldChangeRow(HubTable, table=True):
    """The log of field changes: what a field was at a base, and who gave it its present value."""

    __tablename__ = "field_change"
    case_id: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    op_id: str
    by: str
    station: str
    at: int = Field(sa_type=BigInteger)
    value: str = Field(sa_type=Text)


class HubConflictRow(HubTable, table=True):
    """A conflict, as it is sent to both sides."""

    __tablename__ = "conflict"
    id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    division: str = Field(index=True)
    field: str
    state: str = Field(index=True)
    seq: int = Field(sa_type=BigInteger, index=True)
    body: str = Field(sa_type=Text)


class HubLeaseRow(HubTable, table=True):
    """A block of serials that only one station may print."""

    __tablename__ = "lease"
    first: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    device: str = Field(index=True)
    count: int
    given_at: int = Field(sa_type=BigInteger)
