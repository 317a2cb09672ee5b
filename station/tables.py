"""The rows of a station's base. Rows stay inside `station/`; everything outside sees frozen values.

Every table is STRICT: SQLite itself refuses text in a number. What SQLModel cannot say (append-only, and the `pending`
table that triggers keep) is said in `migrations/versions/`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index, Integer, MetaData, Text, TypeDecorator, text
from sqlmodel import Field, SQLModel


class Truth(TypeDecorator[bool]):
    """A boolean as 0 or 1: a STRICT table knows no BOOLEAN."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> bool | None:  # noqa: ARG002  (SQLAlchemy's signature)
        """0 and 1 as they were meant."""
        return None if value is None else bool(value)


def _text(**more: Any) -> Any:
    """A TEXT column; SQLModel's own choice, VARCHAR, is no type of a STRICT table."""
    return Field(sa_type=Text, **more)


def _table(*indexes: Index, rowid: bool = False) -> tuple[Any, ...]:
    """STRICT; without a rowid the rows lie in the order of their key, and reading by key is one search, not two."""
    return (*indexes, {"sqlite_strict": True, "sqlite_with_rowid": rowid})


class Row(SQLModel):
    """A row of the station's base; its tables share one metadata, apart from anybody else's."""

    metadata: ClassVar[MetaData] = MetaData()


class Setting(Row, table=True):
    """One JSON value by its key: identity, cursor, counters."""

    __tablename__ = "setting"
    __table_args__ = _table()
    key: str = _text(primary_key=True)
    value: str = _text()


class JournalRow(Row, table=True):
    """The header of one operation and its link of the chain. Append-only."""

    __tablename__ = "journal"
    __table_args__ = _table(
        Index("journal_case", "case_id"),
        Index("journal_hash", "hash", unique=True),
        Index("journal_op", "op_id", unique=True),
    )
    epoch: int = Field(primary_key=True)
    dseq: int = Field(primary_key=True)
    op_id: str = _text()
    device: str = _text()
    act: str = _text()
    case_id: str = _text()
    clerk: str = _text()
    role: str = _text()
    at: int
    hlc: int
    elapsed: int
    boot: str = _text()
    base_epoch: int
    base_seq: int
    payload_hash: str = _text()
    prev: str = _text()
    hash: str = _text()


class PayloadRow(Row, table=True):
    """What the operation said. The law may erase it; nobody may change it."""

    __tablename__ = "payload"
    __table_args__ = _table(rowid=True)
    op_id: str = _text(primary_key=True)
    salt: str = _text()
    args: str = _text()


class PendingRow(Row, table=True):
    """Which operations have no verdict yet, in order. Kept by triggers on `journal` and `verdict`: never write it."""

    __tablename__ = "pending"
    __table_args__ = _table(Index("pending_case", "case_id"), Index("pending_op", "op_id", unique=True))
    epoch: int = Field(primary_key=True)
    dseq: int = Field(primary_key=True)
    op_id: str = _text()
    case_id: str = _text()


class VerdictRow(Row, table=True):
    """What the hub said to one operation."""

    __tablename__ = "verdict"
    __table_args__ = _table(Index("verdict_outcome", "outcome"))
    op_id: str = _text(primary_key=True)
    outcome: str = _text()
    rule: str = _text(default="")
    code: str = _text(default="")
    fields: str = _text(default="{}")
    seq: int = 0
    at: int


class MirrorRow(Row, table=True):
    """A case as the hub last said it, with the mark of each field."""

    __tablename__ = "mirror"
    __table_args__ = _table(rowid=True)
    case_id: str = _text(primary_key=True)
    seq: int
    body: str = _text()
    marks: str = _text()


class WorkRow(Row, table=True):
    """A case as the counter sees it: mirror and pending operations folded, with columns to find it by."""

    __tablename__ = "work"
    __table_args__ = _table(
        Index("work_number", "number", unique=True, sqlite_where=text("number <> ''")),
        Index("work_id_no", "id_no", sqlite_where=text("id_no <> ''")),
        Index("work_phone", "phone", sqlite_where=text("phone <> ''")),
        Index("work_id_tail", text("substr(id_no, -4)"), "id_no", "changed_hlc", sqlite_where=text("id_no <> ''")),
        Index(
            "work_phone_tail",
            text("substr(phone, -4)"),
            "phone",
            "id_no",
            "changed_hlc",
            sqlite_where=text("phone <> ''"),
        ),
        Index("work_division", "division", "changed_hlc"),
        Index("queue_order", "due_on", "changed_hlc", "case_id"),
        Index("queue_state", "status", "due_on", "changed_hlc", "case_id"),
        Index("queue_name", "name", "id_no", "changed_hlc"),
        Index("queue_item", "item_name"),
        Index("work_changed", "changed_hlc"),
        Index("work_unlevel", "sync", sqlite_where=text("sync <> 'acknowledged'")),
        rowid=True,
    )
    case_id: str = _text(primary_key=True)
    number: str = _text(default="")
    item_code: str = _text()
    item_version: int
    item_name: str = _text()
    name: str = _text(default="")
    id_no: str = _text(default="")
    phone: str = _text(default="")
    division: str = _text()
    status: str = _text()
    received_on: str = _text(default="")
    due_on: str | None = _text(default=None, nullable=True)
    sync: str = _text(default="pending")
    changed_hlc: int = 0
    body: str = _text()


class ConflictRow(Row, table=True):
    """A difference that a person must settle, or has settled."""

    __tablename__ = "conflict"
    __table_args__ = _table(
        Index("conflict_case", "case_id"),
        Index("conflict_open", "seq", sqlite_where=text("state = 'open'")),
        rowid=True,
    )
    id: str = _text(primary_key=True)
    case_id: str = _text()
    state: str = _text(default="open")
    seq: int
    body: str = _text()


class ItemRow(Row, table=True):
    """One published version of one item: the record whole, and the keys it is searched by."""

    __tablename__ = "item"
    __table_args__ = _table(Index("item_current", "code", unique=True, sqlite_where=text("current = 1")), rowid=True)
    code: str = _text(primary_key=True)
    version: int = Field(primary_key=True)
    name: str = _text()
    status: str = _text()
    effective_from: str = _text(default="")
    effective_to: str = _text(default="")
    current: bool = Field(default=False, sa_type=Truth)
    record: str = _text()
    keys: str = _text()


class CalendarRow(Row, table=True):
    """A published calendar of working days."""

    __tablename__ = "calendar"
    __table_args__ = _table(rowid=True)
    version: int = Field(primary_key=True)
    body: str = _text()


class ClerkRow(Row, table=True):
    """A clerk as the hub published him."""

    __tablename__ = "clerk"
    __table_args__ = _table()
    name: str = _text(primary_key=True)
    role: str = _text()
    division: str = _text()
    pin_hash: str = _text(default="")
    active: bool = Field(default=True, sa_type=Truth)
    body: str = _text(default="{}")


class DraftRow(Row, table=True):
    """An intake that a clerk has begun: kept as typed, never sent, gone when the case is taken."""

    __tablename__ = "draft"
    __table_args__ = _table()
    id: str = _text(primary_key=True)
    clerk: str = _text()
    saved_at: int
    body: str = _text()


class LeaseRow(Row, table=True):
    """A block of serials leased from the hub: `used` of `count` are taken, from `first` on."""

    __tablename__ = "lease"
    __table_args__ = _table()
    first: int = Field(primary_key=True)
    count: int
    used: int = 0


class BlobRow(Row, table=True):
    """A file that lies sealed on the disk; the row is committed only after the file is safe."""

    __tablename__ = "blob"
    __table_args__ = _table()
    sha256: str = _text(primary_key=True)
    size: int
    at: int


class IntakeRef(Row, table=True):
    """The caller's own key of an intake: the same one returns the first case."""

    __tablename__ = "intake_ref"
    __table_args__ = _table()
    ref: str = _text(primary_key=True)
    op_id: str = _text()
    case_id: str = _text()


class ReadAuditRow(Row, table=True):
    """One read of personal data, in a chain of its own. Append-only."""

    __tablename__ = "read_audit"
    __table_args__ = _table()
    seq: int = Field(primary_key=True)
    at: int
    clerk: str = _text()
    case_id: str = _text()
    what: str = _text()
    reason: str = _text(default="")
    prev: str = _text()
    hash: str = _text()


class PrintedRow(Row, table=True):
    """One paper of a case that left this station. Append-only, and never sent."""

    __tablename__ = "printed"
    __table_args__ = _table(Index("printed_case", "case_id", "doc"), rowid=True)
    seq: int = Field(primary_key=True)
    case_id: str = _text()
    doc: str = _text()
    at: int
    clerk: str = _text()
    format: str = _text()
    whole: bool = Field(sa_type=Truth)
