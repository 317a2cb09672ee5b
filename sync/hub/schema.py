"""Which schema the hub's base has, and how it gets the one this program knows. Forward only."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from station.errors import Damaged, Refused
from sync.hub.database import HubDatabase

REVISIONS = ("0001",)  # oldest first; a test holds this against migrations/versions
SCRIPTS = Path(__file__).with_name("migrations")


def revision(database: HubDatabase) -> str:
    """The revision that the base has; empty where it has none yet."""
    with database.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return ""
        return str(session.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def ensure_current(database: HubDatabase) -> None:
    """Migrates a base of an older program. Raises Damaged `hub_not_begun`, Refused `schema_newer`."""
    found = revision(database)
    if not found:
        raise Damaged("hub_not_begun")
    if found != REVISIONS[-1]:
        migrate(database)


def migrate(database: HubDatabase) -> None:
    """Brings the base to the newest revision in one transaction; an empty base gets all tables."""
    found = revision(database)
    if found == REVISIONS[-1]:
        return
    if found and found not in REVISIONS:
        raise Refused("schema_newer", found=found, known=REVISIONS[-1])
    from alembic import command  # noqa: PLC0415  (half a second that only a migration pays)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[-1])
        connection.commit()
