"""Which schema the base has, and how it gets the one this program knows. Forward only.

`ensure_current` is on the way of every start: up to date, it reads one row and imports nothing. `migrate` also makes a
new base; `ensure_current` never does, so that a lost base is not taken for an empty one.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path

from station import disk_trouble, durable_files
from station.database import Database, Reader
from station.errors import Damaged, Refused

REVISIONS = ("0001", "0002", "0003", "0004")  # oldest first, by name; a test holds them to the folder
SCRIPTS = Path(__file__).with_name("migrations")
_NONE = ""


def ensure_current(database: Database) -> None:
    """Migrates a base of an older program. Refused: schema_newer. Damaged: database_missing, database_unreadable."""
    found = revision(database)
    if found == _NONE:
        raise Damaged("database_missing")
    if found != REVISIONS[-1]:
        migrate(database)


def migrate(database: Database) -> None:
    """Brings the base to the newest revision, each in one transaction; a missing base is made."""
    database.create_file()
    found = revision(database)
    if found == REVISIONS[-1]:
        return
    if found not in (_NONE, *REVISIONS):
        raise Refused("schema_newer", found=found, known=REVISIONS[-1])
    if found != _NONE:
        _copy(database, copy_path(database))
    for name in REVISIONS[REVISIONS.index(found) + 1 if found else 0 :]:
        _upgrade(database, name)
    _drop_older_copies(database)


def revision(database: Database) -> str:
    """The revision that the base has; empty where it has none yet."""
    with database.reading() as reader:
        return _read_revision(reader)


def copy_path(database: Database) -> Path:
    """Where the base is copied to before it is migrated; sealed with the same key."""
    return database.path.with_name(f"{database.path.name}.before-{REVISIONS[-1]}")


def _read_revision(reader: Reader) -> str:
    if not reader.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone():
        return _NONE
    row = reader.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else _NONE


def _upgrade(database: Database, name: str) -> None:
    from alembic import command  # noqa: PLC0415  (half a second that only a migration pays)
    from alembic.config import Config  # noqa: PLC0415

    from station.sessions import rows  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with database.writing() as session:
        if _read_revision(rows(session)) >= name:
            return  # another process was here while this one waited for the lock
        config.attributes["connection"] = session.connection()
        command.upgrade(config, name)


def _copy(database: Database, target: Path) -> None:
    """A whole copy by VACUUM INTO, sealed with the same key and durable before it gets its name."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with disk_trouble.told():
        aside.unlink(missing_ok=True)
        with closing(database.connect()) as connection:
            connection.execute("VACUUM INTO ?", (str(aside),))
        aside.chmod(durable_files.PRIVATE_FILE)
        durable_files.sync_file(aside)
        aside.replace(target)
        durable_files.sync_folder(target.parent)


def _drop_older_copies(database: Database) -> None:
    """One copy is a way back; more of them keep what the law had erased."""
    for copy in database.path.parent.glob(f"{database.path.name}.before-*"):
        if copy != copy_path(database):
            with suppress(OSError):
                copy.unlink()
