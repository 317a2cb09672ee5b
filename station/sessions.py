"""How the base is written: one SQLModel session in one `BEGIN IMMEDIATE`, and what follows a COMMIT that failed.

SQLAlchemy's own idea of a transaction on SQLite commits behind one's back; here the driver begins nothing, and the
`begin` event says BEGIN IMMEDIATE.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2
from sqlmodel import Session

from station import disk_trouble
from station.database import BUSY_MS, Database, Reader
from station.errors import Busy, Damaged, StationError
from station.transaction import bury, roll_back


class Writer:
    """The one writing connection of a process; threads queue for it, processes queue for SQLite's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = create_engine(
            "sqlite://",
            module=dbapi2,
            creator=database.connect,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=BUSY_MS / 1000,
            hide_parameters=True,  # an error must not carry a citizen into a traceback
        )
        event.listen(self._engine, "begin", _begin)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Commits at the end of the block. What the block loaded stays readable after it."""
        with self._connected() as connection:
            raw: Any = connection.connection.driver_connection
            try:
                connection.begin()
                # The session joins a transaction that is not its own: a commit() in the block cannot split the verb.
                with Session(connection, expire_on_commit=False) as session:
                    yield session
                    session.flush()
                connection.commit()
            except BaseException as trouble:
                roll_back(raw)
                expected = _expected(trouble)
                if expected is None:
                    raise
                self._distrust(connection, expected)
                raise expected from trouble

    def forget(self) -> None:
        """Closes the connection: the next session opens the base anew."""
        self._engine.dispose()

    def _connected(self) -> Connection:
        try:
            return self._engine.connect()
        except PoolTimeout as trouble:
            raise Busy("busy", holder="database") from trouble

    def _distrust(self, connection: Connection, trouble: StationError) -> None:
        """After a failing disk nobody says yes through the connection that saw it; reading goes on."""
        if isinstance(trouble, Busy):
            return
        if isinstance(trouble, Damaged):
            connection.invalidate()
            self._database.forget()
            return
        bury(connection.connection.driver_connection)
        if trouble.code != "disk_full":
            self._database.hold_open()
            connection.invalidate()


def rows(session: Session) -> Reader:
    """The session's own DB-API connection, for reads that must see what the block has written so far."""
    session.flush()
    connection: Any = session.connection().connection.driver_connection
    return connection  # type: ignore[no-any-return]


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _expected(trouble: BaseException) -> StationError | None:
    return disk_trouble.of_base(trouble.orig if isinstance(trouble, DBAPIError) else trouble)
