"""The hub's base: SQLAlchemy on SQLite by default, on PostgreSQL at scale; one writer at a time gives the order.

A sequence number is taken under the write lock and visible only with its data: what a cursor has passed is complete.
(PostgreSQL's own sequences are not ordered by commit, so none is used.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from station.errors import Busy, Damaged, Refused
from sync.hub.tables import Counter

BUSY_S = 30  # storms queue for the write lock; who waits longer may try again
OLDEST_SAFE_SQLITE = (3, 51, 3)  # earlier ones may corrupt a WAL under two writers

# The doors work with at most forty threads; a thread must wait for the write lock, never for a connection.
_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 56, "pool_timeout": BUSY_S}


class HubDatabase:
    """Where the hub keeps everything. Safe to share between threads; each session is one transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction under the write lock: committed at the end of the block, or nothing of it."""
        try:
            with self.engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                with Session(connection, expire_on_commit=False) as session:
                    if connection.dialect.name != "sqlite":
                        session.execute(select(col(Counter.value)).where(col(Counter.name) == "seq").with_for_update())
                    yield session
                    session.flush()
                connection.commit()
        except OperationalError as trouble:
            raise _expected(trouble) from trouble

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent snapshot for the length of the block."""
        try:
            with self.engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN")
                with Session(connection, expire_on_commit=False) as session:
                    yield session
                connection.rollback()
        except OperationalError as trouble:
            raise _expected(trouble) from trouble

    def close(self) -> None:
        """Lets go of every connection."""
        self.engine.dispose()


def next_number(session: Session, name: str, count: int = 1) -> int:
    """The first of `count` new numbers of a counter, under the write lock."""
    last = current_number(session, name)
    set_number(session, name, last + count)
    return last + 1


def current_number(session: Session, name: str) -> int:
    """The last number that a counter gave."""
    return int(session.execute(select(col(Counter.value)).where(col(Counter.name) == name)).scalar_one())


def set_number(session: Session, name: str, value: int) -> None:
    """The counter stands at this number now; it never goes back."""
    session.execute(update(Counter).where(col(Counter.name) == name).values(value=value))


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True, **_POOL)
    # The SQLite that sqlcipher3 carries is current; without a key it is plain SQLite. Python's own is often unsafe.
    from sqlcipher3 import dbapi2  # noqa: PLC0415  (a hub on PostgreSQL does not need it)

    if dbapi2.sqlite_version_info < OLDEST_SAFE_SQLITE:
        raise Refused("unsafe_sqlite", found=dbapi2.sqlite_version, needed=".".join(map(str, OLDEST_SAFE_SQLITE)))
    arguments = {"timeout": BUSY_S, "check_same_thread": False}
    engine = create_engine(url, module=dbapi2, connect_args=arguments, hide_parameters=True, **_POOL)
    event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by hand: SQLAlchemy's idea of them commits too early
    for setting in (f"busy_timeout={BUSY_S * 1000}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}").fetchall()


def _expected(trouble: OperationalError) -> Exception:
    words = str(trouble.orig).lower()
    if "locked" in words or "busy" in words:
        return Busy("busy", holder="hub")
    if "full" in words:
        return Damaged("disk_full")
    return Damaged("database_unreadable")
