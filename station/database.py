"""The station's one base: an encrypted SQLite file in WAL mode that says "saved" only after the disk did.

    with database.reading() as rows:        # plain DB-API, one snapshot, tuples
        rows.execute("SELECT ...").fetchall()
    with database.writing() as session:     # SQLModel, BEGIN IMMEDIATE, committed at the end of the block
        session.add(...)
    with database.changing() as rows:       # the same by plain DB-API, for small writes at start and drafts
        rows.execute("UPDATE ...")

Nothing here imports SQLAlchemy: opening, looking and searching must not wait for it. `writing()` imports it at its
first use.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlcipher3 import dbapi2

from station import disk_trouble, durable_files
from station.errors import Busy, Damaged, Refused, StationError
from station.transaction import bury, committed

if TYPE_CHECKING:
    from sqlmodel import Session

    from station.sessions import Writer

KEY_BYTES = 48  # 32 of key, 16 of salt: a salt kept in the file is lost with its first page
OLDEST_SAFE_SQLITE = (3, 51, 3)  # 3.7.0-3.51.2 may corrupt a WAL that two connections write and checkpoint
BUSY_MS = 10_000  # a writer holds the lock for milliseconds; who waits longer than this meets a fault
IDLE_READERS_MAX = 4  # the screens read from a few threads; more than this is a burst
_SYNCHRONOUS_FULL = 2  # NORMAL lost acknowledged cases at a power cut
_SETTINGS = (
    f"busy_timeout={BUSY_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else REPLACE deletes rows past the triggers that refuse it
    "temp_store=MEMORY",  # a temporary file would hold citizens in plain
    "secure_delete=ON",  # what the law erases is overwritten
    "trusted_schema=OFF",
    "cipher_memory_security=OFF",  # locked pages run into the limits of small machines; swap is the system's to encrypt
)


class Reader(Protocol):
    """What a repository needs to read: a DB-API connection, rows as tuples."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        """Runs one statement and returns its cursor."""
        ...


class Database:
    """One base file and its key; safe to share between threads. Opens nothing before its first use."""

    def __init__(self, path: Path, key: bytes) -> None:
        assert len(key) == KEY_BYTES
        _require_safe_sqlite(dbapi2.sqlite_version_info)
        self.path = path
        self._key = key
        self._guard = threading.Lock()
        self._idle: list[Any] = []
        self._generation = 0
        self._writer: Writer | None = None
        self._changers: dict[bool, tuple[Any, int]] = {}  # by durability: a connection of a generation, one user each
        self._changing = {True: threading.Lock(), False: threading.Lock()}

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A consistent snapshot for the length of the block; writing through it is refused by SQLite."""
        connection, generation = self._take()
        try:
            with _base_told():
                connection.execute("BEGIN")
                connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()  # the snapshot begins here
                yield connection
                connection.rollback()
        except BaseException:
            _close(connection)
            raise
        self._give_back(connection, generation)

    def writing(self) -> AbstractContextManager[Session]:
        """One transaction that holds the only write lock: all of the block, or on any exception nothing of it."""
        with self._guard:
            if self._writer is None:
                from station.sessions import Writer  # noqa: PLC0415  (brings SQLAlchemy along)

                self._writer = Writer(self)
            return self._writer.session()

    @contextmanager
    def changing(self, *, durable: bool = True) -> Iterator[Reader]:
        """One transaction by plain DB-API, for small writes that must not wait for SQLAlchemy.

        Not `durable`: a killed process loses nothing of it, a power cut may. For drafts as they are typed.
        """
        with self._changing[durable]:
            try:
                connection = self._changer(durable)
                with committed(connection):
                    yield connection
            except dbapi2.Error as trouble:
                expected = disk_trouble.of_base(trouble)
                if expected is None:
                    raise
                if not isinstance(expected, Busy):
                    bury(connection)
                    self._drop_changer(durable)
                raise expected from trouble

    def connect(self) -> Any:
        """A new DB-API connection with every setting checked, for this package only. The caller closes it."""
        if not self.path.exists():
            raise Damaged("database_missing")
        address = self.path.absolute().as_uri() + "?mode=rw"
        with _base_told():
            connection: Any = dbapi2.connect(address, uri=True, isolation_level=None, check_same_thread=False)
            try:
                _unlock(connection, self._key)
                _configure(connection)
            except BaseException:
                _close(connection)
                raise
        return connection

    def create_file(self) -> None:
        """An empty private file for a new base; a base that is there stays as it is."""
        with disk_trouble.told():
            durable_files.make_folder(self.path.parent)
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                durable_files.sync_folder(self.path.parent)

    def hold_open(self) -> None:
        """Leaves one reader open: where the disk takes no more, a base that all have closed cannot be opened again."""
        with suppress(StationError), self.reading():
            pass

    def forget(self) -> None:
        """Lets go of every connection: the next use opens the base anew."""
        with self._guard:
            self._generation += 1
            idle, self._idle = self._idle, []
            writer = self._writer
        for connection in idle:
            _close(connection)
        if writer is not None:
            writer.forget()

    def close(self) -> None:
        """Ends the use of the base in this process; a later use opens it again."""
        self.forget()
        for durable, lock in self._changing.items():
            with lock:
                self._drop_changer(durable)

    def _changer(self, durable: bool) -> Any:  # noqa: FBT001  (the key of a table of two)
        """The connection for small writes of this durability, opened anew where the others were let go."""
        connection, generation = self._changers.get(durable, (None, -1))
        if connection is None or generation != self._generation:
            self._drop_changer(durable)
            connection = self.connect()
            if not durable:
                connection.execute("PRAGMA synchronous=NORMAL")
            self._changers[durable] = (connection, self._generation)
        return connection

    def _drop_changer(self, durable: bool) -> None:  # noqa: FBT001  (as above)
        connection, _ = self._changers.pop(durable, (None, -1))
        _close(connection)

    def _take(self) -> tuple[Any, int]:
        with self._guard:
            generation = self._generation
            if self._idle:
                return self._idle.pop(), generation
        connection = self.connect()
        connection.execute("PRAGMA query_only=ON")
        return connection, generation

    def _give_back(self, connection: Any, generation: int) -> None:
        with self._guard:
            if generation == self._generation and len(self._idle) < IDLE_READERS_MAX:
                self._idle.append(connection)
                return
        _close(connection)


@contextmanager
def _base_told() -> Iterator[None]:
    """Turns what the base answered into an expected trouble; an OSError of the block is none of the base's."""
    try:
        yield
    except dbapi2.Error as trouble:
        expected = disk_trouble.of_base(trouble)
        if expected is None:
            raise
        raise expected from trouble


def _require_safe_sqlite(found: tuple[int, ...]) -> None:
    if found < OLDEST_SAFE_SQLITE:
        raise Refused("unsafe_sqlite", found=_dotted(found), needed=_dotted(OLDEST_SAFE_SQLITE))


def _unlock(connection: Any, key: bytes) -> None:
    connection.execute("PRAGMA cipher_log_level=NONE")  # else the library writes to stderr, over the screen
    if not connection.execute("PRAGMA cipher_version").fetchone():
        raise Refused("cipher_absent")  # plain SQLite takes the key in silence and writes citizens in plain
    connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # a wrong key shows at the first page


def _configure(connection: Any) -> None:
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}").fetchall()
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or synchronous != _SYNCHRONOUS_FULL:
        raise Refused("unsafe_journal_mode", found=f"{mode}/{synchronous}", needed="wal/full")


def _close(connection: Any) -> None:
    if connection is not None:
        with suppress(dbapi2.Error):
            connection.close()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
